import type { ChangeEvent } from '../../../lib/directory/changes/event.types';

/** One aspect of one person, group or membership got another value: what an operation does, and what an event tells. */
export interface Transition {
	/** The person or group it is told of. */
	entity: string;
	/** What of it: `exists`, `enabled`, `locked`, `title`, `name`, `member <who>`. */
	aspect: string;
	value: string;
}

/** What an event says, in the model's terms. `entityOf` finds who goes, or went, by a name. */
export function transitionOf(event: ChangeEvent, entityOf: (name: string) => string): Transition {
	const group = event.group?.name ?? '';
	const of = (entity: string, aspect: string, value: string): Transition => ({ entity, aspect, value });
	const user = (): string => entityOf(event.user?.username ?? rdnValue(event.user?.dn ?? ''));
	switch (event.event) {
		case 'user.created':
			return of(user(), 'exists', 'yes');
		case 'user.deleted':
			return of(deletedUser(event, entityOf), 'exists', 'no');
		case 'user.enabled':
			return of(user(), 'enabled', 'yes');
		case 'user.disabled':
			return of(user(), 'enabled', 'no');
		case 'user.locked':
			return of(user(), 'locked', 'yes');
		case 'user.unlocked':
			return of(user(), 'locked', 'no');
		case 'user.updated':
			return of(user(), 'title', shown(event, 'title'));
		case 'user.moved':
			return of(user(), 'name', rdnValue(shown(event, 'dn')));
		case 'group.created':
			return of(entityOf(group), 'exists', 'yes');
		case 'group.deleted':
			return of(entityOf(group), 'exists', 'no');
		case 'group.memberAdded':
			return of(entityOf(group), `member ${user()}`, 'yes');
		case 'group.memberRemoved':
			return of(entityOf(group), `member ${user()}`, 'no');
		default:
			throw new Error(`nobody ticked ${event.event}`);
	}
}

/** A strategy without a log knows of somebody who is gone what it remembers: the name for display, and the DN. */
function deletedUser({ user }: ChangeEvent, entityOf: (name: string) => string): string {
	return entityOf(user?.username ?? user?.displayName ?? rdnValue(user?.dn ?? ''));
}

function shown(event: ChangeEvent, attribute: string): string {
	const after = event.changes.find((change) => change.attribute.toLowerCase() === attribute)?.after;
	return after === undefined || after === 'unknown' ? `no ${attribute}` : after.join();
}

/** The names of the model need no escaping. */
export const rdnValue = (dn: string): string => dn.split(',')[0]?.split('=')[1] ?? dn;
