import type { DirectoryConventions } from '../directory.client';
import type { AccountState, DirectoryFamily, Group, Known, Person } from '../directory.types';
import { isSecretAttribute } from './attributeName';
import { textOrBase64 } from './binaryValues';
import type { AttributeReader, LdapFamily } from './family.types';
import { and, equals, or } from './filter';
import type { LdapEntry, RootDse } from './ldap.types';
import { uuidOfGuid } from './uuid';

const FALSE_STATE: AccountState = { enabled: true, locked: false, passwordResetRequired: false };
const isTrue = (value: string | undefined): boolean => value?.toUpperCase() === 'TRUE';
const byClass = (...names: string[]) => or(...names.map((name) => equals('objectClass', name)));

/** draft-behera-ldap-password-policy: this "time" means that an administrator locked the account for ever. */
const LOCKED_FOR_EVER = '000001010000Z';

const PEOPLE = {
	usernameAttributes: ['uid'],
	displayNameAttributes: ['displayName', 'cn'],
	departmentAttributes: ['departmentNumber', 'department'],
	locationAttributes: ['l', 'physicalDeliveryOfficeName'],
};
const MEMBERS: LdapFamily['memberAttributes'] = [
	{ attribute: 'member', values: 'dn', groupClasses: ['groupOfNames', 'group'] },
	{ attribute: 'uniqueMember', values: 'dn', groupClasses: ['groupOfUniqueNames'] },
	{ attribute: 'memberUid', values: 'username', groupClasses: ['posixGroup'] },
];

