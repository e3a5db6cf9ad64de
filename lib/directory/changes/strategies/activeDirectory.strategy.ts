import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type {
	ChangePage,
	ChangeStrategy,
	Detections,
	JsonValue,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
} from '../changes.types';
import type { ActiveDirectoryComparison } from './activeDirectoryComparison';
import type { Moment } from './activeDirectoryController';
import { compareControllers, controllerNow, refuseOther } from './activeDirectoryController';
import { ActiveDirectoryRounds } from './activeDirectoryRounds';
import type { ChangedRow } from './activeDirectoryRounds';
import { CompleteWalk } from './completeWalk';
import { detections } from './detections';
import type { Compared } from './entryComparison';

/** Where the login sees no deleted objects, everything is looked through this often. */
const SWEEP_EVERY_MINUTES = 15;
const CHANGES_A_PAGE = 500;
/** The earliest time: a complete walk is due. */
const AT_ONCE = new Date(0).toISOString();

/** Where a domain controller's changes were read up to. */
export interface ActiveDirectoryCursor {
	[part: string]: JsonValue;
	server: string;
	invocation: string;
	/** What the server's own position is, in the form of the strategy. */
	mark: string;
	/** ISO 8601, by our clock: the last complete walk. */
	sweptAt: string;
}

/** One answer of the server: everything that changed after a mark, and where to go on. */
export interface Answer {
	rows: ChangedRow[];
	mark: string;
	more: boolean;
}

export interface ActiveDirectoryOptions {
	reason: string;
	/** Whether deletions are told by the server; else complete walks find them. */
	seesDeleted: boolean;
	acceptedAbsence?: string;
	/** Milliseconds since 1970. Default: our clock. */
	now?: () => number;
}

/**
 * What the ways of reading Active Directory have in common: the server names entries that changed, and what they are now is compared
 * with what is remembered. A container that was renamed or moved, and a login that sees no deleted objects, take a complete walk.
 *
 * Cannot see who did it, and what was done and undone between two reads.
 */
export abstract class ActiveDirectoryStrategy implements ChangeStrategy<ActiveDirectoryCursor> {
	abstract readonly name: 'dirSync' | 'usnChanged';
	readonly needsSnapshots = true;
	readonly previousValues = true;
	readonly detects: Detections = detections('net');
	readonly reason: string;
	readonly scopeKey: string;
	readonly #rounds: ActiveDirectoryRounds;
	readonly #walk: CompleteWalk;
	readonly #now: () => number;
	/** How far this session has read beyond the mark that is committed, and the counter then: nothing is new while it stands. */
	#quiet: { mark: string; ahead: string; usn: number } | undefined;

	constructor(
		protected readonly connection: LdapConnection,
		protected readonly comparison: ActiveDirectoryComparison,
		private readonly options: ActiveDirectoryOptions,
	) {
		this.reason = options.reason;
		this.scopeKey = comparison.scopeKey;
		this.#now = options.now ?? Date.now;
		this.#rounds = new ActiveDirectoryRounds(connection, comparison);
		this.#walk = new CompleteWalk(connection, comparison, this.#now, options.acceptedAbsence);
	}

	/** The server's position now, without any entry. */
	protected abstract markNow(moment: Moment): Promise<string>;
	protected abstract changesAfter(mark: string, moment: Moment): Promise<Answer>;
	/** Whether the server still takes the mark. */
	protected abstract verifyMark(mark: string, moment: Moment): Promise<Verdict>;

