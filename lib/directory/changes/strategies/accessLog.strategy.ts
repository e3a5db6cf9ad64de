import type { LdapConnection } from '../../ldap/ldap.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	EntryChange,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import { DomainError } from '../../../domain.errors';
import { storedCursor } from './accessLogCursor';
import type { AccessLogCursor } from './accessLogCursor';
import type { AccessLogRecord } from './accessLogRecord';
import { AccessLogSearch } from './accessLogSearch';
import type { Batch } from './accessLogSearch';
import { advance, covers } from './csn';
import type { CsnVector } from './csn';
import type { EntryDescriber } from './entryDescription';
import type { LockPolicy } from './lockPolicy';
import type { WatchedAttributes } from './recordedChange';
import { RecordDescriber } from './recordDescription';
import type { MovedEntry } from './recordedMove';
import { RecordedMoves } from './recordedMove';

/** Entries of one moved container, handed on together. */
const MOVED_A_PAGE = 500;
/**
 * A write gets its CSN when it begins and is logged when it ends, while logins are logged in between with later CSNs. Only what was
 * the newest CSN this long ago is certainly followed by no earlier one.
 */
const SETTLED_AFTER_MS = 5 * 60_000;

export interface AccessLogWatch {
	connection: LdapConnection;
	describer: EntryDescriber;
	watched: WatchedAttributes;
	locks: LockPolicy;
	/** Whether devices that are added are news. */
	wantsDevices: boolean;
}

/**
 * Reads OpenLDAP's `cn=accesslog` from the cursor's entryCSN on: each write, in order, with the values from before where the
 * overlay's `logold` keeps them. The cursor is a vector by server id, as it must be where several servers write. Where a container was
 * renamed or moved, each person and group below it is told. What lies outside the credential's base DN is left out; who is moved into
 * or out of it is told.
 *
 * Cannot see what overlays write (memberof, refint): when a person is deleted, the groups that refint clears say nothing. A rename does
 * not record the other values of the attribute in the name: where it is watched, it is told with unknown values.
 */
export class AccessLogStrategy implements ChangeStrategy<AccessLogCursor> {
	readonly name = 'accessLog';
	readonly needsSnapshots = false;
	/** Nothing stored depends on what is watched: the log holds it all. */
	readonly scopeKey = 'cn=accesslog';

	readonly #log: AccessLogSearch;
	readonly #moves: RecordedMoves;
	readonly #records: RecordDescriber;
	/** The newest CSN of any record, and when it was that. */
	#observed: { csn: CsnVector; at: number } | undefined;

	constructor(
		watch: AccessLogWatch,
		readonly reason: string,
		readonly detects: Detections,
		readonly previousValues: boolean,
		private readonly now: () => number = Date.now,
	) {
		this.#log = new AccessLogSearch(watch.connection);
		this.#moves = new RecordedMoves(watch.connection, watch.describer, this.#log);
		this.#records = new RecordDescriber(watch, this.#log);
	}

	async position(): Promise<AccessLogCursor> {
		const { context, begins } = await this.#log.bounds();
		const csn = Object.keys(context).length > 0 ? context : await this.#log.newestRecords();
		return { csn, begins, within: {} };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		// The log alone tells what happens after the cursor.
	}

	/**
	 * `minCSN` is the newest record that was purged, or the first that was written: a cursor below it may have missed something. A log
	 * without any write has no minCSN yet: its appearance is no gap.
	 */
	async verify(stored: AccessLogCursor): Promise<Verdict> {
		const cursor = storedCursor(stored);
		if (!cursor) return { intact: false, reason: NO_POSITION };
		const { context, begins } = await this.#log.bounds();
		for (const [server, csn] of Object.entries(cursor.csn)) {
			const first = begins[server];
			if (first !== undefined && first > csn && cursor.begins[server] !== undefined) {
				return {
					intact: false,
					reason: `the access log begins at ${first}, after the last change that was read (${csn})`,
				};
			}
			const last = context[server];
			if (last !== undefined && last < csn) {
				return {
					intact: false,
					reason: `the access log ends at ${last}, before the last change that was read (${csn}): the server was restored or replaced`,
				};
			}
		}
		return { intact: true };
	}

