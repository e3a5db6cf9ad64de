import { DomainError } from '../../../domain.errors';
import { and, equals, greaterOrEqual, or } from '../../ldap/filter';
import type { LdapFilter } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { PLACE_ATTRIBUTES, recordOf, RECORD_ATTRIBUTES } from './accessLogRecord';
import type { AccessLogRecord } from './accessLogRecord';
import { advance, covers, lowest, serverOf, vectorOf } from './csn';
import type { CsnVector } from './csn';

/** Records read by one search: it is over before the page is handed on, so that a long run holds no search open. */
const RECORDS_A_PAGE = 500;
/** A record of a group holds all its old members, even when one is added: few such records are a page already. */
const VALUES_A_PAGE = 100_000;
const SIZE_LIMIT_EXCEEDED = '4';
export const LOG_BASE = 'cn=accesslog';

export interface Batch {
	records: AccessLogRecord[];
	/** Nothing came after them. */
	isLast: boolean;
}

/** What is asked of OpenLDAP's `cn=accesslog` (slapo-accesslog(5)). */
export class AccessLogSearch {
	constructor(private readonly connection: LdapConnection) {}

	/** `context` = the newest CSN of any record, where syncprov keeps it; `begins` = where the log begins. By server. */
	async bounds(): Promise<{ context: CsnVector; begins: CsnVector }> {
		const root = await this.connection.read(LOG_BASE, ['contextCSN', 'minCSN']);
		if (!root) throw unreadable();
		return { context: vectorOf(root.values('contextCSN')), begins: vectorOf(root.values('minCSN')) };
	}

	/**
	 * In the order in which they were logged. Of a server that is new in `context`, all is news, however early it was written: another
	 * server's records come when they are replicated.
	 */
	async recordsAfter(csn: CsnVector, context: CsnVector): Promise<Batch> {
		const isNewServer = Object.keys(context).some((server) => csn[server] === undefined);
		const from = isNewServer ? undefined : lowest(csn);
		const filter = and(...WRITES, ...(from === undefined ? [] : [greaterOrEqual('entryCSN', from)]));
		const sizeLimit = isNewServer ? 0 : sizeLimitAfter(csn);
		const records: AccessLogRecord[] = [];
		let values = 0;
		let received = 0;
		try {
			for await (const entry of this.#search(filter, RECORD_ATTRIBUTES, sizeLimit)) {
				received++;
				const record = recordOf(entry);
				if (!record || covers(csn, record.csn)) continue;
				records.push(record);
				values += entry.buffers('reqOld').length + entry.buffers('reqMod').length;
				if (records.length === RECORDS_A_PAGE || values >= VALUES_A_PAGE) return { records, isLast: false };
			}
		} catch (error) {
			// A limit of the server below ours: the page ends here, if there is anything in it.
			const isLimit = error instanceof DomainError && error.code === SIZE_LIMIT_EXCEEDED;
			if (!isLimit || records.length === 0) throw error;
			return { records, isLast: false };
		}
		const isLast = sizeLimit === 0 || received < sizeLimit;
		// As many records as fit, and not one that can be read: the next page would be the same.
		if (!isLast && records.length === 0) throw unreadable();
		return { records, isLast };
	}

	/** What came, went and moved after this record, without values. */
	async *placesAfter({ csn }: AccessLogRecord): AsyncIterable<AccessLogRecord> {
		const kinds = ['auditAdd', 'auditModRDN', 'auditDelete'].map((name) => equals('objectClass', name));
		const filter = and(or(...kinds), equals('reqResult', '0'), greaterOrEqual('entryCSN', csn));
		for await (const entry of this.#search(filter, PLACE_ATTRIBUTES)) {
			const record = recordOf(entry);
			if (record && record.csn > csn) yield record;
		}
	}

	/** Of an entry that is gone meanwhile: what the record of its deletion says. */
	async lastRecorded(entryId: string): Promise<LdapEntry | undefined> {
		const filter = and(equals('objectClass', 'auditDelete'), equals('reqEntryUUID', entryId));
		for await (const entry of this.#search(filter)) {
			const record = recordOf(entry);
			if (record?.keepsOld) return record.old;
		}
		return undefined;
	}

	/** For a log without the syncprov overlay, which would keep the newest CSNs at hand. */
	async newestRecords(): Promise<CsnVector> {
		let newest: CsnVector = {};
		for await (const entry of this.#search(equals('objectClass', 'auditWriteObject'), ['entryCSN'])) {
			const csn = entry.first('entryCSN');
			if (csn !== undefined && serverOf(csn) !== '') newest = advance(newest, csn);
		}
		return newest;
	}

	#search(filter: LdapFilter, attributes = RECORD_ATTRIBUTES, sizeLimit = 0): AsyncIterable<LdapEntry> {
		return this.connection.search({ base: LOG_BASE, scope: 'sub', filter, attributes, sizeLimit });
	}
}

/**
 * Else the server would send all that is to come until it hears that we have enough, for each page again. Of one server at most the
 * record we stand on is known already; of several, any number may be: then there is no limit (0).
 */
const sizeLimitAfter = (csn: CsnVector): number => (Object.keys(csn).length === 1 ? RECORDS_A_PAGE + 1 : 0);

const WRITES = [equals('objectClass', 'auditWriteObject'), equals('reqResult', '0')];

function unreadable(): DomainError {
	return new DomainError(`The access log (${LOG_BASE}) cannot be read any more`, {
		advice:
			'Give the service account read access to cn=accesslog again, or publish the workflow anew to have the way of reading chosen again.',
		recovery: 'abort',
		failure: 'permission-denied',
	});
}
