import { DomainError } from '../../../domain.errors';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import { liesBelow } from '../entryName';
import { CompleteWalk } from './completeWalk';
import { isCsn, timeOfCsn } from './csn';
import type { Compared, EntryComparison } from './entryComparison';
import { millisecondsOf } from './generalizedTime';
import { absentEntries } from './massAbsence';
import { isUseless, SyncRefresh } from './syncRefresh';
import { SyncReplDifferences } from './syncReplDifferences';

/** A server's clock and the writes that end out of order. */
const LEEWAY_MS = 2_000;
export interface SyncReplCursor {
	[part: string]: string;
	/** The server's own, base64. */
	cookie: string;
}

export interface SyncReplOptions {
	reason: string;
	detects: Detections;
	/** What an administrator entered to accept absences. */
	acceptedAbsence?: string;
}

/**
 * RFC 4533 refreshOnly on the main database: the server sends what changed since its cookie, and names what is gone, or else what is
 * still there; that is compared with what is remembered of each entry: the net change between two reads. Where a container changed,
 * the people and groups below it are looked at, for its new name is in their DNs alone.
 *
 * Cannot see who did it, what was done and undone between two reads, people below a renamed entry that is no container, and what
 * became of entries that came into sight by a move or a right: these are remembered from then on. After a crash slapd withholds its
 * last write until the next one. Where the server names what is gone (syncprov-sessionlog), people below a container that was moved to
 * where this login sees nothing stay remembered. A replica that answers instead and lags behind refuses the cookie: everything is then
 * compared with its older content, and what it has not got yet is told as undone.
 */
export class SyncReplStrategy implements ChangeStrategy<SyncReplCursor> {
	readonly name = 'syncRepl';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly reason: string;
	readonly detects: Detections;
	readonly scopeKey: string;

	readonly #refresh: SyncRefresh;
	readonly #walk: CompleteWalk;

	constructor(
		private readonly connection: LdapConnection,
		private readonly comparison: EntryComparison,
		private readonly options: SyncReplOptions,
		private readonly now: () => number = Date.now,
	) {
		this.reason = options.reason;
		this.detects = options.detects;
		this.scopeKey = comparison.scopeKey;
		this.#refresh = new SyncRefresh(connection, comparison);
		this.#walk = new CompleteWalk(connection, comparison, now, options.acceptedAbsence);
	}

