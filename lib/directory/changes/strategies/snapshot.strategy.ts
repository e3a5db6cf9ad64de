import type { Person } from '../../directory.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	EntryChange,
	JsonValue,
	Snapshot,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import { detections } from './detections';
import { absentEntries } from './massAbsence';
import { PageMemory } from './pageMemory';
import type { Generation } from './snapshotChange';
import {
	deletionOf,
	isSameSnapshot,
	membershipChange,
	personChange,
	rememberedGroup,
	rememberedPerson,
} from './snapshotChange';
import type { SeenEntry, SnapshotPage, SnapshotSource } from './snapshotSource.types';

/** All changes of one entry stay together, so a person who joins very many groups at once makes a larger page. */
const CHANGES_A_PAGE = 500;
/** Of ten seconds one at the most is spent reading. */
const REST = 9;
/** More than the people on the pages that are compared ahead. */
const MEMBERS_KEPT = 5_000;
/** The server's clock and ours may differ by so much: older entries that were never met came into sight, and are not new. */
const CLOCKS_DIFFER_MS = 3_600_000;

export interface SnapshotCursor {
	[part: string]: JsonValue;
	/** ISO 8601: when the baseline was taken, by our clock. */
	epoch: string;
}

/** What a comparison led to: handed over and remembered together. */
interface Compared {
	changes: EntryChange[];
	write: SnapshotWrite;
}

interface Reading {
	epoch: string;
	snapshots: SnapshotReader;
	walk: PageMemory;
	/** ISO 8601, by our clock. */
	startedAt: string;
}

/**
 * Reads everything at each look and compares it with what is remembered of each entry: the net change between two walks. A page that
 * was found unchanged before is recognised by its fingerprint and not compared again.
 *
 * Cannot see who did it, what was done and undone between two walks, and memberships in groups that the login does not see. A deletion
 * shows only by absence: after a complete walk, confirmed by a direct read. What only left the walked partitions is forgotten, not
 * told, once two walks in a row missed it. A group is told of through its members.
 */
export class SnapshotStrategy implements ChangeStrategy<SnapshotCursor> {
	readonly name = 'snapshot';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly detects: Detections = detections('net');
	/** By DN: those whose memberships are told on the page that is being handed over. */
	readonly members = new Map<string, Person>();
	#restMs = 0;
	/** Not met by the walk before, and not known to be gone. One walk may miss somebody: entries move between its pages meanwhile. */
	#missed: ReadonlySet<string> = new Set();
	#lastWalk: PageMemory | undefined;
	#lastStartedAt: string | undefined;

	constructor(
		private readonly source: SnapshotSource,
		readonly reason: string,
		readonly scopeKey: string,
		private readonly now: () => Date,
	) {}

	/** A walk through everything may keep a server busy: nine times as long it is left alone. */
	get restMs(): number {
		return this.#restMs;
	}

	async position(): Promise<SnapshotCursor> {
		return { epoch: this.now().toISOString() };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		this.#lastWalk = undefined;
		for await (const page of this.source.walk()) {
			yield page.entries().map(({ entryId, snapshot }) => ({ entryId, snapshot }));
		}
	}

	/** Everything is compared with what is remembered: there is no log that could be too short. */
	async verify(): Promise<Verdict> {
		return { intact: true };
	}

	/**
	 * Nothing is handed over before a first walk was complete and found most of what is remembered. It keeps one page of changes;
	 * where there are more, a second walk tells the rest as it goes.
	 */
	async *read(
		{ epoch }: SnapshotCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<SnapshotCursor>> {
		const startedAt = this.now().toISOString();
		const reading = { epoch, snapshots, walk: new PageMemory(this.#lastWalk), startedAt };
		// Only a read that ends well makes fingerprints to rely on.
		this.#lastWalk = undefined;
		const { kept, isAll } = await this.#firstPage(reading);
		this.#restMs = REST * (this.now().getTime() - Date.parse(startedAt));
		let absent = reading.walk.isQuiet ? [] : await absentEntries(reading.walk.seen(), snapshots);
		yield* this.#pages(epoch, listed(kept));
		if (!isAll) {
			reading.walk = new PageMemory(undefined);
			yield* this.#pages(epoch, this.#differences(reading));
			absent = await absentEntries(reading.walk.seen(), snapshots);
		}
		yield* this.#pages(epoch, this.#departures(absent, reading));
		this.#lastWalk = reading.walk.relied();
		this.#lastStartedAt = startedAt;
	}

	/** A complete walk, of which as many differences are kept as fit a page. */
	async #firstPage(reading: Reading): Promise<{ kept: Compared[]; isAll: boolean }> {
		const kept: Compared[] = [];
		let weight = 0;
		let isAll = true;
		for await (const page of this.source.walk()) {
			if (!reading.walk.meet(page) || !isAll) continue;
			for (const compared of await this.#compare(page, reading)) {
				weight += weightOf(compared);
				isAll &&= kept.length === 0 || weight <= CHANGES_A_PAGE;
				if (isAll) kept.push(compared);
			}
		}
		return { kept, isAll };
	}

	async *#differences(reading: Reading): AsyncIterable<Compared> {
		for await (const page of this.source.walk()) {
			if (reading.walk.meet(page)) yield* await this.#compare(page, reading);
		}
	}

	async #compare(page: SnapshotPage, reading: Reading): Promise<Compared[]> {
		const { walk } = reading;
		const entries = page.entries().filter(({ entryId }) => walk.isFirstSight(entryId));
		const known = await reading.snapshots.get(entries.map(({ entryId }) => entryId));
		const found: Compared[] = [];
		for (const entry of entries) {
			const compared = await this.#compareOne(entry, known.get(entry.entryId), reading);
			if (compared) found.push(compared);
		}
		if (found.length === 0) walk.foundUnchanged(page.fingerprint);
		return found;
	}

