import type { Person } from '../../directory.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	JsonValue,
	Snapshot,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import { absentEntries } from './massAbsence';
import { PageMemory } from './pageMemory';
import type { Compared, Reading } from './snapshotComparison';
import { SnapshotComparison } from './snapshotComparison';
import type { SnapshotSource } from './snapshotSource.types';

/** All changes of one entry stay together, so a person who joins very many groups at once makes a larger page. */
const CHANGES_A_PAGE = 500;
/** Of one walk: while they are handed over, which may take hours, nothing is asked of the server. The rest takes another walk. */
const CHANGES_A_WALK = 5_000;
/** Of ten seconds one at the most is spent reading. */
const REST = 9;

export interface SnapshotCursor {
	[part: string]: JsonValue;
	/** ISO 8601: when the baseline was taken, by our clock. */
	epoch: string;
}

/** What differs from directory to directory, and from trigger to trigger. */
export interface SnapshotOptions {
	/** Why this way, for people. */
	reason: string;
	scopeKey: string;
	detects: Detections;
	now: () => Date;
	/** The code under which an administrator accepted that many entries are gone. */
	acceptedAbsence?: string;
}

/**
 * Reads everything at each look and compares it with what is remembered of each entry: the net change between two walks. A page that
 * was found unchanged before is recognised by its fingerprint and not compared again.
 *
 * Cannot see who did it, what was done and undone between two walks, and memberships in groups that the login does not see. A deletion
 * shows only by absence: after a complete walk, confirmed by a direct read. What only left the walked partitions is forgotten, not
 * told, once two walks in a row missed it.
 */
export class SnapshotStrategy implements ChangeStrategy<SnapshotCursor> {
	readonly name = 'snapshot';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly reason: string;
	readonly scopeKey: string;
	readonly detects: Detections;
	readonly #now: () => Date;
	readonly #acceptedAbsence: string | undefined;
	readonly #comparison: SnapshotComparison;
	#restMs = 0;
	/** Not met by the walk before, and not known to be gone. One walk may miss somebody: entries move between its pages meanwhile. */
	#missed: ReadonlySet<string> = new Set();
	#lastWalk: PageMemory | undefined;
	#lastStartedAt: string | undefined;

	constructor(
		private readonly source: SnapshotSource,
		{ reason, scopeKey, detects, now, acceptedAbsence }: SnapshotOptions,
	) {
		this.reason = reason;
		this.scopeKey = scopeKey;
		this.detects = detects;
		this.#now = now;
		this.#acceptedAbsence = acceptedAbsence;
		this.#comparison = new SnapshotComparison(source);
	}

	/** By id: those whose memberships are told on the page that is being handed over. */
	get members(): ReadonlyMap<string, Person> {
		return this.#comparison.members;
	}

	/** A walk through everything may keep a server busy: nine times as long it is left alone. */
	get restMs(): number {
		return this.#restMs;
	}

	async position(): Promise<SnapshotCursor> {
		return { epoch: this.#now().toISOString() };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		this.#lastWalk = undefined;
		for await (const page of this.source.walk()) {
			yield page.entries().map(({ entryId, snapshot }) => ({ entryId, snapshot }));
		}
	}

	/** Everything is compared with what is remembered: there is no log that could be too short. */
	async verify(cursor: JsonValue): Promise<Verdict> {
		const epoch =
			typeof cursor === 'object' && cursor !== null && 'epoch' in cursor ? cursor.epoch : undefined;
		const isTime = typeof epoch === 'string' && !Number.isNaN(Date.parse(epoch));
		return isTime
			? { intact: true }
			: { intact: false, reason: 'the stored position is none of this strategy' };
	}

	/** Nothing is handed over before a walk was complete and found most of what is remembered. */
	async *read(
		{ epoch }: SnapshotCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<SnapshotCursor>> {
		const startedAt = this.#now().toISOString();
		const walk = new PageMemory(this.#lastWalk);
		const reading = { epoch, snapshots, walk, startedAt, lastStartedAt: this.#lastStartedAt };
		// Only a read that ends well makes fingerprints to rely on.
		this.#lastWalk = undefined;
		let found = await this.#walk(reading);
		this.#restMs = REST * (this.#now().getTime() - Date.parse(startedAt));
		let absent = reading.walk.isQuiet ? [] : await this.#absent(reading);
		yield* this.#pages(epoch, listed(found.kept));
		while (!found.isAll) {
			reading.walk = new PageMemory(undefined);
			found = await this.#walk(reading);
			absent = await this.#absent(reading);
			yield* this.#pages(epoch, listed(found.kept));
		}
		yield* this.#pages(epoch, this.#departures(absent, reading));
		this.#lastWalk = reading.walk.relied();
		this.#lastStartedAt = startedAt;
	}

	/** A complete walk, of which so many differences are kept as are handed over without another one. */
	async #walk(reading: Reading): Promise<{ kept: Compared[]; isAll: boolean }> {
		const kept: Compared[] = [];
		let weight = 0;
		let isAll = true;
		for await (const page of this.source.walk()) {
			if (!reading.walk.meet(page) || !isAll) continue;
			for (const compared of await this.#comparison.compare(page, reading)) {
				weight += weightOf(compared);
				isAll &&= kept.length === 0 || weight <= CHANGES_A_WALK;
				if (isAll) kept.push(compared);
			}
		}
		return { kept, isAll };
	}

	#absent({ walk, snapshots }: Reading): Promise<string[]> {
		return absentEntries(walk.seen(), snapshots, this.#acceptedAbsence);
	}

	/** What is gone, or only out of sight. People first: what they were in may be gone with them. */
	async *#departures(absent: readonly string[], reading: Reading): AsyncIterable<Compared> {
		const missed = new Set<string>();
		const groups: string[] = [];
		for await (const [entryId, before] of this.#remembered(absent, reading)) {
			if (before.kind === 'group') groups.push(entryId);
			else yield* await this.#departure(entryId, before, reading, missed);
		}
		for await (const [entryId, before] of this.#remembered(groups, reading))
			yield* await this.#departure(entryId, before, reading, missed);
		if (!reading.walk.isQuiet) this.#missed = missed;
	}

	async *#remembered(entryIds: readonly string[], { snapshots }: Reading): AsyncIterable<[string, Snapshot]> {
		for (let start = 0; start < entryIds.length; start += CHANGES_A_PAGE)
			yield* await snapshots.get(entryIds.slice(start, start + CHANGES_A_PAGE));
	}

	/** One walk may miss somebody: only what a second one misses as well is forgotten without being known to be gone. */
	async #departure(
		entryId: string,
		before: Snapshot,
		reading: Reading,
		missed: Set<string>,
	): Promise<Compared[]> {
		const isGone = await this.source.isGone(entryId, before);
		if (!isGone && !this.#missed.has(entryId)) {
			missed.add(entryId);
			return [];
		}
		const changes = isGone ? await this.#comparison.farewell(entryId, before, reading) : [];
		return [{ changes, write: { entryId, snapshot: undefined } }];
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
		this.#comparison.clear();
	}
}

const weightOf = ({ changes }: Compared): number => Math.max(1, changes.length);

const isFull = ({ changes, snapshots }: ChangePage<SnapshotCursor>, next: Compared): boolean =>
	snapshots.length > 0 &&
	(changes.length + next.changes.length > CHANGES_A_PAGE || snapshots.length >= CHANGES_A_PAGE);

async function* listed<T>(items: readonly T[]): AsyncIterable<T> {
	yield* items;
}
