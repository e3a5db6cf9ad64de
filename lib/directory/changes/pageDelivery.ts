import { BatchDelivery } from './batchDelivery';
import type { Clock } from './clock.types';
import type { DeliveryOptions, HandOff } from './delivery.types';
import type { ChangeEvent } from './event.types';
import type { PipelineResult } from './eventPipeline';
import type { GivenUpBatch, StateChange, StateStore, WatchState } from './stateStore.types';

export interface PageDeliveryOptions {
	delivery: DeliveryOptions;
	firstEventPeriodMs?: number | undefined;
}

interface PageDeliveryPorts {
	handOff: HandOff;
	gaveUp(batch: GivenUpBatch): Promise<void>;
	clock: Clock;
}

/**
 * Hands over all that came of a page, batch by batch, and then commits what belongs to it in one go. Event ids of delivered batches
 * are noted in between: a replay of the page leaves them out. `state` follows what is stored.
 */
export class PageDelivery {
	constructor(
		private readonly store: StateStore,
		private readonly ports: PageDeliveryPorts,
		private readonly options: PageDeliveryOptions,
	) {}

	/** False when it was stopped before everything was delivered: nothing of `page` is committed then. */
	async deliver(
		{ kept, firsts, memory }: PipelineResult,
		page: Pick<StateChange, 'state' | 'snapshots'>,
		state: WatchState,
		stop: AbortSignal,
	): Promise<boolean> {
		const givenUp = new Set<string>();
		for (let waiting = kept; (waiting = undelivered(waiting, state)).length > 0;) {
			if (!(await this.#deliverNext(waiting, givenUp, state, stop))) return false;
		}
		const remembered = firsts.filter(({ eventId }) => !givenUp.has(eventId));
		const change = { ...page.state, delivered: [] };
		await this.store.commit({
			state: change,
			snapshots: page.snapshots,
			memory,
			firsts: remembered.map(({ key, at }) => ({ key, at })),
			forgetFirstsBefore: this.#forgetBefore(kept),
		});
		Object.assign(state, change);
		return true;
	}

	async #deliverNext(
		waiting: readonly ChangeEvent[],
		givenUp: Set<string>,
		state: WatchState,
		stop: AbortSignal,
	): Promise<boolean> {
		const { handOff, clock } = this.ports;
		const delivery = new BatchDelivery(this.store, handOff, this.options.delivery, clock);
		const batch = delivery.nextBatch(waiting, state);
		const result = await delivery.deliver(batch, state, stop);
		if (result.status === 'stopped') return false;
		const eventIds = batch.map(({ eventId }) => eventId);
		const after = { delivered: [...state.delivered, ...eventIds], attempt: undefined };
		// What a run has taken stays taken, even if the disk refuses to note it now: the next commit notes it.
		if (result.status === 'delivered') Object.assign(state, after);
		await this.store.commit({
			state: after,
			givenUp: result.status === 'givenUp' ? result.batch : undefined,
		});
		Object.assign(state, after);
		if (result.status === 'givenUp') {
			for (const eventId of eventIds) givenUp.add(eventId);
			await this.ports.gaveUp(result.batch);
		}
		return true;
	}

	#forgetBefore(events: readonly ChangeEvent[]): string | undefined {
		const period = this.options.firstEventPeriodMs;
		if (period === undefined || events.length === 0) return undefined;
		// In a backlog it is then, not now, that counts.
		const times = events.map(({ occurredAt }) => Date.parse(occurredAt)).filter(Number.isFinite);
		const earliest = times.reduce((one, other) => Math.min(one, other), this.ports.clock.now().getTime());
		return new Date(earliest - 2 * period).toISOString();
	}
}

function undelivered(events: readonly ChangeEvent[], state: WatchState): ChangeEvent[] {
	const delivered = new Set(state.delivered);
	return events.filter(({ eventId }) => !delivered.has(eventId));
}
