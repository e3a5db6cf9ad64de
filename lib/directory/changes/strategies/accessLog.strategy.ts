import { DomainError } from '../../../domain.errors';
import { and, equals, greaterOrEqual } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type { ChangePage, ChangeStrategy, Detections, SnapshotWrite, Verdict } from '../changes.types';
import { liesBelow } from '../entryName';
import { recordOf, RECORD_ATTRIBUTES } from './accessLogRecord';
import type { AccessLogRecord } from './accessLogRecord';
import { advance, covers, lowest, serverOf, vectorOf } from './csn';
import type { CsnVector } from './csn';
import type { EntryDescriber } from './entryDescription';
import { changeOf, mayMatter } from './recordedChange';
import type { WatchedAttributes } from './recordedChange';

/** Records read by one search: it is over before the page is handed on, so that a long run holds no search open. */
const RECORDS_A_PAGE = 500;
/** A record of a group holds all its old members, even when one is added: few such records are a page already. */
const VALUES_A_PAGE = 100_000;
/**
 * A write gets its CSN when it begins and is logged when it ends, while logins are logged in between with later CSNs. Only what was
 * the newest CSN this long ago is certainly followed by no earlier one.
 */
const SETTLED_AFTER_MS = 5 * 60_000;
export const LOG_BASE = 'cn=accesslog';

export interface AccessLogCursor {
	[part: string]: CsnVector;
	/** The last change read, by server. */
	csn: CsnVector;
	/** Where the log began then, by server; empty while nothing was ever written. */
	begins: CsnVector;
}

/**
 * Reads OpenLDAP's `cn=accesslog` from the cursor's entryCSN on: each write, in order, with the values from before where the
 * overlay's `logold` keeps them. The cursor is a vector by server id, as it must be where several servers write.
 *
 * Cannot see what overlays write (memberof, refint): when a person is deleted, the groups that refint clears say nothing.
 */
export class AccessLogStrategy implements ChangeStrategy<AccessLogCursor> {
	readonly name = 'accessLog';
	readonly needsSnapshots = false;
	/** Nothing stored depends on what is watched: the log holds it all. */
	readonly scopeKey = 'cn=accesslog';