	async #compareOne(
		entry: SeenEntry,
		before: Snapshot | undefined,
		reading: Reading,
	): Promise<Compared | undefined> {
		const { entryId, snapshot: now } = entry;
		if (before && isSameSnapshot(before, now)) return undefined;
		const changes =
			before || isNew(entry, reading.epoch) ? await this.#changesOf(entry, before, reading) : [];
		const generation = (before?.generation ?? 0) + (changes.length > 0 ? 1 : 0);
		return { changes, write: { entryId, snapshot: generation > 0 ? { ...now, generation } : now } };
	}

	async #changesOf(entry: SeenEntry, before: Snapshot | undefined, reading: Reading): Promise<EntryChange[]> {
		const { person, entryId } = entry;
		if (!person) return [];
		const generation = { epoch: reading.epoch, entryId, generation: before?.generation ?? 0 };
		const at = this.#momentOf(entry, before, reading);
		const own = personChange(generation, before, entry, at, (name) => this.source.isNews(name));
		const memberships = await this.#memberships(generation, before, entry.snapshot, person, at, reading);
		return [...(own ? [own] : []), ...memberships];
	}

	async #memberships(
		generation: Generation,
		before: Snapshot | undefined,
		now: Snapshot | undefined,
		person: Person,
		at: string,
		{ snapshots }: Pick<Reading, 'snapshots'>,
	): Promise<EntryChange[]> {
		const [old, current] = [before?.memberOf ?? [], now?.memberOf ?? []];
		const moves = [
			...without(old, current).map((id) => ({ id, what: 'removed' as const })),
			...without(current, old).map((id) => ({ id, what: 'added' as const })),
		];
		const changes: EntryChange[] = [];
		for (const { id, what } of moves) {
			const group = (await this.source.group(id)) ?? (await rememberedAs(id, snapshots));
			if (group) changes.push(membershipChange(generation, what, group, person.dn, at));
		}
		if (changes.length > 0) this.#noteMember(person);
		return changes;
	}

	#noteMember(person: Person): void {
		this.members.set(person.dn, person);
		const [oldest] = this.members.keys();
		if (oldest !== undefined && this.members.size > MEMBERS_KEPT) this.members.delete(oldest);
	}

	/** What is gone, or only out of sight. */
	async *#departures(absent: readonly string[], reading: Reading): AsyncIterable<Compared> {
		const missed = new Set<string>();
		for (let start = 0; start < absent.length; start += CHANGES_A_PAGE) {
			const known = await reading.snapshots.get(absent.slice(start, start + CHANGES_A_PAGE));
			for (const [entryId, before] of known) {
				const isGone = before.kind === 'person' && (await this.source.isGone(entryId, before));
				if (!isGone && !this.#missed.has(entryId)) {
					missed.add(entryId);
					continue;
				}
				const changes = isGone ? await this.#farewell(entryId, before, reading) : [];
				yield { changes, write: { entryId, snapshot: undefined } };
			}
		}
		if (!reading.walk.isQuiet) this.#missed = missed;
	}

	async #farewell(entryId: string, before: Snapshot, reading: Reading): Promise<EntryChange[]> {
		const generation = { epoch: reading.epoch, entryId, generation: before.generation ?? 0 };
		const person = rememberedPerson(entryId, before);
		const { startedAt } = reading;
		const memberships = await this.#memberships(generation, before, undefined, person, startedAt, reading);
		return [deletionOf(generation, person, startedAt), ...memberships];
	}

	async *#pages(epoch: string, all: AsyncIterable<Compared>): AsyncIterable<ChangePage<SnapshotCursor>> {
		let page: ChangePage<SnapshotCursor> = { changes: [], cursor: { epoch }, snapshots: [] };
		for await (const compared of all) {
			const { changes, write } = compared;
			if (isFull(page, compared)) {
				yield page;
				page = { changes: [], cursor: { epoch }, snapshots: [] };
			}
			page.changes.push(...changes);
			page.snapshots.push(write);
		}
		if (page.snapshots.length > 0) yield page;
		this.members.clear();
	}

	/** The server's time, unless it is from before the last look: then something changed without touching it. */
	#momentOf({ createdAt, modifiedAt }: SeenEntry, before: Snapshot | undefined, reading: Reading): string {
		const time = before ? modifiedAt : createdAt;
		const earliest = Date.parse(this.#lastStartedAt ?? reading.epoch) - CLOCKS_DIFFER_MS;
		return time !== undefined && Date.parse(time) >= earliest ? time : reading.startedAt;
	}
}

/** Unknown, and as old as to have been met before: it came into sight. Where no time is told, it is new. */
const isNew = ({ createdAt }: SeenEntry, epoch: string): boolean =>
	createdAt === undefined || Date.parse(createdAt) >= Date.parse(epoch) - CLOCKS_DIFFER_MS;

async function rememberedAs(entryId: string, snapshots: SnapshotReader) {
	const known = (await snapshots.get([entryId])).get(entryId);
	return known && rememberedGroup(entryId, known);
}

function without(all: readonly string[], others: readonly string[]): string[] {
	const left = new Set(others);
	return all.filter((one) => !left.has(one));
}

const weightOf = ({ changes }: Compared): number => Math.max(1, changes.length);

const isFull = ({ changes, snapshots }: ChangePage<SnapshotCursor>, next: Compared): boolean =>
	snapshots.length > 0 &&
	(changes.length + next.changes.length > CHANGES_A_PAGE || snapshots.length >= CHANGES_A_PAGE);

async function* listed<T>(items: readonly T[]): AsyncIterable<T> {
	yield* items;
}
