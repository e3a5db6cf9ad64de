import { createHash } from 'node:crypto';
import { Attribute, Change } from 'ldapts';

import type { Json } from '../fcm/json.types.ts';
import { parseJson, textAt } from '../fcm/json.types.ts';
import { AdminSession } from './admin.session.ts';
import type { DirectoryLogin, Row } from './admin.session.ts';
import { childDn, sameDn } from './distinguishedName.ts';
import type {
	NewDevice,
	NewPerson,
	SandboxAcknowledgment,
	SandboxDirectory,
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

/**
 * OpenLDAP, written to with an ordinary LDAP client. Keys are DNs. Connects at the first use, and again after a loss.
 */
export function openLdapSandbox(login: DirectoryLogin): SandboxDirectory {
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
	const addDevice = (uid: string, device: NewDevice): Promise<void> => {
		const name = createHash('sha256').update(device.token).digest('hex');
		const now = new Date().toISOString();
		const description = JSON.stringify({ ...device, registeredAt: now, lastSeenAt: now });
		const entry = { objectClass: 'device', cn: name, owner: personDn(uid), description };
		return session.run((client) => client.add(childDn('cn', name, under('devices')), entry));
	};
	return {
		personKey: async (uid) => personDn(uid),
		groupKey: async (name) => groupDn(name),
		sameKey: sameDn,
		async people() {
			const rows = await session.search(under('people'), '(objectClass=inetOrgPerson)', PERSON_ATTRIBUTES);
			return rows.map(personOf).sort((one, other) => one.name.localeCompare(other.name));
		},
		async groups() {
			const rows = await session.search(under('groups'), '(objectClass=groupOfNames)', ['cn', 'member']);
			const groups = rows.map((row) => ({ key: row.dn, name: row.first('cn'), members: row.all('member') }));
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
		async addPerson(person, devices) {
			const dn = personDn(person.uid);
			for (const device of devices) await addDevice(person.uid, device);
			await session.run((client) => client.add(dn, entryOfPerson(person, baseDn, personDn)));
			return dn;
		},
		addGroup: (name, description, members) =>
			session.run((client) =>
				client.add(groupDn(name), { objectClass: 'groupOfNames', cn: name, description, member: members }),
			),
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
	key: row.dn,
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
		personKey: row.first('roleOccupant'),
		action: textAt(record, 'action') ?? '',
		at: textAt(record, 'at') ?? '',
	};
}
