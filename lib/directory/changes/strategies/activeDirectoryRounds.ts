import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { ReceivedEntry } from '../../ldap/ldapEntry';
import type { MemberValue, Snapshot, SnapshotReader } from '../changes.types';
import { foldDn } from '../entryName';
import { digest } from '../eventId';
import { memberKey } from '../memberKey';
import type { ActiveDirectoryComparison } from './activeDirectoryComparison';
import { EntriesById } from './entriesById';
import type { Compared } from './entryComparison';

/** Read and compared at a time. With the groups of people whose primary group changed, it stays below what a page may hold. */
const ENTRIES_A_BATCH = 150;

/** An entry that a server named as changed. What it is now is read again by its id. */
export interface ChangedRow {
	entryId: string;
	isDeleted: boolean;
	/** Made, or brought back, since the position. */
	isNew: boolean;
	/** Named or placed anew. */
	isMoved: boolean;
	/** What became of its list of members, where the server told that. */
	members?: { added: string[]; removed: string[] };
}

/** What one answer of a server leads to. */
export class ActiveDirectoryRounds {
	readonly #byId: EntriesById;

	constructor(
		connection: LdapConnection,
		private readonly comparison: ActiveDirectoryComparison,
	) {
		this.#byId = new EntriesById(connection, comparison.describer);
	}

	/**
	 * Batches of differences; nothing is open on the server between them. Who is gone leaves their groups first: once they are
	 * forgotten, nothing would tell that they had been there. Calls `onMovedContainer` where everything below a container is elsewhere
	 * now: of the entries below, the server tells nothing.
	 */
	async *differences(
		rows: readonly ChangedRow[],
		snapshots: SnapshotReader,
		at: string,
		onMovedContainer: () => void,
	): AsyncIterable<Compared[]> {
		yield* this.#departures(
			rows.filter(({ isDeleted }) => isDeleted),
			snapshots,
			at,
		);
		const live = rows.filter(({ isDeleted }) => !isDeleted);
		for (const some of slices(live)) yield await this.#compared(some, snapshots, onMovedContainer);
	}

	async *#departures(
		rows: readonly ChangedRow[],
		snapshots: SnapshotReader,
		at: string,
	): AsyncIterable<Compared[]> {
		const gone = new Map<string, Snapshot>();
		for (const some of slices(rows)) {
			const known = await snapshots.get(some.map(({ entryId }) => entryId));
			for (const [id, before] of known) gone.set(id, before);
		}
		const names = [...gone.values()].filter(({ kind }) => kind !== 'device').map(({ dn }) => foldDn(dn));
		if (names.length > 0) yield* this.#farewells(names, gone, snapshots, at);
		for (const some of slices([...gone]))
			yield some.map(([entryId, before]) => {
				const changeId = digest(['deleted', entryId, String(before.generation ?? 0), before.dn]);
				return this.comparison.departure(entryId, before, { changeId, occurredAt: at });
			});
	}

	/** A group that is deleted itself says so, with all its members. */
	async *#farewells(
		names: readonly string[],
		gone: ReadonlyMap<string, Snapshot>,
		snapshots: SnapshotReader,
		at: string,
	): AsyncIterable<Compared[]> {
		for await (const found of this.comparison.farewells(new Set(names), snapshots, at))
			for (const some of slices(found.filter(({ write }) => !gone.has(write.entryId)))) yield some;
	}

	async #compared(
		rows: readonly ChangedRow[],
		snapshots: SnapshotReader,
		onMovedContainer: () => void,
	): Promise<Compared[]> {
		const byId = new Map(rows.map((row) => [row.entryId, row]));
		const ids = [...byId.keys()];
		const entries = await this.#byId.read(ids, this.comparison.attributes);
		const missing = ids.filter((id) => !entries.has(id));
		const left = await this.#outside(missing, byId, snapshots, onMovedContainer);
		if ([...entries].some(([id, entry]) => byId.get(id)?.isMoved === true && isContainer(entry)))
			onMovedContainer();
		const current = await this.#withMembers(entries, byId, snapshots);
		const isNew = (entry: LdapEntry): boolean =>
			byId.get(this.comparison.describer.idOf(entry))?.isNew === true;
		return [...left, ...(await this.comparison.compare(current, snapshots, isNew))];
	}

	/**
	 * Not below the base DN. Who was there and is elsewhere now is forgotten, and nothing is told: they are not watched any more. Of
	 * those who are nowhere a later answer tells that they were deleted.
	 */
	async #outside(
		ids: readonly string[],
		rows: ReadonlyMap<string, ChangedRow>,
		snapshots: SnapshotReader,
		onMovedContainer: () => void,
	): Promise<Compared[]> {
		const known = await snapshots.get(ids);
		const moved = ids.filter((id) => known.has(id) || rows.get(id)?.isMoved === true);
		if (moved.length === 0) return [];
		const elsewhere = await this.#byId.read(moved, ['objectClass', 'objectGUID'], true);
		if ([...elsewhere.values()].some(isContainer)) onMovedContainer();
		return [...elsewhere.keys()]
			.filter((id) => known.has(id))
			.map((entryId) => ({ write: { entryId, snapshot: undefined } }));
	}

	/** Where the server told who came and who went, a remembered list is brought up to date: a long one is not read again. */
	async #withMembers(
		entries: ReadonlyMap<string, LdapEntry>,
		rows: ReadonlyMap<string, ChangedRow>,
		snapshots: SnapshotReader,
	): Promise<LdapEntry[]> {
		const known = await snapshots.get([...entries.keys()]);
		return [...entries].map(([id, entry]) => {
			const members = rows.get(id)?.members;
			const before = known.get(id);
			return members && before?.kind === 'group' ? withMembers(entry, before.members, members) : entry;
		});
	}
}

function withMembers(
	entry: LdapEntry,
	before: readonly MemberValue[],
	{ added, removed }: { added: string[]; removed: string[] },
): LdapEntry {
	const list = new Map(before.map((member) => [memberKey(member), member.value]));
	for (const value of removed) list.delete(memberKey({ value, is: 'dn' }));
	for (const value of added) list.set(memberKey({ value, is: 'dn' }), value);
	const others = entry.names.filter((name) => !/^member(;|$)/i.test(name));
	return new ReceivedEntry(entry.dn, [
		...others.map((name) => ({ name, values: entry.buffers(name) })),
		{ name: 'member', values: [...list.values()].map((value) => Buffer.from(value)) },
	]);
}

const CONTAINERS = new Set(['organizationalunit', 'container', 'builtindomain', 'domaindns']);
const isContainer = (entry: LdapEntry): boolean =>
	entry.values('objectClass').some((name) => CONTAINERS.has(name.toLowerCase()));

function* slices<T>(items: readonly T[]): Iterable<T[]> {
	for (let start = 0; start < items.length; start += ENTRIES_A_BATCH)
		yield items.slice(start, start + ENTRIES_A_BATCH);
}
