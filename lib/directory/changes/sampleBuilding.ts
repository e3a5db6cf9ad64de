import { DomainError } from '../../domain.errors';
import type { WatchSession } from './changes.types';
import type { ChangeEvent, EventKind } from './event.types';
import { correlationIdOf, eventIdOf } from './eventId';
import { sourceOf } from './eventSource';

type About = Pick<ChangeEvent, 'user' | 'group' | 'changes' | 'security'> & {
	kind: EventKind;
	subject: string;
	/** ISO 8601, UTC: when the entry was really changed. */
	changedAt: string;
};

export function builtSample(
	session: WatchSession,
	{ kind, subject, changedAt, ...shown }: About,
	now: Date,
): ChangeEvent {
	const eventId = eventIdOf({
		kind,
		directoryId: session.identity.directoryId,
		subject,
		group: shown.group?.id ?? '',
		changeId: `sample ${changedAt}`,
	});
	return {
		event: kind,
		eventId,
		correlationId: correlationIdOf(eventId),
		occurredAt: changedAt,
		detectedAt: now.toISOString(),
		late: false,
		actor: null,
		lastModifier: null,
		...shown,
		source: sourceOf(session, kind),
		sample: true,
	};
}

export function noneFound(what: string, advice: string): DomainError {
	return new DomainError(`There is no ${what} in the directory to show as a sample`, {
		advice: `${advice} Samples are made of real entries only.`,
		recovery: 'abort',
		failure: 'not-found',
	});
}
