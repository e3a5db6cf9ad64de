import { DomainError } from '../../../domain.errors';
import { and, greaterOrEqual, lessOrEqual } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';
import { changeNumberOf, recordOf, RECORD_ATTRIBUTES } from './changeLogRecord';
import type { ChangeLogRecord } from './changeLogRecord';

export const LOG_BASE = 'cn=changelog';
/** Records read by one search: it is over before the page is handed on. */
export const RECORDS_A_PAGE = 500;
/** A group with all its members is one record: a few such records are a page already. */
const BYTES_A_PAGE = 16 * 1024 * 1024;
/** A number may be given to a write that has not ended: what comes after a missing one waits so long for it. */
const HOLE_CLOSES_WITHIN_MS = 5_000;

export interface Bounds {
	first: number;
	last: number;
}

export interface Batch {
	/** Number of the last one that was read, also where it tells of nothing. */
	changeNumber: number;
	record: string;
	records: ChangeLogRecord[];
}

interface Numbered {
	changeNumber: number;
	/** undefined = it tells of no entry. */
	record: ChangeLogRecord | undefined;
}

/** Pages of `cn=changelog`. Keeps no search open between them. */
export class ChangeLogReader {
	#hole: { number: number; since: number } | undefined;

	constructor(
		private readonly connection: LdapConnection,
		/** Milliseconds since 1970. */
		private readonly now: () => number,
	) {}

	/** Read anew each time: what a connection remembers of the root DSE is as old as the connection. */
	async bounds(): Promise<Bounds> {
		return await boundsOf(this.connection);
	}

	/** undefined = nothing new. In windows of numbers: a search over all that is to come would grow with the log. */
	async recordsAfter(at: { serverId: string; changeNumber: number }): Promise<Batch | undefined> {
		const { first, last } = await this.bounds();
		if (first > at.changeNumber + 1) throw trimmed(first);
		for (let after = at.changeNumber; after < last; after += RECORDS_A_PAGE) {
			const found = await this.#window(after, at.serverId);
			if (found.length === 0) continue;
			return this.#beforeHole(found, Math.max(at.changeNumber + 1, first));
		}
		return undefined;
	}

	/** Where that is too much at once, fewer numbers: leaving the search early would lean on the order of its results. */
	async #window(after: number, serverId: string, size = RECORDS_A_PAGE): Promise<Numbered[]> {
		const found: Numbered[] = [];
		let bytes = 0;
		for await (const entry of this.connection.search({
			base: LOG_BASE,
			scope: 'one',
			filter: and(
				greaterOrEqual('changeNumber', String(after + 1)),
				lessOrEqual('changeNumber', String(after + size)),
			),
			attributes: RECORD_ATTRIBUTES,
		})) {
			const changeNumber = changeNumberOf(entry.first('changeNumber'));
			if (changeNumber === undefined) continue;
			found.push({ changeNumber, record: recordOf(entry, serverId) });
			bytes += entry.buffers('changes')[0]?.length ?? 0;
			if (bytes <= BYTES_A_PAGE || size === 1) continue;
			const fewer = await this.#window(after, serverId, Math.ceil(size / 4));
			if (fewer.length > 0) return fewer;
			// The large ones come after a long hole: then all at once, rather than none.
			bytes = -Infinity;
		}
		return found.sort((one, other) => one.changeNumber - other.changeNumber);
	}

	#beforeHole(found: Numbered[], expected: number): Batch | undefined {
		let next = expected;
		let end = found.length;
		for (const [index, { changeNumber }] of found.entries()) {
			if (changeNumber > next && this.#mayStillClose(next)) {
				end = index;
				break;
			}
			next = changeNumber + 1;
		}
		const batch = found.slice(0, end);
		const last = batch.at(-1);
		return (
			last && {
				changeNumber: last.changeNumber,
				record: last.record?.changeId ?? '',
				records: batch.flatMap(({ record }) => record ?? []),
			}
		);
	}

	#mayStillClose(number: number): boolean {
		if (this.#hole?.number !== number) this.#hole = { number, since: this.now() };
		return this.now() - this.#hole.since < HOLE_CLOSES_WITHIN_MS;
	}

	/** What names the record of that number; '' = it is gone. */
	async recordAt(changeNumber: number, serverId: string): Promise<string> {
		const dn = `changenumber=${changeNumber},${LOG_BASE}`;
		const entry = await this.connection.read(
			dn,
			RECORD_ATTRIBUTES.filter((name) => name !== 'changes'),
		);
		return (entry && recordOf(entry, serverId)?.changeId) ?? '';
	}
}

/** @throws DomainError where the server shows no changelog any more */
export async function boundsOf(connection: LdapConnection): Promise<Bounds> {
	const root = await connection.read('', ['firstchangenumber', 'lastchangenumber']);
	const [first, last] = ['firstchangenumber', 'lastchangenumber'].map((name) =>
		changeNumberOf(root?.first(name)),
	);
	if (first === undefined || last === undefined) throw unreadable();
	return { first, last };
}

function unreadable(): DomainError {
	return new DomainError(`The changelog (${LOG_BASE}) cannot be read any more`, {
		advice:
			'Switch the Retro Changelog plug-in on again, or publish the workflow anew to have the way of reading chosen again.',
		recovery: 'abort',
		failure: 'permission-denied',
	});
}

const trimmed = (first: number): DomainError =>
	new DomainError(`The changelog was trimmed while it was read: it begins at ${first} now`, {
		advice:
			'Let the server keep its changelog for longer (nsslapd-changelogmaxage). What was missed is looked for.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
