import { setTimeout as pause } from 'node:timers/promises';

import type {
	ChangeStrategy,
	JsonValue,
	OpenWatch,
	SnapshotReader,
	WatchSession,
} from '../../../lib/directory/changes/changes.types';
import type { Clock } from '../../../lib/directory/changes/clock.types';
import type { ChangeEvent, WatchScope } from '../../../lib/directory/changes/event.types';
import type { StateChange, StateStore } from '../../../lib/directory/changes/stateStore.types';
import { DirectoryWatcher } from '../../../lib/directory/changes/watcher';
import { SqliteStateStore } from '../../../lib/n8n/stateStore.sqlite';

export type ReaderFault = 'handOffFails' | 'killedBeforeHandOff' | 'killedAfterHandOff';

/** Pauses are shortened to this: what is tried again is tried soon. */
const LONGEST_PAUSE_MS = 10;
const POLL_MS = 5;

/**
 * The real watcher on a real state file, with an end that may fail and a process that may be killed at the worst moment. What it
 * handed over counts once the store has taken note of it: the rest is handed over again. `longAgo` makes each read one at which all that
 * a strategy does only from time to time is due.
 */
export class FaultyReader {
	/** Delivered events, in the order of their first delivery. */
	readonly events: ChangeEvent[] = [];
	/** What went wrong, for people. */
	readonly problems: string[] = [];
	/** How often each fault struck. */
	readonly struck: Record<ReaderFault, number> = {
		handOffFails: 0,
		killedBeforeHandOff: 0,
		killedAfterHandOff: 0,
	};
	readonly #ids = new Set<string>();
	#waiting: ChangeEvent[] = [];
	#armed: ReaderFault | undefined;
	#dead = false;
	#begun = 0;
	#completed = 0;
	#watcher: DirectoryWatcher | undefined;
	#revived: Promise<void> = Promise.resolve();
	#isClosed = false;

	constructor(
		private readonly open: OpenWatch,
		private readonly scope: WatchScope,
		private readonly file: string,
		private readonly longAgo: (cursor: JsonValue) => JsonValue = (cursor) => cursor,
	) {}

	async start(): Promise<void> {
		await this.#launch(false);
	}

	/** Strikes at the next opportunity. */
	arm(fault: ReaderFault): void {
		this.#armed = fault;
	}

	/** Resolves once a read that began after this call has come to its end: everything from before is delivered. */
	async quiet(): Promise<void> {
		const { signal } = this.#patience();
		const begun = this.#begun;
		while (this.#completed <= begun) {
			if (signal.aborted) throw new Error(`no read came to its end:\n${this.problems.join('\n')}`);
			await pause(POLL_MS);
		}
	}

	async stop(): Promise<void> {
		this.#isClosed = true;
		await this.#revived;
		await this.#watcher?.stop();
	}

	#patience(): { signal: AbortSignal } {
		return { signal: AbortSignal.timeout(60_000) };
	}

	async #launch(patient: boolean): Promise<void> {
		this.#dead = false;
		this.#waiting = [];
		this.#watcher = new DirectoryWatcher(
			{
				open: async (scope) => this.#observed(await this.open(scope)),
				openStore: async () => this.#mortal(new SqliteStateStore(this.file)),
				handOff: async (events) => {
					if (this.#strikes('handOffFails')) return { status: 'failed', reason: 'the model says so' };
					this.#waiting.push(...events);
					return { status: 'delivered' };
				},
				report: (problem) => void this.problems.push(`${problem.message} ${problem.advice ?? ''}`),
				clock: shortClock,
			},
			{
				scope: this.scope,
				pollIntervalMs: POLL_MS,
				delivery: { attempts: 5, batchSize: 20 },
				startFromNow: false,
			},
		);
		await this.#watcher.start({ patient });
	}

	#strikes(fault: ReaderFault): boolean {
		if (this.#armed !== fault) return false;
		this.#armed = undefined;
		this.struck[fault]++;
		return true;
	}

	/** A store whose process ends: nothing is written from then on. */
	#mortal(store: StateStore): StateStore {
		return replacing(store, {
			commit: async (change: StateChange): Promise<void> => {
				const isBefore = change.state?.attempt !== undefined && this.#strikes('killedBeforeHandOff');
				const isAfter = this.#waiting.length > 0 && this.#strikes('killedAfterHandOff');
				if (isBefore || isAfter) this.#die();
				if (this.#dead) throw new Error('the process is gone');
				await store.commit(change);
				this.#takeNote();
			},
			reset: async (): Promise<void> => {
				if (this.#dead) throw new Error('the process is gone');
				await store.reset();
			},
		});
	}

	#takeNote(): void {
		for (const event of this.#waiting.splice(0)) {
			if (!this.#ids.has(event.eventId)) this.events.push(event);
			this.#ids.add(event.eventId);
		}
	}

	/** Another process takes over, from what was stored. */
	#die(): void {
		this.#dead = true;
		const watcher = this.#watcher;
		this.#revived = (async () => {
			// Not from within the commit that this watcher waits for.
			await pause(0);
			await watcher?.stop();
			if (!this.#isClosed) await this.#launch(true);
		})().catch((error: unknown) => void this.problems.push(`not revived: ${String(error)}`));
	}

	/** Counts the reads that began and those that came to their end. */
	#observed(session: WatchSession): WatchSession {
		const strategy: ChangeStrategy = replacing(session.strategy, {
			read: (cursor: JsonValue, snapshots: SnapshotReader) =>
				this.#counted(session.strategy.read(this.longAgo(cursor), snapshots)),
			reconcile:
				session.strategy.reconcile &&
				((...args: Parameters<NonNullable<ChangeStrategy['reconcile']>>) => {
					this.problems.push('it reconciled');
					return session.strategy.reconcile?.(...args);
				}),
		});
		return replacing(session, { strategy });
	}

	async *#counted<T>(pages: AsyncIterable<T>): AsyncIterable<T> {
		const number = ++this.#begun;
		yield* pages;
		this.#completed = Math.max(this.#completed, number);
	}
}

/** The same object, but for some members. Works with private ones, too. */
function replacing<T extends object>(whole: T, parts: Partial<Record<keyof T, unknown>>): T {
	return new Proxy(whole, {
		get(target, key) {
			if (key in parts) return Reflect.get(parts, key) as unknown;
			const value: unknown = Reflect.get(target, key);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
}

const shortClock: Clock = {
	now: () => new Date(),
	async sleep(milliseconds, signal) {
		const shortened = Math.min(milliseconds, LONGEST_PAUSE_MS);
		await pause(shortened, undefined, { signal }).catch((error: unknown) => {
			if (!signal.aborted) throw error;
		});
	},
	random: Math.random,
};