	async position(): Promise<ActiveDirectoryCursor> {
		const moment = await controllerNow(this.connection);
		const { server, invocation } = moment;
		return { server, invocation, mark: await this.markNow(moment), sweptAt: this.#clock() };
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		for await (const entries of this.#walk.entries()) {
			const complete = await this.comparison.prepared(entries);
			yield complete.flatMap((entry) => this.comparison.snapshotOf(entry) ?? []);
		}
	}

	async verify(cursor: unknown): Promise<Verdict> {
		if (!isCursor(cursor))
			return { intact: false, reason: `the stored position is none of ${this.name} on a domain controller` };
		const moment = await controllerNow(this.connection);
		const verdict = compareControllers(cursor, moment);
		return verdict.intact ? await this.verifyMark(cursor.mark, moment) : verdict;
	}

	/** What nobody remembers is new: it was not there when all was in sight. */
	async *reconcile(snapshots: SnapshotReader): AsyncIterable<ChangePage<ActiveDirectoryCursor>> {
		const cursor = await this.position();
		const options = { isNew: () => true, round: 'reconciliation' };
		for await (const compared of this.#walk.differences(snapshots, options)) yield* pagesOf(compared, cursor);
		yield { changes: [], cursor, snapshots: [] };
	}

	/** Until everything of an answer is handed on, the position stays before it: what was handed on compares as equal then. */
	async *read(
		cursor: ActiveDirectoryCursor,
		snapshots: SnapshotReader,
	): AsyncIterable<ChangePage<ActiveDirectoryCursor>> {
		const moment = await controllerNow(this.connection);
		refuseOther(cursor, moment);
		let position = cursor;
		if (!this.#isQuiet(cursor, moment)) {
			const ahead = { ...cursor, mark: this.#quiet?.mark === cursor.mark ? this.#quiet.ahead : cursor.mark };
			let answer: Answer;
			do {
				answer = await this.changesAfter(ahead.mark, moment);
				refuseOther(cursor, await controllerNow(this.connection));
				position = yield* this.#told(answer, position, snapshots, moment);
				ahead.mark = answer.mark;
			} while (answer.more);
			this.#quiet = { mark: position.mark, ahead: ahead.mark, usn: moment.usn };
		}
		if (this.#isWalkDue(position)) yield* this.#sweep(position, snapshots, moment);
	}

	/** Returns the position after it: the one before where there was nothing worth a commit. */
	async *#told(
		{ rows, mark }: Answer,
		position: ActiveDirectoryCursor,
		snapshots: SnapshotReader,
		moment: Moment,
	): AsyncGenerator<ChangePage<ActiveDirectoryCursor>, ActiveDirectoryCursor, undefined> {
		if (rows.length === 0) return position;
		const after = { ...position, mark };
		const onMovedContainer = (): void => {
			after.sweptAt = AT_ONCE;
		};
		let held: ChangePage<ActiveDirectoryCursor> | undefined;
		for await (const compared of this.#rounds.differences(rows, snapshots, moment.at, onMovedContainer)) {
			for (const page of pagesOf(compared, position)) {
				if (held) yield held;
				held = page;
			}
		}
		yield { changes: [], snapshots: [], ...held, cursor: after };
		return after;
	}

	/** What a walk finds made after the position is told at the next read, unless the walk tells it as well. */
	async *#sweep(
		position: ActiveDirectoryCursor,
		snapshots: SnapshotReader,
		{ usn }: Moment,
	): AsyncIterable<ChangePage<ActiveDirectoryCursor>> {
		const sweptAt = this.#clock();
		const isNew = (entry: LdapEntry): boolean => Number(entry.first('uSNCreated')) > usn;
		const options = { isNew, round: `${position.mark} ${position.sweptAt}` };
		for await (const compared of this.#walk.differences(snapshots, options))
			yield* pagesOf(compared, position);
		yield { changes: [], cursor: { ...position, sweptAt }, snapshots: [] };
	}

	#isQuiet({ mark }: ActiveDirectoryCursor, { usn }: Moment): boolean {
		return this.#quiet?.mark === mark && this.#quiet.usn === usn;
	}

	#isWalkDue({ sweptAt }: ActiveDirectoryCursor): boolean {
		if (sweptAt === AT_ONCE) return true;
		return !this.options.seesDeleted && !(this.#now() - Date.parse(sweptAt) < SWEEP_EVERY_MINUTES * 60_000);
	}

	#clock(): string {
		return new Date(this.#now()).toISOString();
	}
}

/** What a store holds is believed by its form alone. */
function isCursor(cursor: unknown): cursor is ActiveDirectoryCursor {
	if (typeof cursor !== 'object' || cursor === null) return false;
	const parts = Object.entries(cursor);
	return ['server', 'invocation', 'mark', 'sweptAt'].every((name) =>
		parts.some(([part, value]) => part === name && typeof value === 'string'),
	);
}

function* pagesOf(
	compared: readonly Compared[],
	cursor: ActiveDirectoryCursor,
): Iterable<ChangePage<ActiveDirectoryCursor>> {
	for (let start = 0; start < compared.length; start += CHANGES_A_PAGE) {
		const some = compared.slice(start, start + CHANGES_A_PAGE);
		const changes = some.flatMap(({ change }) => change ?? []);
		yield { changes, cursor, snapshots: some.map(({ write }) => write) };
	}
}
