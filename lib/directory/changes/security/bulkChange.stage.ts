import type { EntryChange, WatchSession } from '../changes.types';
import type { ChangeEvent, WatchScope } from '../event.types';
import { DEFAULT_LIMITS } from '../event.types';
import { digest } from '../eventId';
import type { EventStage, MemoryWrite, StageMemory, StageResult } from '../eventStage.types';
import type { BulkWindow } from './bulkWindow';
import { absorb, count, emptyWindow, findingOf, rowOf, windowOf } from './bulkWindow';
import { concludedEvent } from './concludedEvent';
import { TimeWindow } from './timeWindow';

/** Pages of one window follow each other closely; a summary waits this long for another one. */
const QUIET_MS = 10_000;

/**
 * One summary instead of very many events. Counts them in fixed windows of the directory's time, without what follows from nesting;
 * from the page on that passes the limit, a window's events go into its summary. It is told when the window is over; events that turn
 * up later than that make a further one. Security and health events are never summed up.
 */
export class BulkChangeStage implements EventStage {
	readonly name = 'bulkChange';
	readonly #windows = new Map<string, BulkWindow>();
	readonly #limit: number;
	readonly #lengthMs: number;
	#lastPageMs = Number.NEGATIVE_INFINITY;

	constructor(
		private readonly session: WatchSession,
		scope: WatchScope,
		private readonly now: () => Date,
	) {
		const { changes, windowMs } = (scope.limits ?? DEFAULT_LIMITS).bulk;
		this.#limit = changes;
		this.#lengthMs = windowMs;
	}

	async start(memory: StageMemory): Promise<MemoryWrite[]> {
		const writes: MemoryWrite[] = [];
		for await (const { key, value } of memory.all(this.name)) {
			const window = Number.isNaN(Date.parse(key)) ? undefined : windowOf(value, key);
			if (window) this.#windows.set(key, window);
			else writes.push({ stage: this.name, key, value: undefined });
		}
		return writes;
	}

	async process(_changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult> {
		const countable = events.filter(({ event }) => !isExempt(event));
		if (countable.length === 0) return { events, memory: [] };
		this.#lastPageMs = this.now().getTime();
		for (const event of countable) count(this.#windowOf(event), event);
		const kept = events.filter((event) => isExempt(event.event) || !this.#absorbs(event));
		const touched = new Set(countable.map((event) => this.#nameOf(event)));
		const [earliest = ''] = [...touched].sort();
		const summaries = this.#summaries(this.#waiting.filter((name) => name < earliest));
		const memory = [...summaries.memory, ...this.#rows(touched), ...this.#forgotten(earliest)];
		return { events: [...summaries.events, ...kept], memory };
	}

	async due(now: Date): Promise<StageResult> {
		return this.#summaries(this.#waiting.filter((name) => this.#dueMs(name) <= now.getTime()));
	}

	get nextDueAt(): Date | undefined {
		const [first] = this.#waiting.map((name) => this.#dueMs(name)).sort((one, other) => one - other);
		return first === undefined ? undefined : new Date(first);
	}

	/** Windows with a summary to tell, in order. */
	get #waiting(): string[] {
		return [...this.#windows]
			.filter(([, { absorbed }]) => absorbed > 0)
			.map(([name]) => name)
			.sort();
	}

	#dueMs(name: string): number {
		return Math.max(TimeWindow.around(name, this.#lengthMs).endMs, this.#lastPageMs + QUIET_MS);
	}

	#nameOf({ occurredAt }: ChangeEvent): string {
		return TimeWindow.around(occurredAt, this.#lengthMs).name;
	}

	#windowOf(event: ChangeEvent): BulkWindow {
		const name = this.#nameOf(event);
		const window = this.#windows.get(name) ?? emptyWindow();
		this.#windows.set(name, window);
		return window;
	}

	#absorbs(event: ChangeEvent): boolean {
		const window = this.#windowOf(event);
		if (window.count <= this.#limit) return false;
		absorb(window, event);
		return true;
	}

	#summaries(names: readonly string[]): StageResult {
		const events: ChangeEvent[] = [];
		for (const name of names) {
			const window = this.#windows.get(name);
			if (!window) continue;
			events.push(this.#summary(name, window));
			Object.assign(window, { absorbed: 0, nested: 0, told: window.told + 1, sample: [] });
		}
		return { events, memory: this.#rows(new Set(names)) };
	}

	#summary(name: string, window: BulkWindow): ChangeEvent {
		// By what is in it: a window that was forgotten, and fills again, begins to count anew.
		const changeId = digest([name, String(window.told), JSON.stringify(window.sample)]);
		return concludedEvent(
			{ session: this.session, now: this.now },
			{
				event: 'security.bulkChange',
				occurredAt: window.last,
				lateFrom: TimeWindow.around(name, this.#lengthMs).to,
				about: { subject: '', group: '', changeId },
				security: findingOf(window, this.#limit),
			},
		);
	}

	#rows(names: ReadonlySet<string>): MemoryWrite[] {
		return [...names].map((key) => {
			const window = this.#windows.get(key);
			return { stage: this.name, key, value: window && rowOf(window) };
		});
	}

	/** Windows that are long over and that this page, which may be a late one, has left behind. */
	#forgotten(earliest: string): MemoryWrite[] {
		const over = this.now().getTime() - Math.max(3_600_000, 2 * this.#lengthMs);
		const gone = [...this.#windows.keys()].filter(
			(name) => name < earliest && TimeWindow.around(name, this.#lengthMs).endMs < over,
		);
		for (const name of gone) this.#windows.delete(name);
		return gone.map((key) => ({ stage: this.name, key, value: undefined }));
	}
}

const isExempt = (kind: ChangeEvent['event']): boolean =>
	kind.startsWith('security.') || kind.startsWith('health.');
