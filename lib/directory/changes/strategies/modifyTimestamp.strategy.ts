import { and, greaterOrEqual, present } from '../../ldap/filter';
import type { LdapFilter } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type {
	ChangePage,
	ChangeStrategy,
	EntryChange,
	SnapshotReader,
	SnapshotWrite,
} from '../changes.types';
import type { Detections, Verdict } from '../changes.types';
import { CompleteWalk, ENTRIES_A_PAGE } from './completeWalk';
import type { Compared, EntryComparison, IsNew } from './entryComparison';
import { millisecondsOf, timestampOf } from './generalizedTime';

/** Timestamps have a resolution of a second and writes may end out of order: what is this close to the newest is read again. */
const OVERLAP_MS = 2_000;
const SWEEP_EVERY_MINUTES = 15;
const EPOCH = '19700101000000Z';

export interface ModifyTimestampCursor {
	[part: string]: string;
	/** The newest modifyTimestamp seen, as the server wrote it. */
	newest: string;
	/** ISO 8601, by our clock: when everything was compared last. */
	sweptAt: string;
}

export interface ModifyTimestampOptions {
	reason: string;
	detects: Detections;
	/** Default 15; 0 = at every read. */
	sweepEveryMinutes?: number;
	/** The code under which an administrator accepted that many entries are gone. */
	acceptedAbsence?: string;
	/** Milliseconds since 1970. Default: our clock. */
	now?: () => number;
}

/**
 * Reads what has a modifyTimestamp at or after the newest one seen, and compares it with what is remembered of each entry: the net
 * change between two reads. Reading the last seconds again is harmless, because what is unchanged compares as equal. Every quarter
 * of an hour a read ends with a complete walk, which finds what moves no timestamp: deletions, people below a renamed container, what
 * came into the base or left it, lock-outs on 389 DS.
 *
 * Cannot see who did it and what was done and undone between two reads (for what moves no timestamp: two walks), and cannot tell a
 * deletion from a move to where this login sees nothing, unless the server does (389 DS does).
 */
