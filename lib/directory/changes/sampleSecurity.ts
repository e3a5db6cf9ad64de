import type { WatchSession } from './changes.types';
import type { ChangeEvent, SecurityEventKind, SecurityFinding, WatchScope } from './event.types';
import { DEFAULT_LIMITS, GROUP_EVENTS, PERSON_EVENTS } from './event.types';
import { eventGroup, eventUser } from './eventSubject';
import type { SampleFinder, SampleMember, SampleRequest } from './sample.types';
import { builtSample, noneFound } from './sampleBuilding';
import { matchesScope } from './scope';

const NOTHING = 'This is a sample: nothing has happened.';

/** The shape of a real one, with counts of zero: numbers are not invented either. @throws DomainError when there is no entry for it */
export async function securitySample(
	kind: SecurityEventKind,
	session: WatchSession,
	finder: SampleFinder,
	request: SampleRequest,
): Promise<ChangeEvent> {
	switch (kind) {
		case 'security.privilegedAccessGranted':
		case 'security.privilegedAccessRevoked':
			return await privilegedSample(kind, session, finder, request);
		case 'security.unusualGroupChange':
			return await unusualSample(kind, session, finder, request);
		case 'security.bulkChange':
			return await bulkSample(kind, session, finder, request);
	}
}

async function privilegedSample(
	kind: SecurityEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ now }: SampleRequest,
): Promise<ChangeEvent> {
	const { privilegedGroups } = session;
	const found = privilegedGroups.length > 0 ? await finder.member(privilegedGroups, () => true) : undefined;
	if (!found) {
		throw noneFound(
			'direct member of a privileged group',
			'Choose a group with a person in it under Privileged Groups, or look at the sample of another event.',
		);
	}
	const { person, group, member, changedAt } = found;
	const isGranted = kind === 'security.privilegedAccessGranted';
	const verb = isGranted ? 'gained' : 'lost';
	return builtSample(
		session,
		{
			kind,
			subject: person.id,
			changedAt,
			user: eventUser(person),
			group: { ...eventGroup(group), membership: 'effective' },
			changes: [
				{
					attribute: 'member',
					before: isGranted ? [] : [member.value],
					after: isGranted ? [member.value] : [],
				},
			],
			security: {
				explanation: `${NOTHING} A real event says how somebody ${verb} the rights of the group "${group.name}".`,
			},
		},
		now,
	);
}

async function unusualSample(
	kind: SecurityEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const found = await finder.group(session.watchedGroups);
	if (!found) throw noneFound('group', 'Check the base DN of the credential and the rights of its login.');
	const limit = (scope.limits ?? DEFAULT_LIMITS).unusualChanges;
	const security = {
		explanation: `${NOTHING} A real event comes when more than ${limit} people are put into one group, or taken out, within an hour.`,
		...nothingBetween(now, 60 * 60_000, limit),
		byKind: { 'group.memberAdded': 0 },
	};
	const about = { user: null, group: eventGroup(found.group), changes: [], security };
	return builtSample(session, { kind, subject: found.group.id, changedAt: found.changedAt, ...about }, now);
}

async function bulkSample(
	kind: SecurityEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const { bulk } = scope.limits ?? DEFAULT_LIMITS;
	const counted = [...PERSON_EVENTS, ...GROUP_EVENTS].filter((one) => scope.events.has(one));
	const minutes = bulk.windowMs / 60_000;
	const security = {
		explanation: `${NOTHING} A real event replaces single events once there are more than ${bulk.changes} within ${minutes} minutes.`,
		...nothingBetween(now, bulk.windowMs, bulk.changes),
		byKind: Object.fromEntries(counted.map((one) => [one, 0])),
		...shownOf(await finder.member(session.watchedGroups, (person) => matchesScope(person, scope)), scope),
	};
	const about = { user: null, group: null, changes: [], security };
	return builtSample(session, { kind, subject: '', changedAt: now.toISOString(), ...about }, now);
}

const nothingBetween = (
	now: Date,
	windowMs: number,
	limit: number,
): Omit<SecurityFinding, 'explanation'> => ({
	count: 0,
	limit,
	from: new Date(now.getTime() - windowMs).toISOString(),
	to: now.toISOString(),
});

/** What a summary names: groups and some of the events, each by id. */
function shownOf(
	found: SampleMember | undefined,
	{ events }: WatchScope,
): Pick<SecurityFinding, 'groups' | 'sample'> {
	if (!found) return { groups: [], sample: [] };
	const { person, group, changedAt } = found;
	const [event = 'user.updated'] = [...events].filter((kind) => !kind.startsWith('security.'));
	const isOfGroup = event.startsWith('group.');
	return {
		groups: [{ id: group.id, name: group.name, changes: 0 }],
		sample: [{ event, userId: person.id, groupId: isOfGroup ? group.id : null, occurredAt: changedAt }],
	};
}