	async *read(stored: AccessLogCursor): AsyncIterable<ChangePage<AccessLogCursor>> {
		const cursor = storedCursor(stored);
		if (!cursor) throw noPosition();
		let { csn, begins: begun } = cursor;
		for (;;) {
			const { context, begins } = await this.#log.bounds();
			const isIdle =
				Object.keys(context).length > 0 && Object.values(context).every((newest) => covers(csn, newest));
			const { records, isLast } = isIdle ? NOTHING : await this.#log.recordsAfter(csn, context);
			if (records.length > 0) await this.#refuseGap({ csn, begins: begun, within: {} });
			begun = begins;
			const { parts, rest } = this.#divided(await this.#movedContainers(records), records);
			for (const { before, container } of parts) {
				csn = covering(csn, before);
				if (before.length > 0) yield await this.#page(before, { csn, begins, within: {} });
				yield* this.#movedPages(container, { csn, begins, within: cursor.within });
				csn = covering(csn, [container]);
			}
			csn = covering(csn, rest);
			const settled = isLast ? this.#settled(csn, context) : csn;
			if (records.length > 0 || settled !== csn)
				yield await this.#page(rest, { csn: settled, begins, within: {} });
			if (isLast) return;
		}
	}

	/** The log may be purged while the consumer holds a page, and while the next one is read. */
	async #refuseGap(cursor: AccessLogCursor): Promise<void> {
		const verdict = await this.verify(cursor);
		if (!verdict.intact) throw purged(verdict.reason);
	}

	async #page(
		records: readonly AccessLogRecord[],
		cursor: AccessLogCursor,
	): Promise<ChangePage<AccessLogCursor>> {
		return { changes: await this.#records.changesOf(records), cursor, snapshots: [] };
	}

	/** A container stands between the records before it and those after: what it holds is told in pages of its own. */
	#divided(containers: ReadonlySet<AccessLogRecord>, records: readonly AccessLogRecord[]): Divided {
		const parts: Divided['parts'] = [];
		let before: AccessLogRecord[] = [];
		for (const record of records) {
			if (!containers.has(record)) before.push(record);
			else {
				parts.push({ before, container: record });
				before = [];
			}
		}
		return { parts, rest: before };
	}

	/** All that were moved, but people and groups with nothing below them. */
	async #movedContainers(records: readonly AccessLogRecord[]): Promise<Set<AccessLogRecord>> {
		const moved = records.filter((record) => record.newDn !== undefined && this.#records.concerns(record));
		if (moved.length === 0) return new Set();
		const known = await this.#records.knownOf(moved);
		const isOurs = (record: AccessLogRecord): boolean => {
			const entry = known(record);
			return entry !== undefined && this.#records.isSubject(entry);
		};
		const ids = moved.filter(isOurs).flatMap(({ entryId }) => entryId ?? []);
		const above = await this.#moves.withSubordinates([...new Set(ids)]);
		return new Set(moved.filter((record) => !isOurs(record) || above.has(record.entryId ?? '')));
	}

	/** The cursor stays before the record until all are told; where it stands among them, it says by the last id. */
	async *#movedPages(
		record: AccessLogRecord,
		cursor: AccessLogCursor,
	): AsyncIterable<ChangePage<AccessLogCursor>> {
		const told = cursor.within[record.csn] ?? '';
		const entries = (await this.#moves.entriesOf(record)).filter(({ entryId }) => entryId > told);
		for (let start = 0; start < entries.length; start += MOVED_A_PAGE) {
			const some: MovedEntry[] = entries.slice(start, start + MOVED_A_PAGE);
			const changes: EntryChange[] = await this.#records.movesOf(record, some);
			const within = { [record.csn]: some.at(-1)?.entryId ?? told };
			if (changes.length > 0) yield { changes, cursor: { ...cursor, within }, snapshots: [] };
		}
	}

	/** Follows the log while nothing but logins is logged: else their purge would look like a gap, and each read would pass over them. */
	#settled(csn: CsnVector, context: CsnVector): CsnVector {
		const now = this.now();
		const observed = this.#observed ?? { csn: context, at: now };
		const isSettled = now - observed.at >= SETTLED_AFTER_MS;
		this.#observed = isSettled ? { csn: context, at: now } : observed;
		return isSettled ? Object.values(observed.csn).reduce(advance, csn) : csn;
	}
}

interface Divided {
	parts: Array<{ before: AccessLogRecord[]; container: AccessLogRecord }>;
	rest: AccessLogRecord[];
}

const NOTHING: Batch = { records: [], isLast: true };

const covering = (csn: CsnVector, records: readonly AccessLogRecord[]): CsnVector =>
	records.reduce((vector, record) => advance(vector, record.csn), csn);

const NO_POSITION = 'the stored position is none in an access log';

const purged = (reason: string): DomainError =>
	new DomainError(`The access log changed while it was read: ${reason}`, {
		advice: 'Let the server keep its access log for longer (logpurge). The trigger says what it missed.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});

const noPosition = (): DomainError =>
	new DomainError(`Changes cannot be read on: ${NO_POSITION}`, {
		advice:
			'Publish the workflow anew: the trigger then checks its position, and starts from now where it is of no use.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
