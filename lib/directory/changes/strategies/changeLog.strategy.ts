import { DomainError } from '../../../domain.errors';
import type { LdapConnection } from '../../ldap/ldap.types';
import type { ChangePage, ChangeStrategy, SnapshotReader, SnapshotWrite } from '../changes.types';
import type { Detections, Verdict } from '../changes.types';
import { liesBelow } from '../entryName';
import { ChangeLogPages } from './changeLogPage';
import { ChangeLogReader, RECORDS_A_PAGE } from './changeLogReader';
import type { Batch } from './changeLogReader';
import type { ChangeLogRecord } from './changeLogRecord';
import { idsBelow, movedBelow, parentsAmong } from './changeLogSubtree';
import { CompleteWalk } from './completeWalk';
import { EntriesById } from './entriesById';
import type { EntryComparison } from './entryComparison';
import type { LockPolicy } from './lockPolicy';

export interface ChangeLogCursor {
	[part: string]: string | number;
	/** Whose numbers they are. */
	serverId: string;
	/** The last record that was read. */
	changeNumber: number;
	/** Names that record, so that another one under its number is noticed; '' = not known. */
	record: string;
}

export interface ChangeLogOptions {
	reason: string;
	detects: Detections;
	locks: LockPolicy;
	/** The code under which an administrator accepted that many entries are gone. */
	acceptedAbsence?: string;
	/** Milliseconds since 1970. Default: our clock. */
	now?: () => number;
}

/**
 * Reads the Retro Changelog (`cn=changelog`) of 389 Directory Server by changeNumber: each write, in order. The log has no values from
 * before: they come from what is remembered of each entry, to which each record is applied in its turn. Numbers count on one server
 * only, so the cursor names it.
 *
 * Cannot see who did it (the entry's last modifier is told instead), and values from before of an entry that came into sight until it
 * is remembered ('unknown' then). What is written while a complete walk (the first, or one after a gap) passes over its entry belongs to
 * that walk; of several such writes to one attribute, the value from before may be a later one.
 */