	/** A refresh without a cookie, of names alone. */
	async position(): Promise<SyncReplCursor> {
		const { cookie } = await this.#refresh.run(undefined, ['1.1'], () => Promise.resolve());
		if (cookie === undefined || cookie.length === 0) throw useless('it gave none');
		return { cookie: cookie.toString('base64') };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		for await (const entries of this.#walk.entries())
			yield entries.flatMap((entry) => this.comparison.snapshotOf(entry) ?? []);
	}

	/** OpenLDAP answers a cookie that it does not understand with everything there is, and an empty one. */
	async verify(stored: unknown): Promise<Verdict> {
		const cookie = cookieOf(stored);
		if (!cookie) return { intact: false, reason: 'the stored position holds no cookie' };
		if (await this.#isIdle(cookie)) return { intact: true };
		const { code, cookie: next } = await this.#refresh.trial(cookie);
		if (isUseless(code))
			return {
				intact: false,
				reason: `the server cannot go on from its cookie (${code}): it was restored or replaced, or too much happened since`,
			};
		return next?.length === 0
			? { intact: false, reason: 'the server does not know the cookie: it comes from another server' }
			: { intact: true };
	}

	/** What nobody remembers is new: it was not there when all was in sight. */
	async *reconcile(snapshots: SnapshotReader): AsyncIterable<ChangePage<SyncReplCursor>> {
		const cursor = await this.position();
		const options = { isNew: () => true, round: cursor.cookie };
		for await (const compared of this.#walk.differences(snapshots, options)) yield pageOf(compared, cursor);
		yield pageOf([], cursor);
	}

	/** The cursor moves with the last page; until then what each page remembers tells what was handed on. */
	async *read(stored: SyncReplCursor, snapshots: SnapshotReader): AsyncIterable<ChangePage<SyncReplCursor>> {
		const cookie = cookieOf(stored);
		if (!cookie) throw useless('it is not one');
		if (await this.#isIdle(cookie)) return;
		const isNew = createdSince(cookie);
		const found = new SyncReplDifferences(this.connection, this.comparison, snapshots, isNew, stored.cookie);
		const containers: string[] = [];
		const end = await this.#refresh.run(cookie, this.comparison.attributes, async (entry) => {
			if (this.comparison.snapshotOf(entry)) await found.add(entry);
			else containers.push(entry.dn);
		});
		if (isUseless(end.code) || end.cookie?.length === 0)
			throw useless('the server does not know it any more');
		for (const dn of outermost(containers)) await found.addBelow(dn);
		const gone = end.met
			? await absentEntries(end.met, snapshots, this.options.acceptedAbsence)
			: [...new Set([...end.gone, ...(await found.leftBelow(end.gone))])];
		const next = end.cookie ? { cookie: end.cookie.toString('base64') } : stored;
		for await (const compared of found.pages()) yield pageOf(compared, stored);
		for await (const compared of found.departures(gone, this.#timeOf(end.cookie)))
			yield pageOf(compared, stored);
		if (next.cookie !== stored.cookie) yield pageOf([], next);
	}

	/** What syncprov shows of itself, where this login may see it: a read that spares the refresh. */
	async #isIdle(cookie: Buffer): Promise<boolean> {
		const { namingContexts } = await this.connection.rootDse();
		const context = namingContexts.find((one) => liesBelow(this.connection.settings.baseDn, one));
		const root = context === undefined ? undefined : await this.connection.read(context, ['contextCSN']);
		const newest = root?.values('contextCSN') ?? [];
		const known = csnsOf(cookie);
		return newest.length > 0 && newest.every((csn) => known.includes(csn));
	}

	#timeOf(cookie: Buffer | undefined): string {
		const newest = csnsOf(cookie).sort().at(-1);
		return newest === undefined ? new Date(this.now()).toISOString() : timeOfCsn(newest);
	}
}

/** `rid=000,sid=001,csn=…;…` of OpenLDAP; other servers' cookies tell nothing. */
const csnsOf = (cookie: Buffer | undefined): string[] =>
	(/csn=([^,]*)/.exec(cookie?.toString('latin1') ?? '')?.[1] ?? '').split(';').filter(isCsn);

/** Of several servers' CSNs the oldest counts: what one of them created may come late. Where the cookie tells no time, all is new. */
function createdSince(cookie: Buffer): (entry: LdapEntry) => boolean {
	const [oldest] = csnsOf(cookie).sort();
	const since = oldest === undefined ? 0 : Date.parse(timeOfCsn(oldest)) - LEEWAY_MS;
	return (entry) => {
		const created = entry.first('createTimestamp');
		return created === undefined || millisecondsOf(created) >= since;
	};
}

/** What a store holds is believed by its form alone. */
function cookieOf(stored: unknown): Buffer | undefined {
	if (typeof stored !== 'object' || stored === null || !('cookie' in stored)) return undefined;
	const { cookie } = stored;
	if (typeof cookie !== 'string' || !/^[A-Za-z0-9+/]+=*$/.test(cookie)) return undefined;
	return Buffer.from(cookie, 'base64');
}

const outermost = (dns: readonly string[]): string[] =>
	dns.filter((dn) => !dns.some((other) => other !== dn && liesBelow(dn, other)));

/** In the order of the times. */
const pageOf = (compared: Compared[], cursor: SyncReplCursor): ChangePage<SyncReplCursor> => ({
	changes: compared
		.flatMap(({ change }) => change ?? [])
		.sort((one, other) => one.occurredAt.localeCompare(other.occurredAt)),
	cursor,
	snapshots: compared.map(({ write }) => write),
});

const useless = (why: string): DomainError =>
	new DomainError(`Changes cannot be read on from the synchronisation cookie: ${why}`, {
		advice:
			'Everything is compared with what is remembered once the trigger starts anew: publish the workflow again.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
