import type { WatchSession } from './changes.types';
import type { ChangeEvent, ChangeEventKind } from './event.types';
import { eventGroup, eventUser } from './eventSubject';
import type { SampleFinder, SampleRequest } from './sample.types';
import { builtSample, noneFound } from './sampleBuilding';
import { matchesScope } from './scope';

export async function groupSample(
	kind: ChangeEventKind,
	session: WatchSession,
	finder: SampleFinder,
	request: SampleRequest,
): Promise<ChangeEvent> {
	if (kind !== 'group.created' && kind !== 'group.deleted') {
		return await memberSample(kind, session, finder, request);
	}
	const found = await finder.group(kind === 'group.created' ? undefined : session.watchedGroups);
	if (!found) throw noneFound('group', 'Check the base DN of the credential and the rights of its login.');
	const { group, changedAt } = found;
	const about = { user: null, group: eventGroup(group), changes: [] };
	return builtSample(session, { kind, subject: group.id, changedAt, ...about }, request.now);
}

async function memberSample(
	kind: ChangeEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const found = await finder.member(session.watchedGroups, (person) => matchesScope(person, scope));
	if (!found) {
		throw noneFound(
			'group with a member',
			'Check the watched groups: none of them has a person in it who fits the scope.',
		);
	}
	const { person, member, changedAt } = found;
	const added = kind === 'group.memberAdded';
	const membership = scope.nested === true ? 'effective' : 'direct';
	const about = {
		user: eventUser(person),
		group: { ...eventGroup(found.group), membership } as const,
		changes: [
			{ attribute: 'member', before: added ? [] : [member.value], after: added ? [member.value] : [] },
		],
	};
	return builtSample(session, { kind, subject: person.id, changedAt, ...about }, now);
}
