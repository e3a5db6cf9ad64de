import type { Group, Known, Person } from '../directory.types';
import type { EntryChange, MemberValue } from './changes.types';
import type { EventGroup, EventUser } from './event.types';

export function eventUser(person: Person, change?: EntryChange): EventUser {
	const account = change?.account;
	return {
		id: person.id,
		dn: person.dn,
		username: person.username ?? null,
		displayName: person.displayName ?? null,
		mail: person.mail ?? null,
		department: person.department ?? null,
		title: person.title ?? null,
		location: person.location ?? null,
		manager: person.manager ?? null,
		enabled: stateShown(account?.before.enabled, account?.after.enabled, person.enabled),
		locked: stateShown(account?.before.locked, account?.after.locked, person.locked),
	};
}

/** What the change did to it; what it left alone is as the entry shows, for a log tells of touched attributes only. */
function stateShown(
	before: Known<boolean> | undefined,
	after: Known<boolean> | undefined,
	today: Known<boolean>,
): Known<boolean> {
	return after === undefined || after === 'unknown' || after === before ? today : after;
}

/** A member of whom only the name in the group is known. */
export function namedOnly(member: MemberValue): EventUser {
	return {
		id: null,
		dn: member.is === 'dn' ? member.value : null,
		username: member.is === 'username' ? member.value : null,
		displayName: null,
		mail: null,
		department: null,
		title: null,
		location: null,
		manager: null,
		enabled: 'unknown',
		locked: 'unknown',
	};
}

export function eventGroup(group: Group): EventGroup {
	return { id: group.id, dn: group.dn, name: group.name, kind: group.kind, membership: 'direct', via: [] };
}
