import type { MemberDescription, MemberValue } from '../changes.types';
import { liesBelow } from '../entryName';
import type { WatchScope } from '../event.types';
import { matchesScope } from '../scope';

/** Whether a member is a person, or may have been one, the analyst wants to hear about. */
export function memberInScope(
	member: MemberValue,
	{ is, person }: MemberDescription,
	scope: WatchScope,
): boolean {
	if (person) return matchesScope(person, scope);
	if (is === 'other') return false;
	// Of somebody who is gone only the name is left: conditions on attributes cannot be asked of them.
	return scope.conditions.length === 0 && nameInScope(member, scope);
}

export const nameInScope = ({ value, is }: MemberValue, { base }: WatchScope): boolean =>
	is === 'username' || liesBelow(value, base);
