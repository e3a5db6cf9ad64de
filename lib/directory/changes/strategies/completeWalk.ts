import { liesBelow } from '../entryName';
import { digest } from '../eventId';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type { Snapshot, SnapshotReader } from '../changes.types';
import { EntriesById } from './entriesById';
import type { Compared, EntryComparison, IsNew } from './entryComparison';
import { absentEntries } from './massAbsence';

/** Entries compared at a time, by one query of the store; also what is handed on together at most. */
export const ENTRIES_A_PAGE = 500;

export interface WalkOptions {
	/** Which of the entries that nobody remembers are new; the others came into sight, and are only remembered. */
	isNew: IsNew;
	/** Names this walk among all: the same when it is repeated after a failure. */
	round: string;
}

interface Walked {
	seen: Set<string>;
	/** As many as fit a page. */
	first: Compared[];
	/** Ids of the other entries that are not as remembered. */
	later: string[];
}

/**
 * Everything there is, compared with everything that is remembered. Nothing is told before the walk is complete and has met most of
 * what is remembered. What does not fit the first page is read again by id, so that no search is open while a page is handed over;
 * only ids are kept meanwhile.
 */
export class CompleteWalk {
	readonly #byId: EntriesById;

	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
		/** Milliseconds since 1970. */
		private readonly now: () => number,
		private readonly acceptedAbsence?: string,
	) {
		this.#byId = new EntriesById(connection, comparison.describer);
	}

	/** @throws DomainError where too much seems gone */
	async *differences(snapshots: SnapshotReader, options: WalkOptions): AsyncIterable<Compared[]> {
		const startedAt = new Date(this.now()).toISOString();
		const { seen, first, later } = await this.#walk(snapshots, options.isNew);
		const absent = await absentEntries(seen, snapshots, this.acceptedAbsence);
		seen.clear();
		if (first.length > 0) yield first;
		for (const ids of slices(later)) {
			const found = await this.#compareAgain(ids, snapshots, options.isNew);
			if (found.length > 0) yield found;
		}
		for (const ids of slices(absent)) {
			const gone = await this.#departures(ids, snapshots, { ...options, startedAt });
			if (gone.length > 0) yield gone;
		}
	}

	/** Each entry once, in no order. */
	async *entries(): AsyncIterable<LdapEntry[]> {
		let some: LdapEntry[] = [];
		for await (const entry of this.connection.search({
			base: this.connection.settings.baseDn,
			scope: 'sub',
			filter: this.comparison.filter,
			attributes: this.comparison.attributes,
			pageSize: ENTRIES_A_PAGE,
		})) {
			some.push(entry);
			if (some.length < ENTRIES_A_PAGE) continue;
			yield some;
			some = [];
		}
		if (some.length > 0) yield some;
	}

	async #walk(snapshots: SnapshotReader, isNew: IsNew): Promise<Walked> {
		const walked: Walked = { seen: new Set(), first: [], later: [] };
		for await (const entries of this.entries()) {
			for (const entry of entries) walked.seen.add(this.comparison.describer.idOf(entry));
			for (const compared of await this.comparison.compare(entries, snapshots, isNew)) {
				if (walked.first.length < ENTRIES_A_PAGE) walked.first.push(compared);
				else walked.later.push(compared.write.entryId);
			}
		}
		return walked;
	}

	async #compareAgain(ids: string[], snapshots: SnapshotReader, isNew: IsNew): Promise<Compared[]> {
		const entries = await this.#byId.read(ids, this.comparison.attributes);
		return await this.comparison.compare([...entries.values()], snapshots, isNew);
	}

	/** Gone, moved out of the base, or hidden from this login: only the first is told. A walk may also have missed an entry that moved. */
	async #departures(
		ids: string[],
		snapshots: SnapshotReader,
		walk: WalkOptions & { startedAt: string },
	): Promise<Compared[]> {
		const known = await snapshots.get(ids);
		const shown = await this.#byId.read(ids, this.comparison.attributes, true);
		const missed = [...shown.values()].filter((entry) => this.#isWatched(entry));
		const found = await this.comparison.compare(missed, snapshots, walk.isNew);
		const met = new Set(missed.map((entry) => this.comparison.describer.idOf(entry)));
		for (const [entryId, before] of known) {
			if (met.has(entryId)) continue;
			const isGone = !shown.has(entryId) && (await this.#byId.presence(before.dn)) !== 'hidden';
			found.push(
				isGone ? this.#departure(entryId, before, walk) : { write: { entryId, snapshot: undefined } },
			);
		}
		return found;
	}

	#departure(entryId: string, before: Snapshot, walk: { round: string; startedAt: string }): Compared {
		const changeId = digest([walk.round, 'deleted', entryId, String(before.generation ?? 0), before.dn]);
		return this.comparison.departure(entryId, before, { changeId, occurredAt: walk.startedAt });
	}

	#isWatched(entry: LdapEntry): boolean {
		const { describer } = this.comparison;
		return liesBelow(entry.dn, describer.baseDn) && this.comparison.snapshotOf(entry) !== undefined;
	}
}

function* slices(ids: readonly string[]): Iterable<string[]> {
	for (let start = 0; start < ids.length; start += ENTRIES_A_PAGE)
		yield ids.slice(start, start + ENTRIES_A_PAGE);
}