	/** The newest CSN of any record, and when it was that. */
	#observed: { csn: CsnVector; at: number } | undefined;

	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
		private readonly watched: WatchedAttributes,
		readonly reason: string,
		readonly detects: Detections,
		readonly previousValues: boolean,
		private readonly now: () => number = Date.now,
	) {}

	async position(): Promise<AccessLogCursor> {
		const { context, begins } = await this.#bounds();
		return { csn: Object.keys(context).length > 0 ? context : await this.#newestRecords(), begins };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		// The log alone tells what happens after the cursor.
	}

	/**
	 * `minCSN` is the newest record that was purged, or the first that was written: a cursor below it may have missed something. A log
	 * without any write has no minCSN yet: its appearance is no gap.
	 */
	async verify(cursor: AccessLogCursor): Promise<Verdict> {
		const { context, begins } = await this.#bounds();
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

	async *read(cursor: AccessLogCursor): AsyncIterable<ChangePage<AccessLogCursor>> {
		let { csn } = cursor;
		for (;;) {
			const { context, begins } = await this.#bounds();
			const isIdle =
				Object.keys(context).length > 0 && Object.values(context).every((newest) => covers(csn, newest));
			const { records, isLast } = isIdle ? NOTHING : await this.#recordsAfter(csn);
			csn = records.reduce((vector, record) => advance(vector, record.csn), csn);
			const settled = isLast ? this.#settled(csn, context) : csn;
			if (records.length > 0 || settled !== csn) {
				yield { changes: await this.#changesOf(records), cursor: { csn: settled, begins }, snapshots: [] };
			}
			if (isLast) return;
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

	async #changesOf(records: AccessLogRecord[]): Promise<ChangePage<AccessLogCursor>['changes']> {
		const { baseDn } = this.connection.settings;
		const relevant = records.filter(
			(record) => liesBelow(record.dn, baseDn) && mayMatter(record, this.describer, this.watched),
		);
		const lookUp = relevant.filter(
			({ type, keepsOld }) => type === 'modify' || (type === 'delete' && !keepsOld),
		);
		const known = await this.describer.byIds([...new Set(lookUp.flatMap(({ entryId }) => entryId ?? []))]);
		for (const record of lookUp) {
			const key = keyOf(record);
			const last = known.has(key) ? undefined : await this.#lastKnown(record);
			if (last) known.set(key, last);
		}
		return relevant.map((record) => changeOf(record, known.get(keyOf(record)), this.describer, this.watched));
	}

	/** Logs of old servers name entries by DN only. */
	async #lastKnown({ entryId, dn }: AccessLogRecord): Promise<LdapEntry | undefined> {
		return entryId === undefined ? await this.describer.byDn(dn) : await this.#lastRecorded(entryId);
	}

	/** Of an entry that is gone meanwhile: what the record of its deletion says. */
	async #lastRecorded(entryId: string): Promise<LdapEntry | undefined> {
		const filter = and(equals('objectClass', 'auditDelete'), equals('reqEntryUUID', entryId));
		for await (const entry of this.#search(filter)) {
			const record = recordOf(entry);
			if (record?.keepsOld) return record.old;
		}
		return undefined;
	}

	/** Oldest first: the log is stored in the order of its writes. */
	async #recordsAfter(csn: CsnVector): Promise<Batch> {
		const from = lowest(csn);
		const writes = [equals('objectClass', 'auditWriteObject'), equals('reqResult', '0')];
		const filter = and(...writes, ...(from === undefined ? [] : [greaterOrEqual('entryCSN', from)]));
		const records: AccessLogRecord[] = [];
		let values = 0;
		for await (const entry of this.#search(filter)) {
			const record = recordOf(entry);
			if (!record || covers(csn, record.csn)) continue;
			records.push(record);
			values += entry.buffers('reqOld').length + entry.buffers('reqMod').length;
			if (records.length === RECORDS_A_PAGE || values >= VALUES_A_PAGE) return { records, isLast: false };
		}
		return { records, isLast: true };
	}

	#search(filter: ReturnType<typeof and>): AsyncIterable<LdapEntry> {
		return this.connection.search({ base: LOG_BASE, scope: 'sub', filter, attributes: RECORD_ATTRIBUTES });
	}

	async #bounds(): Promise<{ context: CsnVector; begins: CsnVector }> {
		const root = await this.connection.read(LOG_BASE, ['contextCSN', 'minCSN']);
		if (!root) throw unreadable();
		return { context: vectorOf(root.values('contextCSN')), begins: vectorOf(root.values('minCSN')) };
	}

	/** For a log without the syncprov overlay, which would keep the newest CSNs at hand. */
	async #newestRecords(): Promise<CsnVector> {
		let newest: CsnVector = {};
		const filter = equals('objectClass', 'auditWriteObject');
		for await (const entry of this.connection.search({
			base: LOG_BASE,
			scope: 'sub',
			filter,
			attributes: ['entryCSN'],
		})) {
			const csn = entry.first('entryCSN');
			if (csn !== undefined && serverOf(csn) !== '') newest = advance(newest, csn);
		}
		return newest;
	}
}

interface Batch {
	records: AccessLogRecord[];
	/** Nothing came after them. */
	isLast: boolean;
}

const NOTHING: Batch = { records: [], isLast: true };

const keyOf = ({ entryId, dn }: AccessLogRecord): string => entryId ?? dn;

function unreadable(): DomainError {
	return new DomainError(`The access log (${LOG_BASE}) cannot be read any more`, {
		advice:
			'Give the service account read access to cn=accesslog again, or publish the workflow anew to have the way of reading chosen again.',
		recovery: 'abort',
		failure: 'permission-denied',
	});
}
