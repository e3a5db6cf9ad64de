import type { EntryChange, WatchSession } from './changes.types';
import { liesBelow } from './entryName';
import type { ChangeEvent, EventUser, WatchScope } from './event.types';
import { correlationIdOf, digest, eventIdOf } from './eventId';
import { sourceOf } from './eventSource';
import type { EventStage, MemoryWrite, StageMemory, StageResult } from './eventStage.types';
import { eventUser, namedOnly } from './eventSubject';
import { isLate } from './late';
import { parseLock, storedLock } from './lockMemory';
import type { TimedLock } from './lockMemory';
import { matchesScope } from './scope';

const STAGE = 'lockClock';
const KIND = 'user.unlocked';
/** As many locks may end at the same moment as a directory has people. */
const ENDS_AT_A_TIME = 500;
/** By so much the server's clock may be ahead of ours, and end a lock before we do. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * Tells that a lock ended by itself, which no server writes down: `occurredAt` is the end that the lock had from its beginning. A lock
 * is told to have ended once: what lifts it later (a login, an administrator, a comparison of states) is no news any more.
 */
export class LockClock implements EventStage {
	readonly name = STAGE;
	readonly #locks = new Map<string, TimedLock>();
	/** undefined = to be looked for. */
	#next: { at: number } | undefined;

	constructor(
		private readonly session: WatchSession,
		private readonly scope: WatchScope,
		private readonly now: () => Date,
	) {}

	async start(memory: StageMemory, _isFresh: boolean): Promise<MemoryWrite[]> {
		const writes: MemoryWrite[] = [];
		for await (const { key, value } of memory.all(STAGE)) {
			const lock = this.#isTicked ? parseLock(key, value) : undefined;
			if (lock) this.#locks.set(key, lock);
			// An end that nobody wants to hear of must not be told when it is ticked again, long after.
			else writes.push({ stage: STAGE, key, value: undefined });
		}
		return writes;
	}

