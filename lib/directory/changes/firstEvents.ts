import { foldDn } from './entryName';
import type { ChangeEvent } from './event.types';
import { digest } from './eventId';
import type { FirstEvent, StateStore } from './stateStore.types';

export interface Selection {
	kept: ChangeEvent[];
	/** To be remembered once the event is delivered. */
	firsts: Array<FirstEvent & { eventId: string }>;
}

/**
 * Lets a person's first event through and drops further ones within the period, counted from that first one. Judged by when
 * things happened, not by when they were read, and remembered together with the cursor: a replay decides the same again.
 */
export class FirstEventFilter {
	constructor(
		private readonly store: StateStore,
		private readonly periodMs: number,
	) {}

	async select(events: readonly ChangeEvent[]): Promise<Selection> {
		const known = new Map(
			await this.store.firsts([...new Set(events.flatMap((event) => this.#keysOf(event)))]),
		);
		const kept: ChangeEvent[] = [];
		const firsts: Selection['firsts'] = [];
		for (const event of events) {
			const keys = this.#keysOf(event);
			if (keys.some((key) => this.#within(known.get(key), event.occurredAt))) continue;
			kept.push(event);
			for (const key of keys) {
				known.set(key, event.occurredAt);
				firsts.push({ key, at: event.occurredAt, eventId: event.eventId });
			}
		}
		return { kept, firsts };
	}

	#within(first: string | undefined, at: string): boolean {
		if (first === undefined) return false;
		return Math.abs(Date.parse(at) - Date.parse(first)) < this.periodMs;
	}

	/** By id and by DN: of a member who is gone only the DN is left. Hashes, so that the memory names nobody. */
	#keysOf({ user }: ChangeEvent): string[] {
		if (!user) return [];
		const keys: string[] = [];
		if (user.id !== null) keys.push(digest(['id', user.id]));
		if (user.dn !== null) keys.push(digest(['dn', foldDn(user.dn)]));
		return keys;
	}
}
