import type { WatchSession } from './changes.types';
import type { ChangeEvent, ChangeEventKind, HealthEventKind } from './event.types';
import { sourceOf } from './eventSource';
import { healthEvent } from './healthEvent';
import { maskEvent } from './mask';
import type { SampleFinder, SampleRequest } from './sample.types';
import { groupSample } from './sampleGroup';
import { personSample } from './samplePerson';
import { securitySample } from './sampleSecurity';
import { isHealth, isSecurity } from './sightOf';

/** What the event would look like, made of a real entry; nothing has happened to it. @throws DomainError when there is none */
export async function sampleEvent(
	session: WatchSession,
	finder: SampleFinder,
	request: SampleRequest,
): Promise<ChangeEvent> {
	const { kind } = request;
	if (isHealth(kind)) return sampleHealth(kind, session, request.now);
	const event = isSecurity(kind)
		? await securitySample(kind, session, finder, request)
		: await changeSample(kind, session, finder, request);
	return request.masked ? maskEvent(event) : event;
}

const changeSample = async (
	kind: ChangeEventKind,
	...rest: [WatchSession, SampleFinder, SampleRequest]
): Promise<ChangeEvent> =>
	kind.startsWith('group.') ? await groupSample(kind, ...rest) : await personSample(kind, ...rest);

function sampleHealth(kind: HealthEventKind, session: WatchSession, now: Date): ChangeEvent {
	const happening = {
		message: 'This is what a health event looks like. Nothing has happened.',
		advice: 'Publish the workflow to receive real ones.',
		at: now.toISOString(),
	};
	const known = { identity: session.identity, source: sourceOf(session, kind) };
	return { ...healthEvent(kind, happening, known, now), sample: true };
}
