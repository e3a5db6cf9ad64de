import type { Clock } from './clock.types';
import type { WakeUpListener } from './wakeUpListener';

/** However often a channel speaks: a read answers all that was said meanwhile. */
const SHORTEST_MS = 50;

/**
 * The pause between two reads: as long as the interval, and never shorter than the server is to be left alone; ended early by a live
 * channel, or by what becomes due.
 */
export class WatchPause {
	readonly #restEnds: number;
	readonly #ends: number;
	/** What is due and could not be told is not asked for in a circle. */
	#notDueBefore: number;

	constructor(
		private readonly clock: Clock,
		{ pollMs, restMs }: { pollMs: number; restMs: number },
	) {
		const now = this.#now();
		this.#restEnds = now + Math.max(restMs, SHORTEST_MS);
		this.#ends = now + Math.max(pollMs, restMs, SHORTEST_MS);
		this.#notDueBefore = now + SHORTEST_MS;
	}

	/** 'due' = something is due, and it is too early for another read. */
	async next(wakeUp: WakeUpListener, dueAt: number, stop: AbortSignal): Promise<'read' | 'due'> {
		const askAt = Math.max(dueAt, this.#notDueBefore);
		for (let now = this.#now(); !stop.aborted && now < this.#ends; now = this.#now()) {
			const hasRested = now >= this.#restEnds;
			if (hasRested && wakeUp.spoke) return 'read';
			if (now >= askAt) {
				this.#notDueBefore = now + SHORTEST_MS;
				return hasRested ? 'read' : 'due';
			}
			const until = Math.min(this.#ends, askAt);
			if (hasRested) await wakeUp.pause(until - now, this.clock, stop);
			else await this.clock.sleep(this.#deaf(until, wakeUp) - now, stop);
		}
		return 'read';
	}

	/** While the server rests nobody listens: when it has rested, what was said meanwhile counts. */
	#deaf(until: number, wakeUp: WakeUpListener): number {
		return wakeUp.hasChannel ? Math.min(until, this.#restEnds) : until;
	}

	#now(): number {
		return this.clock.now().getTime();
	}
}