export class ModifyTimestampStrategy implements ChangeStrategy<ModifyTimestampCursor> {
	readonly name = 'modifyTimestamp';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly reason: string;
	readonly detects: Detections;
	readonly scopeKey: string;
	readonly #sweepEveryMs: number;
	readonly #now: () => number;
	readonly #walk: CompleteWalk;

	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
		{ reason, detects, sweepEveryMinutes, acceptedAbsence, now = Date.now }: ModifyTimestampOptions,
	) {
		this.reason = reason;
		this.detects = detects;
		this.scopeKey = comparison.scopeKey;
		this.#sweepEveryMs = (sweepEveryMinutes ?? SWEEP_EVERY_MINUTES) * 60_000;
		this.#now = now;
		this.#walk = new CompleteWalk(connection, comparison, now, acceptedAbsence);
	}

	/** The newest timestamp of all: the server's clock, ours where that is ahead. Only the times are read. */
	async position(): Promise<ModifyTimestampCursor> {
		let newest = EPOCH;
		for await (const entry of this.#search(present('modifyTimestamp'), ['modifyTimestamp'])) {
			newest = later(newest, entry.first('modifyTimestamp'));
		}
		return { newest: this.#notAhead(newest), sweptAt: this.#clock() };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		for await (const entries of this.#walk.entries())
			yield entries
				.map((entry) => this.comparison.snapshotOf(entry))
				.filter((write): write is SnapshotWrite => write !== undefined);
	}

	/** Everything is compared with what is remembered: there is no log that could be too short, only a cursor that is none. */
	async verify(cursor: unknown): Promise<Verdict> {
		if (isCursor(cursor)) return { intact: true };
		return { intact: false, reason: 'the stored position holds no time that a directory writes' };
	}

	/** What nobody remembers is new: it was not there when all was in sight. */
	async *reconcile(snapshots: SnapshotReader): AsyncIterable<ChangePage<ModifyTimestampCursor>> {
		const cursor = await this.position();
		const options = { isNew: () => true, round: 'reconciliation' };
		for await (const compared of this.#walk.differences(snapshots, options)) yield pageOf(compared, cursor);
		yield pageOf([], cursor);
	}

	/**
	 * Results come in no order, so the cursor moves only with the last page; until then the snapshots of each page tell what was
	 * handed on. After a full page the search begins anew and no longer finds these.
	 */
	async *read(
		stored: ModifyTimestampCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ModifyTimestampCursor>> {
		const cursor = { ...stored, newest: this.#notAhead(stored.newest) };
		let { newest } = cursor;
		for (let isLast = false; !isLast;) {
			const round = await this.#compare(cursor, snapshots);
			isLast = round.found.length < ENTRIES_A_PAGE;
			newest = isLast ? this.#notAhead(round.newest) : cursor.newest;
			if (round.found.length > 0 || newest !== cursor.newest)
				yield pageOf(round.found, { ...cursor, newest });
		}
		yield* this.#sweep({ ...cursor, newest }, isNewSince(cursor), snapshots);
	}

	/** A cursor of an earlier version knows of no walk: one is due then. */
	async *#sweep(
		position: ModifyTimestampCursor,
		isNew: IsNew,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ModifyTimestampCursor>> {
		const last = Date.parse(position.sweptAt);
		if (this.#now() - last < this.#sweepEveryMs) return;
		const sweptAt = this.#clock();
		const options = { isNew, round: position.sweptAt ?? '' };
		for await (const compared of this.#walk.differences(snapshots, options)) yield pageOf(compared, position);
		yield pageOf([], { ...position, sweptAt });
	}

	async #compare(cursor: ModifyTimestampCursor, snapshots: SnapshotReader): Promise<Round> {
		const round: Round = { found: [], newest: cursor.newest };
		let waiting: LdapEntry[] = [];
		const from = timestampOf(millisecondsOf(cursor.newest) - OVERLAP_MS);
		const compare = async (): Promise<void> => {
			round.found.push(...(await this.comparison.compare(waiting, snapshots, isNewSince(cursor))));
			waiting = [];
		};
		for await (const entry of this.#search(greaterOrEqual('modifyTimestamp', from))) {
			round.newest = later(round.newest, entry.first('modifyTimestamp'));
			waiting.push(entry);
			if (round.found.length + waiting.length < ENTRIES_A_PAGE) continue;
			await compare();
			if (round.found.length >= ENTRIES_A_PAGE) return round;
		}
		await compare();
		return round;
	}

	/** One entry with a time to come (a wrong clock, a restored value) must not hide all that is written until then. */
	#notAhead(newest: string): string {
		return millisecondsOf(newest) > this.#now() ? timestampOf(this.#now()) : newest;
	}

	#clock(): string {
		return new Date(this.#now()).toISOString();
	}

	#search(filter: LdapFilter, only?: string[]): AsyncIterable<LdapEntry> {
		return this.connection.search({
			base: this.connection.settings.baseDn,
			scope: 'sub',
			filter: and(this.comparison.filter, filter),
			attributes: only ?? this.comparison.attributes,
			pageSize: 1000,
		});
	}
}

/** What a store holds is believed by its form alone. */
function isCursor(cursor: unknown): boolean {
	if (typeof cursor !== 'object' || cursor === null || !('newest' in cursor)) return false;
	const { newest } = cursor;
	return typeof newest === 'string' && /^\d{14}(?:[.,]\d+)?Z$/.test(newest);
}

interface Round {
	found: Compared[];
	newest: string;
}

function pageOf(compared: Compared[], cursor: ModifyTimestampCursor): ChangePage<ModifyTimestampCursor> {
	const changes = compared.flatMap(({ change }) => change ?? []);
	return { changes: inTime(changes), cursor, snapshots: compared.map(({ write }) => write) };
}

function later(known: string, candidate: string | undefined): string {
	if (candidate === undefined) return known;
	return millisecondsOf(candidate) > millisecondsOf(known) ? candidate : known;
}

/**
 * What nobody remembers is new if it was created since everything was seen last: replicas hand on late, with the time of the server that
 * wrote, what may be older than the newest time seen. With leeway, for that one and a creation may share their second.
 */
function isNewSince({ newest, sweptAt }: ModifyTimestampCursor): IsNew {
	const [seen, swept] = [millisecondsOf(newest), Date.parse(sweptAt)];
	const since = (swept < seen ? swept : seen) - OVERLAP_MS;
	return (entry) => {
		const created = entry.first('createTimestamp');
		return created !== undefined && millisecondsOf(created) >= since;
	};
}

const inTime = (changes: EntryChange[]): EntryChange[] =>
	changes.toSorted((a, b) => a.occurredAt.localeCompare(b.occurredAt));
