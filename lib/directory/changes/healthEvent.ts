import type { DirectoryIdentity } from '../directory.types';
import type { ChangeEvent, EventSource, HealthEventKind } from './event.types';
import { correlationIdOf, eventIdOf } from './eventId';

export interface Happening {
	message: string;
	advice: string;
	/** ISO 8601, UTC; part of the id: the same outage is the same event. */
	at: string;
	eventIds?: string[];
}

/** Before the first connection nothing is known of the directory. */
export interface KnownSoFar {
	identity?: DirectoryIdentity;
	source?: EventSource;
}

export function healthEvent(
	kind: HealthEventKind,
	happening: Happening,
	known: KnownSoFar,
	now: Date,
): ChangeEvent {
	const eventId = eventIdOf({
		kind,
		directoryId: known.identity?.directoryId ?? '',
		subject: happening.eventIds?.[0] ?? '',
		group: '',
		changeId: happening.at,
	});
	return {
		event: kind,
		eventId,
		correlationId: correlationIdOf(eventId),
		occurredAt: happening.at,
		detectedAt: now.toISOString(),
		late: false,
		actor: null,
		lastModifier: null,
		user: null,
		group: null,
		changes: [],
		source: known.source ?? {
			directory: 'ldap',
			strategy: 'none',
			reason: 'not connected yet',
			transitions: 'net',
		},
		health: {
			message: happening.message,
			advice: happening.advice,
			...(happening.eventIds ? { eventIds: happening.eventIds } : {}),
		},
	};
}
