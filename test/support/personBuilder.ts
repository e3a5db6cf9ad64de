import type { Group, Person } from '../../lib/directory/directory.types';

export function person(uid: string, rest: Partial<Person> = {}): Person {
	return {
		id: `id-${uid}`,
		dn: `uid=${uid},ou=people,dc=example,dc=org`,
		username: uid,
		displayName: uid.toUpperCase(),
		enabled: true,
		locked: false,
		attributes: {},
		...rest,
	};
}

export function group(name: string, rest: Partial<Group> = {}): Group {
	return { id: `id-${name}`, dn: `cn=${name},ou=groups,dc=example,dc=org`, name, kind: 'group', ...rest };
}
