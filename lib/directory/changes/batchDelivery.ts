import type { Clock } from './clock.types';
import type { DeliveryOptions, HandOff } from './delivery.types';
import { RETRY_PAUSES_MS } from './delivery.types';
import type { ChangeEvent } from './event.types';
import type { GivenUpBatch, StateStore, WatchState } from './stateStore.types';

export type BatchResult = { status: 'delivered' | 'stopped' } | { status: 'givenUp'; batch: GivenUpBatch };

/** Takes the events that stand next, hands them over until they count as delivered, and gives up after so many attempts. */
export class BatchDelivery {
	constructor(
		private readonly store: StateStore,
		private readonly handOff: HandOff,
		private readonly options: DeliveryOptions,
		private readonly clock: Clock,
	) {}

	/** A batch that was begun before a restart is the same batch again: the same events, and its attempts count on. */
	nextBatch(waiting: readonly ChangeEvent[], state: WatchState): ChangeEvent[] {
		const begun = new Set(state.attempt?.eventIds ?? []);
		if (waiting[0] && begun.has(waiting[0].eventId))
			return waiting.filter(({ eventId }) => begun.has(eventId));
		return waiting.slice(0, this.options.batchSize);
	}

	async deliver(batch: ChangeEvent[], state: WatchState, stop: AbortSignal): Promise<BatchResult> {
		const eventIds = batch.map(({ eventId }) => eventId);
		const begun = state.attempt?.eventIds[0] === eventIds[0] ? state.attempt : undefined;
		let count = begun?.count ?? 0;
		let reason = 'n8n ended during each attempt';
		while (count < this.options.attempts) {
			if (stop.aborted) return { status: 'stopped' };
			count++;
			await this.store.commit({ state: { attempt: { eventIds, count } } });
			const delivery = await this.handOff(batch);
			if (delivery.status === 'delivered') return { status: 'delivered' };
			reason = delivery.reason;
			if (count < this.options.attempts) await this.clock.sleep(pauseAfter(count), stop);
		}
		const at = this.clock.now().toISOString();
		return { status: 'givenUp', batch: { at, attempts: count, reason, events: batch } };
	}
}

function pauseAfter(attempt: number): number {
	return RETRY_PAUSES_MS[Math.min(attempt, RETRY_PAUSES_MS.length) - 1] ?? RETRY_PAUSES_MS[0];
}
