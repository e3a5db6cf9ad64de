import type { Person } from '../directory.types';
import type { AttributeChange, WatchSession } from './changes.types';
import type { ChangeEvent, ChangeEventKind, WatchScope } from './event.types';
import { eventUser } from './eventSubject';
import type { SampleFinder, SampleRequest } from './sample.types';
import { builtSample, noneFound } from './sampleBuilding';
import { matchesScope } from './scope';

/** The state that an event of this kind shows. */
const STATES: Partial<Record<ChangeEventKind, Partial<Pick<Person, 'enabled' | 'locked'>>>> = {
	'user.disabled': { enabled: false },
	'user.enabled': { enabled: true },
	'user.locked': { locked: true },
	'user.unlocked': { locked: false },
};

export async function personSample(
	kind: ChangeEventKind,
	session: WatchSession,
	finder: SampleFinder,
	{ scope, now }: SampleRequest,
): Promise<ChangeEvent> {
	const found = await finder.person((person) => matchesScope(person, scope));
	if (!found) throw noneFound('person', 'Check the base, the conditions and the rights of the login.');
	const person = { ...found.person, ...STATES[kind] };
	const about = { user: eventUser(person), group: null, changes: changesOf(kind, scope, person) };
	return builtSample(session, { kind, subject: person.id, changedAt: found.changedAt, ...about }, now);
}

/** Real values; what they were before is not known, and not invented. */
function changesOf(kind: ChangeEventKind, scope: WatchScope, person: Person): AttributeChange[] {
	if (kind === 'user.moved') return [{ attribute: 'dn', before: 'unknown', after: [person.dn] }];
	return kind === 'user.updated' ? [updatedAttribute(scope, person)] : [];
}

function updatedAttribute({ attributes: [watched] }: WatchScope, person: Person): AttributeChange {
	if (watched === undefined) {
		return { attribute: 'title', before: 'unknown', after: person.title === undefined ? [] : [person.title] };
	}
	const entry = Object.entries(person.attributes).find(
		([name]) => name.toLowerCase() === watched.toLowerCase(),
	);
	return { attribute: watched, before: 'unknown', after: entry?.[1] ?? [] };
}
