import { DomainError } from '../../domain.errors';
import type { Group, Person } from '../directory.types';
import type { AttributeChange, MemberValue, WatchSession } from './changes.types';
import { eventGroup, eventUser } from './classification';
import type { ChangeEvent, ChangeEventKind, EventKind, HealthEventKind, WatchScope } from './event.types';
import { correlationIdOf, eventIdOf } from './eventId';
import { sourceOf } from './eventSource';
import { healthEvent } from './healthEvent';
import { maskEvent } from './mask';
import { matchesScope } from './scope';
import { isHealth, isSecurity } from './sightOf';

/** Finds entries that could have been in an event. */
export interface SampleFinder {
	person(accept: (person: Person) => boolean): Promise<{ person: Person; changedAt: string } | undefined>;
	member(
		groups: readonly Group[] | undefined,
		accept: (person: Person) => boolean,
	): Promise<{ person: Person; group: Group; member: MemberValue; changedAt: string } | undefined>;
}

export interface SampleRequest {
	/** The first ticked event. */
	kind: EventKind;
	scope: WatchScope;
	masked: boolean;
	now: Date;
}

/** What the event would look like, made of a real entry; nothing has happened to it. @throws DomainError when there is none */
export async function sampleEvent(
	session: WatchSession,
	finder: SampleFinder,
	request: SampleRequest,
): Promise<ChangeEvent> {
	const { kind } = request;
	if (isHealth(kind)) return sampleHealth(kind, session, request.now);
	if (isSecurity(kind))
		throw noneFound('change', 'Tick an event of a person or a group first to see a sample.');
	const event = kind.startsWith('group.')
		? await memberSample(kind, session, finder, request)
		: await personSample(kind, session, finder, request);
	return request.masked ? maskEvent(event) : event;
}

async function personSample(
	kind: ChangeEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const found = await finder.person((person) => matchesScope(person, scope));
	if (!found) throw noneFound('person', 'Check the base, the conditions and the rights of the login.');
	const changes: AttributeChange[] = kind === 'user.updated' ? updatedSample(scope, found.person) : [];
	const person = kind === 'user.disabled' ? { ...found.person, enabled: false } : found.person;
	return built(kind, session, found, now, {
		subject: person.id,
		user: eventUser(person),
		group: null,
		changes,
	});
}

/** A real value; what it was before is not known, and not invented. */
function updatedSample({ attributes }: WatchScope, person: Person): AttributeChange[] {
	const [watched] = attributes;
	if (watched !== undefined) {
		const entry = Object.entries(person.attributes).find(
			([name]) => name.toLowerCase() === watched.toLowerCase(),
		);
		return [{ attribute: watched, before: 'unknown', after: entry?.[1] ?? [] }];
	}
	return [{ attribute: 'title', before: 'unknown', after: person.title === undefined ? [] : [person.title] }];
}

async function memberSample(
	kind: ChangeEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const found = await finder.member(session.watchedGroups, (person) => matchesScope(person, scope));
	if (!found)
		throw noneFound(
			'group with a member',
			'Check the watched groups: none of them has a person in it who fits the scope.',
		);
	const added = kind === 'group.memberAdded';
	const values = [found.member.value];
	return built(kind, session, found, now, {
		subject: found.person.id,
		user: eventUser(found.person),
		group: eventGroup(found.group),
		changes: [{ attribute: 'member', before: added ? [] : values, after: added ? values : [] }],
	});
}

function built(
	kind: ChangeEventKind,
	session: WatchSession,
	{ changedAt }: { changedAt: string },
	now: Date,
	about: Pick<ChangeEvent, 'user' | 'group' | 'changes'> & { subject: string },
): ChangeEvent {
	const eventId = eventIdOf({
		kind,
		directoryId: session.identity.directoryId,
		subject: about.subject,
		group: about.group?.id ?? '',
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
		user: about.user,
		group: about.group,
		changes: about.changes,
		source: sourceOf(session, kind),
		sample: true,
	};
}

function sampleHealth(kind: HealthEventKind, session: WatchSession, now: Date): ChangeEvent {
	const happening = {
		message: 'This is what a health event looks like. Nothing has happened.',
		advice: 'Publish the workflow to receive real ones.',
		at: now.toISOString(),
	};
	const known = { identity: session.identity, source: sourceOf(session, 'user.created') };
	return { ...healthEvent(kind, happening, known, now), sample: true };
}

function noneFound(what: string, advice: string): DomainError {
	return new DomainError(`There is no ${what} in the directory to show as a sample`, {
		advice: `${advice} Samples are made of real entries only.`,
		recovery: 'abort',
		failure: 'not-found',
	});
}
