import type { Person } from '../directory.types';
import { liesBelow } from './entryName';
import type { WatchScope } from './event.types';

/** Whether a person is one of those the analyst wants to hear about. */
export function matchesScope(person: Person, scope: WatchScope): boolean {
	return (
		liesBelow(person.dn, scope.base) &&
		scope.conditions.every(({ attribute, value }) => holds(person, attribute, value))
	);
}

/** Values are compared without case, as directories compare most of theirs. */
function holds(person: Person, attribute: string, value: string): boolean {
	const wanted = attribute.toLowerCase();
	const entry = Object.entries(person.attributes).find(([name]) => name.toLowerCase() === wanted);
	return (entry?.[1] ?? []).some((candidate) => candidate.toLowerCase() === value.toLowerCase());
}
