import { Attribute, Change, Client } from 'ldapts';

import type { LdapSettings } from '../lib/directory/ldap/ldap.types.ts';
import { BASE_DN } from '../sandbox/openldap/slapd.config.ts';
import type { Slapd } from '../sandbox/openldap/slapd.ts';

const GROUP_SIZE = 50;
const GROUPS = 200;
/** Sent before the answers are awaited. */
const IN_FLIGHT = 200;

const personDn = (number: number): string => `uid=p${number},ou=people,${BASE_DN}`;
const groupDn = (number: number): string => `cn=Team ${number},ou=groups,${BASE_DN}`;

/** Entries that are there before anybody looks. */
export function directoryLdif(people: number): string {
	const parts: string[] = [];
	for (let number = 0; number < people; number++) {
		parts.push(`dn: ${personDn(number)}
objectClass: inetOrgPerson
uid: p${number}
cn: Person ${number}
sn: Number ${number}
displayName: Person Number ${number}
mail: p${number}@example.org
title: Title ${number % 50}
departmentNumber: Department ${number % 100}
l: Site ${number % 20}
`);
	}
	for (let group = 0; group < Math.min(GROUPS, people / GROUP_SIZE); group++) {
		const members = Array.from(
			{ length: GROUP_SIZE },
			(_, at) => `member: ${personDn(group * GROUP_SIZE + at)}`,
		);
		parts.push(
			`dn: ${groupDn(group)}\nobjectClass: groupOfNames\ncn: Team ${group}\n${members.join('\n')}\n`,
		);
	}
	return parts.join('\n');
}

/**
 * A backlog as a directory in use makes it: of ten writes seven change an attribute, two an account's state, one a membership.
 * Each is a change that leads to one event.
 */
export async function writeBacklog(slapd: Slapd, writes: number, people: number): Promise<void> {
	const client = await adminOf(slapd);
	for (let start = 0; start < writes; start += IN_FLIGHT) {
		const numbers = Array.from({ length: Math.min(IN_FLIGHT, writes - start) }, (_, at) => start + at);
		await Promise.all(numbers.map((number) => client.modify(...writeNumber(number, people))));
	}
	await client.unbind();
}

function writeNumber(number: number, people: number): [string, Change] {
	const round = Math.floor(number / 10);
	const kind = number % 10;
	if (kind === 9) {
		const newcomer = personDn(people - 1 - Math.floor(round / GROUPS));
		return [groupDn(round % GROUPS), change('add', 'member', [newcomer])];
	}
	// Somebody whose deactivation was answered: writes in flight overtake each other.
	const earlier = round - IN_FLIGHT / 10;
	if (kind === 8 && earlier >= 0) return [personDn(earlier), change('replace', 'pwdAccountLockedTime', [])];
	if (kind === 7) return [personDn(round), change('replace', 'pwdAccountLockedTime', ['000001010000Z'])];
	return [personDn((number * 7) % people), change('replace', 'title', [`New title ${number}`])];
}

const change = (operation: 'add' | 'replace', type: string, values: string[]): Change =>
	new Change({ operation, modification: new Attribute({ type, values }) });

export async function adminOf(slapd: Slapd): Promise<Client> {
	const client = new Client({ url: slapd.url });
	await client.bind(slapd.adminDn, slapd.adminPassword);
	return client;
}

export async function retitle(client: Client, person: number, title: string): Promise<void> {
	await client.modify(personDn(person), change('replace', 'title', [title]));
}

export const settingsOf = (slapd: Pick<Slapd, 'url' | 'watcherDn' | 'watcherPassword'>): LdapSettings => ({
	kind: 'ldap',
	urls: [slapd.url],
	security: 'none',
	verifyCertificate: true,
	bindDn: slapd.watcherDn,
	password: slapd.watcherPassword,
	baseDn: BASE_DN,
	family: 'auto',
	conventions: {
		managerAttribute: 'manager',
		localeAttribute: 'preferredLanguage',
		devicesDn: 'ou=devices',
		acknowledgmentsDn: 'ou=acknowledgments',
	},
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 120_000,
});