	async process(changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult> {
		if (!this.#isTicked) return { events, memory: [] };
		const ends: ChangeEvent[] = [];
		const touched = new Set<string>();
		const old = new Set<string>();
		for (const change of changes) {
			if (!this.#concerns(change)) continue;
			touched.add(change.entryId);
			ends.push(...(await this.#endBefore(change)));
			if (this.#follow(change)) old.add(this.#idOf(change.entryId, change.changeId));
		}
		const news = events.filter(({ eventId }) => !old.has(eventId));
		return { events: inOrder(news, ends), memory: this.#written(touched) };
	}

	async due(now: Date): Promise<StageResult> {
		const over = [...this.#locks.values()].filter((lock) => isOver(lock, now.getTime()));
		over.sort((one, other) => Date.parse(one.until) - Date.parse(other.until));
		const some = over.slice(0, ENDS_AT_A_TIME);
		const events: ChangeEvent[] = [];
		for (const lock of some) events.push(...(await this.#end(lock)));
		return { events, memory: this.#written(new Set(some.map(({ entryId }) => entryId))) };
	}

	get nextDueAt(): Date | undefined {
		this.#next ??= { at: earliest(this.#locks.values()) };
		return this.#next.at === Infinity ? undefined : new Date(this.#next.at);
	}

	get #isTicked(): boolean {
		return this.scope.events.has(KIND);
	}

	#concerns(change: EntryChange): boolean {
		if (this.#locks.has(change.entryId)) return true;
		const starts = change.account?.after.locked === true && change.account.lockedUntil !== undefined;
		// Of a person who came into being locked it was not told that they are locked either.
		return starts && change.person !== undefined && change.operation !== 'created';
	}

	/** Judged by when things happened, so that a replay decides the same. */
	async #endBefore(change: EntryChange): Promise<ChangeEvent[]> {
		const lock = this.#locks.get(change.entryId);
		if (!lock || change.operation === 'deleted') return [];
		return isOver(lock, Date.parse(change.occurredAt)) ? await this.#end(lock) : [];
	}

	/** True when the change lifts a lock and that is no news. */
	#follow(change: EntryChange): boolean {
		const { entryId, operation, account, dn } = change;
		const lock = this.#locks.get(entryId);
		if (operation === 'deleted') this.#forget(entryId);
		else if (isNewLock(account, lock)) this.#lock(change, account?.lockedUntil);
		else if (lock && account?.after.locked === false && account.before.locked !== false)
			return this.#unlock(lock, change);
		else if (lock && lock.dn !== dn) this.#set({ ...lock, dn });
		return false;
	}

	#lock({ entryId, dn, changeId, occurredAt }: EntryChange, until: string | undefined): void {
		if (until === undefined || Number.isNaN(Date.parse(until))) this.#forget(entryId);
		else this.#set({ entryId, dn, changeId, lockedAt: occurredAt, until, ended: false });
	}

	#unlock(lock: TimedLock, change: EntryChange): boolean {
		const isUnwritten =
			this.session.strategy.detects[KIND].sight === 'net' &&
			Date.parse(change.occurredAt) <= Date.parse(lock.lockedAt) &&
			this.now().getTime() >= Date.parse(lock.until) - CLOCKS_DIFFER_MS;
		// Seen by comparison, in an entry that nobody wrote to since it was locked: its time ran out, which is told at that time. Long
		// before that time somebody lifted it within the second in which it was set.
		if (isUnwritten && !lock.ended) return true;
		this.#forget(lock.entryId);
		return lock.ended;
	}

	async #end(lock: TimedLock): Promise<ChangeEvent[]> {
		this.#set({ ...lock, ended: true });
		const user = await this.#userOf(lock);
		if (!user) return [];
		const detectedAt = this.now();
		const eventId = this.#idOf(lock.entryId, digest([lock.changeId, 'timeout']));
		return [
			{
				event: KIND,
				eventId,
				correlationId: correlationIdOf(eventId),
				occurredAt: lock.until,
				detectedAt: detectedAt.toISOString(),
				late: isLate(detectedAt, lock.until),
				actor: null,
				lastModifier: null,
				user: { ...user, locked: false },
				group: null,
				changes: [],
				source: sourceOf(this.session, KIND),
			},
		];
	}

	/** undefined = not one of those that are watched, or no longer there: somebody else has the name. */
	async #userOf({ entryId, dn }: TimedLock): Promise<EventUser | undefined> {
		const { is, person } = await this.session.describeMember({ value: dn, is: 'dn' });
		if (person)
			return person.id === entryId && matchesScope(person, this.scope) ? eventUser(person) : undefined;
		const isNamed = is === 'unknown' && this.scope.conditions.length === 0 && liesBelow(dn, this.scope.base);
		return isNamed ? { ...namedOnly({ value: dn, is: 'dn' }), id: entryId } : undefined;
	}

	#idOf(entryId: string, changeId: string): string {
		const { directoryId } = this.session.identity;
		return eventIdOf({ kind: KIND, directoryId, subject: entryId, group: '', changeId });
	}

	#set(lock: TimedLock): void {
		this.#locks.set(lock.entryId, lock);
		this.#next = undefined;
	}

	#forget(entryId: string): void {
		this.#locks.delete(entryId);
		this.#next = undefined;
	}

	#written(entryIds: ReadonlySet<string>): MemoryWrite[] {
		return [...entryIds].map((key) => {
			const lock = this.#locks.get(key);
			return { stage: STAGE, key, value: lock && storedLock(lock) };
		});
	}
}

/** Of an account that stays locked not every strategy says until when: the end that is known holds until another one is told. */
function isNewLock(account: EntryChange['account'], known: TimedLock | undefined): boolean {
	if (account?.after.locked !== true) return false;
	if (account.lockedUntil === undefined) return account.before.locked !== true;
	return account.lockedUntil !== known?.until;
}

const isOver = ({ ended, until }: TimedLock, now: number): boolean => !ended && Date.parse(until) <= now;

function earliest(locks: Iterable<TimedLock>): number {
	let at = Infinity;
	for (const { ended, until } of locks) if (!ended) at = Math.min(at, Date.parse(until));
	return at;
}

/** Each end before the first event that happened later. */
function inOrder(events: ChangeEvent[], ends: readonly ChangeEvent[]): ChangeEvent[] {
	const merged = [...events];
	for (const end of ends) {
		const after = merged.findIndex(({ occurredAt }) => Date.parse(occurredAt) >= Date.parse(end.occurredAt));
		merged.splice(after === -1 ? merged.length : after, 0, end);
	}
	return merged;
}