/** Locks that end by time-out leave these attributes in place: the watcher times them. */
const openLdap: LdapFamily = {
	family: 'openldap',
	idAttributes: [{ attribute: 'entryUUID', encoding: 'text' }],
	...PEOPLE,
	personFilter: byClass('person', 'account', 'posixAccount'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup'),
	memberAttributes: MEMBERS,
	stateAttributes: ['pwdAccountLockedTime', 'pwdReset'],
	accountState(read) {
		const lockedSince = read('pwdAccountLockedTime')[0];
		return {
			enabled: lockedSince !== LOCKED_FOR_EVER,
			locked: lockedSince !== undefined && lockedSince !== LOCKED_FOR_EVER,
			passwordResetRequired: isTrue(read('pwdReset')[0]),
		};
	},
};

const directory389: LdapFamily = {
	family: '389ds',
	// entryUUID is empty here unless its plug-in was on when the entry was made; nsUniqueId always exists.
	idAttributes: [{ attribute: 'nsUniqueId', encoding: 'text' }],
	...PEOPLE,
	personFilter: byClass('person', 'account', 'posixAccount'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup'),
	memberAttributes: MEMBERS,
	stateAttributes: ['nsAccountLock', 'accountUnlockTime', 'pwdReset', 'passwordExpirationTime'],
	accountState: (read) => ({
		enabled: !isTrue(read('nsAccountLock')[0]),
		locked: read('accountUnlockTime')[0] !== undefined,
		passwordResetRequired:
			isTrue(read('pwdReset')[0]) || read('passwordExpirationTime')[0]?.startsWith('19700101') === true,
	}),
};

const openDj: LdapFamily = {
	...openLdap,
	family: 'opendj',
	stateAttributes: ['ds-pwp-account-disabled', 'pwdAccountLockedTime', 'pwdReset'],
	accountState: (read) => ({
		enabled: !isTrue(read('ds-pwp-account-disabled')[0]),
		locked: read('pwdAccountLockedTime')[0] !== undefined,
		passwordResetRequired: isTrue(read('pwdReset')[0]),
	}),
};

const ACCOUNT_DISABLED = 0x2;
const COMPUTED_LOCKED = 0x10;
const COMPUTED_PASSWORD_EXPIRED = 0x80_0000;

/** The computed attribute knows of lock-outs that timed out; lockoutTime does not, and userAccountControl's 0x10 is never set. */
function activeDirectoryState(read: AttributeReader): AccountState {
	const control = numberOf(read('userAccountControl')[0]);
	const computed = numberOf(read('msDS-User-Account-Control-Computed')[0]);
	const lockoutTime = read('lockoutTime')[0];
	const passwordLastSet = read('pwdLastSet')[0];
	const has = (bits: number | undefined, bit: number): Known<boolean> =>
		bits === undefined ? 'unknown' : (bits & bit) !== 0;
	const disabled = has(control, ACCOUNT_DISABLED);
	return {
		enabled: disabled === 'unknown' ? 'unknown' : !disabled,
		locked: computed === undefined ? (lockoutTime ?? '0') !== '0' : has(computed, COMPUTED_LOCKED),
		passwordResetRequired:
			passwordLastSet === undefined
				? has(computed, COMPUTED_PASSWORD_EXPIRED)
				: passwordLastSet === '0' || has(computed, COMPUTED_PASSWORD_EXPIRED) === true,
	};
}

const numberOf = (text: string | undefined): number | undefined => {
	const number = Number(text);
	return text === undefined || !Number.isSafeInteger(number) ? undefined : number;
};

const activeDirectory: LdapFamily = {
	family: 'activeDirectory',
	idAttributes: [{ attribute: 'objectGUID', encoding: 'guid' }],
	usernameAttributes: ['sAMAccountName', 'userPrincipalName'],
	displayNameAttributes: ['displayName', 'cn'],
	departmentAttributes: ['department'],
	locationAttributes: ['physicalDeliveryOfficeName', 'l'],
	personFilter: and(equals('objectCategory', 'person'), equals('objectClass', 'user')),
	groupFilter: equals('objectClass', 'group'),
	memberAttributes: [{ attribute: 'member', values: 'dn', groupClasses: ['group'] }],
	stateAttributes: ['userAccountControl', 'msDS-User-Account-Control-Computed', 'lockoutTime', 'pwdLastSet'],
	accountState: activeDirectoryState,
};

/** A server we do not know: what it does not say is unknown, not false. */
const anyLdap: LdapFamily = {
	family: 'ldap',
	idAttributes: [
		{ attribute: 'entryUUID', encoding: 'text' },
		{ attribute: 'nsUniqueId', encoding: 'text' },
		{ attribute: 'objectGUID', encoding: 'guid' },
	],
	...PEOPLE,
	usernameAttributes: ['uid', 'sAMAccountName'],
	personFilter: byClass('person', 'account', 'posixAccount', 'user'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup', 'group'),
	memberAttributes: MEMBERS,
	stateAttributes: ['pwdAccountLockedTime', 'pwdReset', 'nsAccountLock', 'userAccountControl'],
	accountState(read) {
		const unknown: AccountState = { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' };
		if (read('userAccountControl')[0] !== undefined) return activeDirectoryState(read);
		if (read('nsAccountLock')[0] !== undefined)
			return { ...unknown, enabled: !isTrue(read('nsAccountLock')[0]) };
		const hasPolicy = read('pwdAccountLockedTime').length + read('pwdReset').length > 0;
		return hasPolicy ? { ...FALSE_STATE, ...openLdap.accountState(read) } : unknown;
	},
};

const vendor = (rootDse: RootDse, pattern: RegExp): boolean =>
	pattern.test(`${rootDse.vendorName ?? ''} ${rootDse.vendorVersion ?? ''}`);

/** In the order they are tried; how each shows itself in its root DSE (RFC 4512 §5.1). */
const FAMILIES: ReadonlyArray<{ row: LdapFamily; shows: (rootDse: RootDse) => boolean }> = [
	{
		row: activeDirectory,
		shows: ({ entry }) => entry.values('supportedCapabilities').includes('1.2.840.113556.1.4.800'),
	},
	{
		row: directory389,
		shows: (rootDse) => vendor(rootDse, /389[ -](project|directory)|red hat directory|fedora project/i),
	},
	{ row: openDj, shows: (rootDse) => vendor(rootDse, /opendj|forgerock|wren:?ds|ping ?ds/i) },
	{
		row: openLdap,
		shows: ({ entry }) =>
			entry.values('objectClass').some((name) => name.toLowerCase() === 'openldaprootdse'),
	},
	{ row: anyLdap, shows: () => true },
];

/** The chosen family, or what the server shows itself to be. */
export function familyOf(rootDse: RootDse, chosen: DirectoryFamily | 'auto'): LdapFamily {
	const found = FAMILIES.find(({ row, shows }) =>
		chosen === 'auto' ? shows(rootDse) : row.family === chosen,
	);
	return found?.row ?? anyLdap;
}

/** The stable id; the DN where a server has none. */
export function entryIdOf(entry: LdapEntry, family: LdapFamily): string {
	for (const { attribute, encoding } of family.idAttributes) {
		const value = entry.buffers(attribute)[0];
		if (value !== undefined) return encoding === 'guid' ? uuidOfGuid(value) : value.toString('utf8');
	}
	return entry.dn;
}

/** All attributes that {@link personOf} reads: operational ones only arrive when asked for by name. */
export const personAttributes = (
	family: LdapFamily,
	conventions: Pick<DirectoryConventions, 'managerAttribute' | 'localeAttribute'>,
	extra: readonly string[] = [],
): string[] =>
	unique([
		...family.idAttributes.map(({ attribute }) => attribute),
		...family.usernameAttributes,
		...family.displayNameAttributes,
		...family.departmentAttributes,
		...family.locationAttributes,
		...family.stateAttributes,
		'mail',
		'title',
		conventions.managerAttribute,
		conventions.localeAttribute,
		...extra,
	]).filter((name) => !isSecretAttribute(name));

const unique = (names: readonly string[]): string[] => [
	...new Map(names.filter((name) => name !== '').map((name) => [name.toLowerCase(), name])).values(),
];

/** A person in domain terms; `attributes` name what goes into `Person.attributes`. Secrets never do. */
export function personOf(
	entry: LdapEntry,
	family: LdapFamily,
	conventions: Pick<DirectoryConventions, 'managerAttribute' | 'localeAttribute'>,
	attributes: readonly string[] = [],
): Person {
	const first = (...names: string[]): string | undefined =>
		names.map((name) => entry.first(name)).find((value) => value !== undefined && value !== '');
	const { enabled, locked } = family.accountState((name) => entry.values(name));
	const described = {
		username: first(...family.usernameAttributes),
		displayName: first(...family.displayNameAttributes),
		mail: first('mail'),
		department: first(...family.departmentAttributes),
		title: first('title'),
		location: first(...family.locationAttributes),
		manager: first(conventions.managerAttribute),
		locale: first(conventions.localeAttribute),
	};
	return {
		id: entryIdOf(entry, family),
		dn: entry.dn,
		...withoutAbsent(described),
		enabled,
		locked,
		attributes: chosenAttributes(entry, attributes),
	};
}

function chosenAttributes(entry: LdapEntry, names: readonly string[]): Record<string, string[]> {
	const chosen: Record<string, string[]> = {};
	for (const name of names) {
		const values = isSecretAttribute(name) ? [] : entry.buffers(name);
		if (values.length > 0) chosen[name] = values.map((value) => textOrBase64(name, value));
	}
	return chosen;
}

function withoutAbsent<T extends Record<string, string | undefined>>(
	fields: T,
): Partial<Record<keyof T, string>> {
	const present: Partial<Record<keyof T, string>> = {};
	for (const key of Object.keys(fields)) {
		const value = fields[key];
		if (value !== undefined) present[key as keyof T] = value;
	}
	return present;
}

/** All attributes that {@link groupOf} reads. */
export const groupAttributes = (family: LdapFamily): string[] => [
	...family.idAttributes.map(({ attribute }) => attribute),
	'cn',
	'description',
];

export function groupOf(entry: LdapEntry, family: LdapFamily): Group {
	const description = entry.first('description');
	return {
		id: entryIdOf(entry, family),
		dn: entry.dn,
		name: entry.first('cn') ?? entry.dn,
		kind: 'group',
		...(description === undefined ? {} : { description }),
	};
}
