import type { EntryChange, WatchSession } from './changes.types';
import { foldDn } from './entryName';
import type { ChangeEvent, WatchScope } from './event.types';

/**
 * Whose changes are no news. Asked of who did it, where the server recorded that: who wrote an entry last may not have written all of
 * a net change.
 */
export class LeftOutActors {
	readonly #chosen: ReadonlySet<string>;
	readonly #own: string | undefined;

	constructor({ ownDn }: Pick<WatchSession, 'ownDn'>, { leftOutActors = [], includeOwn }: WatchScope) {
		this.#chosen = new Set(leftOutActors.map(foldDn));
		this.#own = includeOwn === true || ownDn === undefined ? undefined : foldDn(ownDn);
	}

	/** What is left of the events of a change. Registering a device is the work of our own login: who ticks that wants to hear of it. */
	kept({ actor }: Pick<EntryChange, 'actor'>, events: ChangeEvent[]): ChangeEvent[] {
		if (actor === null || events.length === 0) return events;
		const who = foldDn(actor);
		if (this.#chosen.has(who)) return [];
		return who === this.#own ? events.filter(({ event }) => event === 'user.firstDeviceRegistered') : events;
	}

	/** Whether nothing at all is told of a change of theirs, so that nothing needs to be looked up for it. */
	leavesOut({ actor, device }: Pick<EntryChange, 'actor' | 'device'>): boolean {
		if (actor === null) return false;
		const who = foldDn(actor);
		return this.#chosen.has(who) || (who === this.#own && device === undefined);
	}
}