export class ChangeLogStrategy implements ChangeStrategy<ChangeLogCursor> {
	readonly name = 'changeLog';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly reason: string;
	readonly detects: Detections;
	readonly scopeKey: string;
	readonly #log: ChangeLogReader;
	readonly #walk: CompleteWalk;
	readonly #pages: ChangeLogPages;
	readonly #byId: EntriesById;

	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
		{ reason, detects, locks, acceptedAbsence, now = Date.now }: ChangeLogOptions,
	) {
		this.reason = reason;
		this.detects = detects;
		this.scopeKey = comparison.scopeKey;
		this.#log = new ChangeLogReader(connection, now);
		this.#walk = new CompleteWalk(connection, comparison, now, acceptedAbsence);
		this.#byId = new EntriesById(connection, comparison.describer);
		this.#pages = new ChangeLogPages(comparison, this.#byId, locks);
	}

	async position(): Promise<ChangeLogCursor> {
		const { serverId } = await this.connection.identity();
		const { last } = await this.#log.bounds();
		return { serverId, changeNumber: last, record: await this.#log.recordAt(last, serverId) };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		for await (const entries of this.#walk.entries())
			yield entries.flatMap((entry) => this.comparison.snapshotOf(entry) ?? []);
	}

	async verify(cursor: unknown): Promise<Verdict> {
		if (!isCursor(cursor)) return lost('the stored position names no record of the changelog');
		const { serverId } = await this.connection.identity();
		if (cursor.serverId !== serverId)
			return lost(`another server answers now (${serverId}), whose changelog counts for itself`);
		const { first, last } = await this.#log.bounds();
		const { changeNumber, record } = cursor;
		if (first > changeNumber + 1)
			return lost(`the changelog begins at ${first}, after the last change that was read (${changeNumber})`);
		if (last < changeNumber)
			return lost(
				`the changelog ends at ${last}, before the last change that was read (${changeNumber}): it was emptied, or the server was restored or replaced`,
			);
		const found = await this.#log.recordAt(changeNumber, serverId);
		if (record === '' || found === record || first > changeNumber) return { intact: true };
		return found === ''
			? lost(`the last change that was read (${changeNumber}) is missing in the changelog: it was trimmed`)
			: lost(`another change has the number ${changeNumber} now: the changelog was made anew`);
	}

	/** What nobody remembers is new: it was not there when all was in sight. */
	async *reconcile(snapshots: SnapshotReader): AsyncIterable<ChangePage<ChangeLogCursor>> {
		const cursor = await this.position();
		const options = { isNew: () => true, round: `${cursor.serverId} ${cursor.changeNumber}` };
		for await (const compared of this.#walk.differences(snapshots, options)) {
			yield {
				changes: compared.flatMap(({ change }) => change ?? []),
				cursor,
				snapshots: compared.map(({ write }) => write),
			};
		}
		yield { changes: [], cursor, snapshots: [] };
	}

	async *read(
		cursor: ChangeLogCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ChangeLogCursor>> {
		let at = cursor;
		// Up to what there is now: a consumer that writes to the directory itself would never see the end.
		const { last } = await this.#log.bounds();
		while (at.changeNumber < last) {
			const batch = await this.#log.recordsAfter(at);
			if (!batch) break;
			await this.#refuseOther(cursor);
			yield* this.#pagesOf(batch, at, snapshots);
			at = { serverId: cursor.serverId, changeNumber: batch.changeNumber, record: batch.record };
		}
		yield* this.#adopt(at);
	}

	/** Numbers of another server, which answers since the position was checked: the watcher starts anew, and finds it foreign. */
	async #refuseOther(cursor: ChangeLogCursor): Promise<void> {
		const { serverId } = await this.connection.identity();
		if (serverId !== cursor.serverId) throw otherServer(serverId);
	}

	/** The last page carries the cursor of the batch; before a renamed container, one that leads to it. */
	async *#pagesOf(
		batch: Batch,
		from: ChangeLogCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ChangeLogCursor>> {
		const relevant = batch.records.filter((record) => this.#isRelevant(record));
		const containers = await this.#containersAmong(relevant, snapshots);
		let waiting: ChangeLogRecord[] = [];
		let done = from;
		for (const record of relevant) {
			if (!containers.has(record)) {
				waiting.push(record);
				continue;
			}
			const before = { ...from, changeNumber: record.changeNumber - 1, record: '' };
			if (waiting.length > 0) yield { ...(await this.#pages.page(waiting, snapshots)), cursor: before };
			done = waiting.length > 0 ? before : done;
			for await (const page of movedBelow(record, snapshots, this.comparison, this.#pages))
				yield { ...page, cursor: done };
			await this.#noteArrivals(record);
			waiting = [record];
		}
		const { changeNumber, record } = batch;
		const page = await this.#pages.page(waiting, snapshots);
		yield { ...page, cursor: { ...from, changeNumber, record } };
	}

	/** Entries that are no people and no groups, and those of them that have entries below. */
	async #containersAmong(
		records: readonly ChangeLogRecord[],
		snapshots: SnapshotReader,
	): Promise<Set<ChangeLogRecord>> {
		const renames = records.filter(({ newDn }) => newDn !== undefined);
		if (renames.length === 0) return new Set();
		const added = new Set(records.filter(({ type }) => type === 'add').map(({ entryId }) => entryId));
		const ids = [...new Set(renames.map(({ entryId }) => entryId))];
		const known = await snapshots.get(ids);
		const candidates = ids.filter((entryId) => known.has(entryId) || added.has(entryId));
		const parents = await parentsAmong(candidates, this.connection, this.comparison);
		return new Set(
			renames.filter(({ entryId }) => parents.has(entryId) || !(known.has(entryId) || added.has(entryId))),
		);
	}

	async #noteArrivals({ targetDn, newDn }: ChangeLogRecord): Promise<void> {
		const { baseDn } = this.comparison.describer;
		if (newDn === undefined || liesBelow(targetDn, baseDn) || !liesBelow(newDn, baseDn)) return;
		for (const id of await idsBelow(newDn, this.connection, this.comparison)) this.#pages.strangers.add(id);
	}

	/**
	 * Who was not remembered is, once nothing is left to read: what the entry shows then is what the log led to. If something is
	 * written meanwhile, the next read tries again.
	 */
	async *#adopt(at: ChangeLogCursor): AsyncIterable<ChangePage<ChangeLogCursor>> {
		const { strangers } = this.#pages;
		while (strangers.size > 0) {
			const ids = [...strangers].slice(0, RECORDS_A_PAGE);
			const entries = await this.#byId.read(ids, this.comparison.attributes);
			if ((await this.#log.bounds()).last !== at.changeNumber) return;
			for (const id of ids) strangers.delete(id);
			const writes = [...entries.values()].flatMap((entry) => this.comparison.snapshotOf(entry) ?? []);
			if (writes.length > 0) yield { changes: [], cursor: at, snapshots: writes };
		}
	}

	#isRelevant({ targetDn, newDn }: ChangeLogRecord): boolean {
		const { baseDn } = this.comparison.describer;
		return (
			isPlainlyBelow(targetDn, baseDn) ||
			liesBelow(targetDn, baseDn) ||
			(newDn !== undefined && liesBelow(newDn, baseDn))
		);
	}
}

const otherServer = (serverId: string): DomainError =>
	new DomainError(`Another server answers now (${serverId}), whose changelog counts for itself`, {
		advice:
			'Nothing needs to be done: the trigger compares everything with what it remembers, and goes on from there.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});

const lost = (reason: string): Verdict => ({ intact: false, reason });

/** What a store holds is believed by its form alone. */
function isCursor(cursor: unknown): cursor is ChangeLogCursor {
	if (typeof cursor !== 'object' || cursor === null) return false;
	if (!('serverId' in cursor && 'changeNumber' in cursor && 'record' in cursor)) return false;
	return (
		typeof cursor.serverId === 'string' &&
		Number.isSafeInteger(cursor.changeNumber) &&
		typeof cursor.record === 'string'
	);
}

/** The usual spelling, without taking the DN apart. */
const isPlainlyBelow = (dn: string, base: string): boolean =>
	dn.endsWith(`,${base}`) && dn[dn.length - base.length - 2] !== '\\';
