import { and, greaterOrEqual, or, present } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	EntryChange,
	Snapshot,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import { digest } from '../eventId';
import type { EntryDescriber } from './entryDescription';
import { millisecondsOf, timestampOf } from './generalizedTime';
import { describesSomething, snapshotOf } from './snapshot';
import { differenceOf } from './snapshotDifference';
import type { EntryFacts } from './snapshotDifference';

/** Entries compared at a time, by one query of the store. */
const ENTRIES_A_COMPARISON = 500;
/** Differences handed on together; the search is over by then. */
const CHANGES_A_PAGE = 500;
/** Timestamps have a resolution of a second and writes may end out of order: what is this close to the newest is read again. */
const OVERLAP_MS = 2_000;

export interface ModifyTimestampCursor {
	[part: string]: string;
	/** The newest modifyTimestamp seen, as the server wrote it. */
	newest: string;
}

/**
 * Reads what has a modifyTimestamp at or after the newest one seen, and compares it with what is remembered of each entry: the net
 * change between two reads. Reading the last seconds again is harmless, because what is unchanged compares as equal.
 *
 * Cannot see deletions (a deleted entry has no timestamp), who did it, what was done and undone between two reads, and changes
 * that a server makes without touching modifyTimestamp (389: lock-outs; memberOf everywhere).
 */
export class ModifyTimestampStrategy implements ChangeStrategy<ModifyTimestampCursor> {
	readonly name = 'modifyTimestamp';
	readonly needsSnapshots = true;
	readonly previousValues = true;

	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
		private readonly watched: readonly string[],
		readonly reason: string,
		readonly detects: Detections,
		readonly scopeKey: string,
	) {}

	/** The newest timestamp of all: the server's clock, not ours. Only the times are read. */
	async position(): Promise<ModifyTimestampCursor> {
		let newest = '19700101000000Z';
		for await (const entry of this.#search(present('modifyTimestamp'), ['modifyTimestamp'])) {
			newest = later(newest, entry.first('modifyTimestamp'));
		}
		return { newest };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		let some: SnapshotWrite[] = [];
		for await (const entry of this.#search(present('modifyTimestamp'))) {
			const snapshot = snapshotOf(entry, this.describer, this.watched);
			if (!snapshot) continue;
			some.push({ entryId: this.describer.idOf(entry), snapshot });
			if (some.length < ENTRIES_A_COMPARISON) continue;
			yield some;
			some = [];
		}
		if (some.length > 0) yield some;
	}

	/** Everything is compared with what is remembered: there is no log that could be too short. */
	async verify(): Promise<Verdict> {
		return { intact: true };
	}

	/**
	 * Results come in no order, so the cursor moves only with the last page; until then the snapshots of each page tell what was
	 * handed on. After a full page the search begins anew and no longer finds these.
	 */
	async *read(
		cursor: ModifyTimestampCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ModifyTimestampCursor>> {
		for (;;) {
			const round = await this.#compare(cursor, snapshots);
			const isLast = round.changes.length < CHANGES_A_PAGE;
			const moved = round.newest !== cursor.newest;
			if (round.changes.length + round.writes.length > 0 || (isLast && moved)) {
				const page = isLast ? { newest: round.newest } : cursor;
				yield { changes: inTime(round.changes), cursor: page, snapshots: round.writes };
			}
			if (isLast) return;
		}
	}

	async #compare(cursor: ModifyTimestampCursor, snapshots: SnapshotReader): Promise<Round> {
		const round: Round = { changes: [], writes: [], newest: cursor.newest };
		let waiting: LdapEntry[] = [];
		const from = timestampOf(millisecondsOf(cursor.newest) - OVERLAP_MS);
		for await (const entry of this.#search(greaterOrEqual('modifyTimestamp', from))) {
			round.newest = later(round.newest, entry.first('modifyTimestamp'));
			waiting.push(entry);
			if (waiting.length < ENTRIES_A_COMPARISON) continue;
			await this.#compareSome(waiting, cursor, snapshots, round);
			waiting = [];
			if (round.changes.length >= CHANGES_A_PAGE) return round;
		}
		await this.#compareSome(waiting, cursor, snapshots, round);
		return round;
	}

	async #compareSome(
		entries: LdapEntry[],
		cursor: ModifyTimestampCursor,
		snapshots: SnapshotReader,
		round: Round,
	): Promise<void> {
		const known = await snapshots.get(entries.map((entry) => this.describer.idOf(entry)));
		for (const entry of entries) {
			const entryId = this.describer.idOf(entry);
			const now = snapshotOf(entry, this.describer, this.watched);
			const before = known.get(entryId);
			if (!now) continue;
			const isNew = !before && isAtOrAfter(entry.first('createTimestamp'), cursor.newest);
			const difference = differenceOf(before, now, this.#factsOf(entry, entryId, before, now));
			if (!difference) continue;
			round.writes.push({ entryId, snapshot: now });
			// Unknown, yet older than the cursor: it came into sight or into a class that is watched. Nothing tells what happened.
			if (before || isNew) round.changes.push(difference);
		}
	}

	#factsOf(entry: LdapEntry, entryId: string, before: Snapshot | undefined, now: Snapshot): EntryFacts {
		const modifiedAt = entry.first('modifyTimestamp') ?? '19700101000000Z';
		return {
			entryId,
			changeId: changeIdOf(before, now, entry, modifiedAt),
			dn: entry.dn,
			occurredAt: new Date(millisecondsOf(modifiedAt)).toISOString(),
			lastModifier: entry.first('modifiersName') ?? null,
			person: this.describer.personOf(entry),
			group: this.describer.groupOf(entry),
		};
	}

	#search(filter: ReturnType<typeof greaterOrEqual>, only?: string[]): AsyncIterable<LdapEntry> {
		const { family } = this.describer;
		return this.connection.search({
			base: this.connection.settings.baseDn,
			scope: 'sub',
			filter: and(or(family.personFilter, family.groupFilter), filter),
			attributes: only ?? describesSomething(this.describer, this.watched),
			pageSize: 1000,
		});
	}
}

interface Round {
	changes: EntryChange[];
	writes: Array<{ entryId: string; snapshot: Snapshot }>;
	newest: string;
}

/** The generation of the entry: where the server counts writes, that number; else the time and what was found then. */
function changeIdOf(
	before: Snapshot | undefined,
	now: Snapshot,
	entry: LdapEntry,
	modifiedAt: string,
): string {
	return entry.first('entryCSN') ?? digest([modifiedAt, JSON.stringify(before ?? null), JSON.stringify(now)]);
}

function later(known: string, candidate: string | undefined): string {
	if (candidate === undefined) return known;
	return millisecondsOf(candidate) > millisecondsOf(known) ? candidate : known;
}

/** A second's leeway: the newest timestamp seen and a creation may share their second. */
function isAtOrAfter(created: string | undefined, newest: string): boolean {
	return created !== undefined && millisecondsOf(created) >= millisecondsOf(newest) - OVERLAP_MS;
}

const inTime = (changes: EntryChange[]): EntryChange[] =>
	changes.toSorted((a, b) => a.occurredAt.localeCompare(b.occurredAt));
