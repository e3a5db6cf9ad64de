import type { WatchSession } from '../changes.types';
import type { ChangeEvent } from '../event.types';
import { correlationIdOf, eventIdOf } from '../eventId';
import type { EventSubject } from '../eventId';
import { sourceOf } from '../eventSource';
import { isLate } from '../late';

/** What is the same for all events of a session. */
export interface Telling {
	session: Pick<WatchSession, 'identity' | 'strategy'>;
	now: () => Date;
}

export type Conclusion = Pick<ChangeEvent, 'event' | 'occurredAt'> &
	Partial<ChangeEvent> & {
		about: Omit<EventSubject, 'kind' | 'directoryId'>;
		/** Until then nobody could have told it; absent = since it happened. */
		lateFrom?: string;
	};

/** An event that is no single change's own. Its id follows from what it is about. */
export function concludedEvent({ session, now }: Telling, conclusion: Conclusion): ChangeEvent {
	const { about, lateFrom, ...event } = conclusion;
	const detectedAt = now();
	const { directoryId } = session.identity;
	const eventId = eventIdOf({ kind: event.event, directoryId, ...about });
	return {
		actor: null,
		lastModifier: null,
		user: null,
		group: null,
		changes: [],
		...event,
		eventId,
		correlationId: correlationIdOf(eventId),
		detectedAt: detectedAt.toISOString(),
		late: isLate(detectedAt, lateFrom ?? event.occurredAt),
		source: sourceOf(session, event.event),
	};
}
