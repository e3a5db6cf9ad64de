import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type { EntryChange, Snapshot, SnapshotReader } from '../changes.types';
import { liesBelow } from '../entryName';
import { digest } from '../eventId';
import { ENTRIES_A_PAGE } from './completeWalk';
import { EntriesById } from './entriesById';
import type { Compared, EntryComparison, IsNew } from './entryComparison';

/** What a refresh found, compared with what is remembered. Only a page of it is kept, and ids of the rest, which is read again by them. */
export class SyncReplDifferences {
	readonly #byId: EntriesById;
	#waiting: LdapEntry[] = [];
	#first: Compared[] = [];
	readonly #later = new Set<string>();

	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
		private readonly snapshots: SnapshotReader,
		private readonly isNew: IsNew,
		/** Names this refresh among all: the same when it is repeated after a failure. */
		private readonly round: string,
	) {
		this.#byId = new EntriesById(connection, comparison.describer);
	}

	async add(entry: LdapEntry): Promise<void> {
		this.#waiting.push(entry);
		if (this.#waiting.length >= ENTRIES_A_PAGE) await this.#compareWaiting();
	}

	/** People and groups below a container that may have another name now. */
	async addBelow(base: string): Promise<void> {
		const { filter, attributes } = this.comparison;
		const search = { base, scope: 'sub' as const, filter, attributes, pageSize: ENTRIES_A_PAGE };
		for await (const entry of this.connection.search(search)) await this.add(entry);
	}

	/** A server that names what is gone names a container that left the base DN, and none of the people and groups who left it with it. */
	async leftBelow(gone: readonly string[]): Promise<string[]> {
		const { describer, filter } = this.comparison;
		const attributes = describer.family.idAttributes.map(({ attribute }) => attribute);
		const found = new Set<string>();
		for (const some of slices(gone)) {
			const known = await this.snapshots.get(some);
			const strangers = some.filter((id) => !known.has(id));
			const elsewhere = await this.#byId.read(strangers, attributes, true);
			for (const { dn } of elsewhere.values()) {
				if (liesBelow(dn, describer.baseDn)) continue;
				const search = { base: dn, scope: 'sub' as const, filter, attributes, pageSize: ENTRIES_A_PAGE };
				for await (const entry of this.connection.search(search)) found.add(describer.idOf(entry));
			}
		}
		return [...found];
	}

	/** No search is open while a page is handed on. */
	async *pages(): AsyncIterable<Compared[]> {
		await this.#compareWaiting();
		if (this.#first.length > 0) yield this.#first;
		this.#first = [];
		for (const ids of slices([...this.#later])) {
			const entries = await this.#byId.read(ids, this.comparison.attributes);
			const found = await this.comparison.compare([...entries.values()], this.snapshots, this.isNew);
			if (found.length > 0) yield found;
		}
	}

	/** Each as it was remembered. What was moved out of the base DN, or is no longer watched, is not gone. */
	async *departures(ids: readonly string[], occurredAt: string): AsyncIterable<Compared[]> {
		for (const some of slices(ids)) {
			const known = await this.snapshots.get(some);
			if (known.size === 0) continue;
			const shown = await this.#byId.read([...known.keys()], this.comparison.attributes, true);
			const found: Compared[] = [];
			for (const [entryId, before] of known)
				found.push(await this.#departure(entryId, before, shown.get(entryId), occurredAt));
			yield found;
		}
	}

	async #departure(
		entryId: string,
		before: Snapshot,
		shown: LdapEntry | undefined,
		occurredAt: string,
	): Promise<Compared> {
		const forgotten = { entryId, snapshot: undefined };
		if (shown) return { change: await this.#moveOut(shown), write: forgotten };
		if ((await this.#byId.presence(before.dn)) === 'hidden') return { write: forgotten };
		const changeId = digest([this.round, 'deleted', entryId, String(before.generation ?? 0), before.dn]);
		return this.comparison.departure(entryId, before, { changeId, occurredAt });
	}

	async #moveOut(shown: LdapEntry): Promise<EntryChange | undefined> {
		if (liesBelow(shown.dn, this.comparison.describer.baseDn)) return undefined;
		const [compared] = await this.comparison.compare([shown], this.snapshots, this.isNew);
		return compared?.change;
	}

	async #compareWaiting(): Promise<void> {
		const entries = this.#waiting;
		this.#waiting = [];
		for (const compared of await this.comparison.compare(entries, this.snapshots, this.isNew)) {
			if (this.#first.length < ENTRIES_A_PAGE) this.#first.push(compared);
			else this.#later.add(compared.write.entryId);
		}
	}
}

function* slices(ids: readonly string[]): Iterable<string[]> {
	for (let start = 0; start < ids.length; start += ENTRIES_A_PAGE)
		yield ids.slice(start, start + ENTRIES_A_PAGE);
}
