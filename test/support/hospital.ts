/** A small hospital below dc=example,dc=org, with names that would break a filter or DN that was glued together. */
const BASE = 'dc=example,dc=org';

export const HOSTILE_NAME = 'Ward "7", <script>; *)(cn=*)';
export const HOSTILE_GROUP_DN = `cn=Ward \\"7\\"\\2C \\3Cscript\\3E\\3B *)(cn=*),ou=groups,${BASE}`;

export const dnOf = (uid: string): string => `uid=${uid},ou=people,${BASE}`;
export const groupDn = (name: string): string => `cn=${name},ou=groups,${BASE}`;

function person(uid: string, lines: string[] = []): string {
	const fields = [
		'objectClass: inetOrgPerson',
		`uid: ${uid}`,
		`cn: ${uid} Lee`,
		'sn: Lee',
		`mail: ${uid}@example.org`,
	];
	return [`dn: ${dnOf(uid)}`, ...fields, ...lines, ''].join('\n');
}

function group(dn: string, name: string, members: string[]): string {
	const fields = [`dn: ${dn}`, 'objectClass: groupOfNames', `cn: ${name}`];
	return [...fields, ...members.map((member) => `member: ${member}`), ''].join('\n');
}

/** Nurses: ann, bob, gone (disabled). Doctors: bob, cid. Staff: Nurses, dan. The ward with the odd name: ann. */
export const hospitalLdif = (): string =>
	[
		person('ann', ['departmentNumber: 12', 'preferredLanguage: de', 'l: Bonn', 'userPassword: a-secret']),
		person('bob', ['departmentNumber: 12']),
		person('cid', ['departmentNumber: 7', 'l: *)(uid=*']),
		person('dan'),
		person('gone', ['pwdAccountLockedTime: 000001010000Z', 'departmentNumber: 12']),
		group(groupDn('Nurses'), 'Nurses', ['ann', 'bob', 'gone'].map(dnOf)),
		group(groupDn('Doctors'), 'Doctors', ['bob', 'cid'].map(dnOf)),
		group(groupDn('Staff'), 'Staff', [groupDn('Nurses'), dnOf('dan')]),
		group(HOSTILE_GROUP_DN, HOSTILE_NAME, [dnOf('ann')]),
	].join('\n');
