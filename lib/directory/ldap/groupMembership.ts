import { DomainError } from '../../domain.errors';
import type { Group, Person } from '../directory.types';
import type { LdapFamily } from './family.types';
import type { LdapConnection } from './ldap.types';

type MemberAttribute = LdapFamily['memberAttributes'][number];

const NO_SUCH_ATTRIBUTE = '16';
const VALUE_EXISTS = '20';
const UNWILLING = '53';
const OBJECT_CLASS_VIOLATION = '65';
const ENTRY_ALREADY_EXISTS = '68';
/** What Active Directory says beside 53 about a member that is none (Windows error 1377, ERROR_MEMBER_NOT_IN_ALIAS). Documented, not tried. */
const NOT_IN_GROUP = '00000561:';

/** Direct membership, in the attribute that the class of the group has for it. */
export async function addToGroup(
	connection: LdapConnection,
	family: LdapFamily,
	group: Group,
	person: Person,
): Promise<'added' | 'exists'> {
	const { attribute, values } = await memberAttributeOf(connection, family, group);
	if (values === 'username') {
		const present = await namesInGroup(connection, family, group, person, attribute);
		if (present.length > 0) return 'exists';
	}
	const value = values === 'dn' ? person.dn : usernameOf(person, group);
	try {
		await connection.modify(group.dn, [{ operation: 'add', attribute, values: [value] }]);
		return 'added';
	} catch (error) {
		// Active Directory answers 68 where others answer 20.
		if (hasCode(error, VALUE_EXISTS) || hasCode(error, ENTRY_ALREADY_EXISTS)) return 'exists';
		throw error;
	}
}

export async function removeFromGroup(
	connection: LdapConnection,
	family: LdapFamily,
	group: Group,
	person: Person,
): Promise<'removed' | 'absent'> {
	const { attribute, values: kind } = await memberAttributeOf(connection, family, group);
	const values =
		kind === 'dn' ? [person.dn] : await namesInGroup(connection, family, group, person, attribute);
	if (values.length === 0) return 'absent';
	try {
		await connection.modify(group.dn, [{ operation: 'delete', attribute, values }]);
		return 'removed';
	} catch (error) {
		if (hasCode(error, NO_SUCH_ATTRIBUTE)) return 'absent';
		if (hasCode(error, UNWILLING) && error.message.includes(NOT_IN_GROUP)) return 'absent';
		throw hasCode(error, OBJECT_CLASS_VIOLATION) ? lastMember(group, person, error) : error;
	}
}

/** By the table of the family: a group with several of the classes takes the first. */
async function memberAttributeOf(
	connection: LdapConnection,
	family: LdapFamily,
	group: Group,
): Promise<MemberAttribute> {
	const entry = await connection.read(group.dn, ['objectClass']);
	if (entry === undefined) throw groupGone(group);
	const classes = new Set(entry.values('objectClass').map((name) => name.toLowerCase()));
	const found = family.memberAttributes.find(({ groupClasses }) =>
		groupClasses.some((name) => classes.has(name.toLowerCase())),
	);
	if (found !== undefined) return found;
	throw new DomainError(`The group "${group.name}" has no list of members that can be changed`, {
		advice: `Its classes are ${[...classes].join(', ')}. Choose a group of one of the classes ${family.memberAttributes.flatMap(({ groupClasses }) => groupClasses).join(', ')}.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

/** As the group spells them: a person may have several usernames, and a group name any of them. */
async function namesInGroup(
	connection: LdapConnection,
	{ usernameAttributes: [username = 'uid'] }: LdapFamily,
	group: Group,
	person: Person,
	attribute: string,
): Promise<string[]> {
	const [groupEntry, personEntry] = await Promise.all([
		connection.read(group.dn, [attribute]),
		connection.read(person.dn, [username]),
	]);
	const names = [...(personEntry?.values(username) ?? []), person.username ?? ''];
	const own = new Set(names.map((name) => name.toLowerCase()));
	return (groupEntry?.values(attribute) ?? []).filter((name) => own.has(name.toLowerCase()));
}

function usernameOf({ username, dn }: Person, { name }: Group): string {
	if (username !== undefined) return username;
	throw new DomainError(`${dn} has no username, and the group "${name}" lists its members by username`, {
		advice: 'Give the person a username in the directory, or choose a group that lists its members by DN.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

const groupGone = ({ dn }: Group): DomainError =>
	new DomainError(`The group ${dn} does not exist any more, or may not be read`, {
		advice: 'Choose the group again, or let the service account read it.',
		recovery: 'skip',
		failure: 'not-found',
	});

const lastMember = ({ name }: Group, { dn }: Person, cause: DomainError): DomainError =>
	new DomainError(`${dn} cannot be removed from "${name}": a group of this class must have a member`, {
		advice: 'Add somebody else first, or remove the whole group. Nothing was changed.',
		recovery: 'skip',
		failure: 'configuration-invalid',
		code: OBJECT_CLASS_VIOLATION,
		cause,
	});

const hasCode = (error: unknown, code: string): error is DomainError =>
	error instanceof DomainError && error.code === code;
