import { createHash } from 'node:crypto';
import { Attribute, Change } from 'ldapts';

import type { Json } from '../fcm/json.types.ts';
import { parseJson, textAt } from '../fcm/json.types.ts';
import { AdminSession } from './admin.session.ts';
import type { Row } from './admin.session.ts';
import { childDn } from './distinguishedName.ts';
import type {
	DirectoryLogin,
	NewPerson,
	SandboxAcknowledgment,
	SandboxDirectory,
	SandboxPerson,
} from './sandboxDirectory.types.ts';

export type {
	DirectoryLogin,
	NewPerson,
	SandboxAcknowledgment,
	SandboxDirectory,
	SandboxGroup,
	SandboxPerson,
} from './sandboxDirectory.types.ts';

/** What administrators set in OpenLDAP to switch an account off (draft-behera-ldap-password-policy §5.3.3). */
const LOCKED_FOR_EVER = '000001010000Z';
const PERSON_ATTRIBUTES = [
	'uid',
	'cn',
	'displayName',
	'title',
	'departmentNumber',
	'l',
	'pwdAccountLockedTime',
];

/** Connects at the first use, and again after a loss. */
export function openSandboxDirectory(login: DirectoryLogin): SandboxDirectory {
	const session = new AdminSession(login);
	const { baseDn } = login;
	const under = (unit: string): string => `ou=${unit},${baseDn}`;
	const personDn = (uid: string): string => childDn('uid', uid, under('people'));
	const groupDn = (name: string): string => childDn('cn', name, under('groups'));
	const change = (
		dn: string,
		operation: 'add' | 'delete' | 'replace',
		type: string,
		values: string[],
	): Promise<void> =>
		session.run((client) =>
			client.modify(dn, new Change({ operation, modification: new Attribute({ type, values }) })),
		);
	return {
		baseDn,
		personDn,
		groupDn,
		async people() {
			const rows = await session.search(under('people'), '(objectClass=inetOrgPerson)', PERSON_ATTRIBUTES);
			return rows.map(personOf).sort((one, other) => one.name.localeCompare(other.name));
		},
		async groups() {
			const rows = await session.search(under('groups'), '(objectClass=groupOfNames)', ['cn', 'member']);
			const groups = rows.map((row) => ({ dn: row.dn, name: row.first('cn'), members: row.all('member') }));
			return groups.sort((one, other) => one.name.localeCompare(other.name));
		},
		async acknowledgments() {
			const attributes = ['description', 'roleOccupant'];
			const rows = await session.search(
				under('acknowledgments'),
				'(objectClass=organizationalRole)',
				attributes,
			);
			return rows.map(acknowledgmentOf).sort((one, other) => one.at.localeCompare(other.at));
		},
		async addPerson(person) {
			const dn = personDn(person.uid);
			await session.run((client) => client.add(dn, entryOfPerson(person, baseDn, personDn)));
			return dn;
		},
		addGroup: (name, description, members) =>
			session.run((client) =>
				client.add(groupDn(name), { objectClass: 'groupOfNames', cn: name, description, member: members }),
			),
		addDevice(uid, token, platform, app) {
			const name = createHash('sha256').update(token).digest('hex');
			const now = new Date().toISOString();
			const description = JSON.stringify({ token, platform, app, registeredAt: now, lastSeenAt: now });
			const entry = { objectClass: 'device', cn: name, owner: personDn(uid), description };
			return session.run((client) => client.add(childDn('cn', name, under('devices')), entry));
		},
		addMember: (group, member) => change(group, 'add', 'member', [member]),
		removeMember: (group, member) => change(group, 'delete', 'member', [member]),
		setEnabled: (dn, enabled) =>
			change(dn, 'replace', 'pwdAccountLockedTime', enabled ? [] : [LOCKED_FOR_EVER]),
		close: () => session.close(),
	};
}

function entryOfPerson(
	person: NewPerson,
	baseDn: string,
	personDn: (uid: string) => string,
): Record<string, string | string[]> {
	const { uid, givenName, surname, title, department, site, language, manager } = person;
	const name = `${givenName} ${surname}`;
	return {
		objectClass: 'inetOrgPerson',
		uid,
		cn: name,
		displayName: name,
		givenName,
		sn: surname,
		mail: `${uid}@${baseDn.replace(/^dc=/i, '').replace(/,dc=/gi, '.')}`,
		title,
		departmentNumber: department,
		l: site,
		...(language === undefined ? {} : { preferredLanguage: language }),
		...(manager === undefined ? {} : { manager: personDn(manager) }),
	};
}

const personOf = (row: Row): SandboxPerson => ({
	dn: row.dn,
	uid: row.first('uid'),
	name: row.first('displayName') || row.first('cn'),
	title: row.first('title'),
	department: row.first('departmentNumber'),
	site: row.first('l'),
	enabled: row.first('pwdAccountLockedTime') !== LOCKED_FOR_EVER,
});

/** `cn=<person id>,ou=<message id>,ou=acknowledgments,…` with the record as JSON. */
function acknowledgmentOf(row: Row): SandboxAcknowledgment {
	const record: Json = parseJson(row.first('description')) ?? null;
	return {
		messageId: textAt(record, 'messageId') ?? /,ou=([^,]+),/i.exec(row.dn)?.[1] ?? '',
		personDn: row.first('roleOccupant'),
		action: textAt(record, 'action') ?? '',
		at: textAt(record, 'at') ?? '',
	};
}
