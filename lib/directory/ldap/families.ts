import type { DirectoryConventions } from '../directory.client';
import type { DirectoryFamily, Group, Person } from '../directory.types';
import { isSecretAttribute } from '../attributeName';
import { textOrBase64 } from '../binaryValues';
import { activeDirectory } from './families/activeDirectory.family';
import { anyLdap } from './families/anyLdap.family';
import { directory389 } from './families/directory389.family';
import { openDj } from './families/openDj.family';
import { openLdap } from './families/openLdap.family';
import type { LdapFamily } from './family.types';
import type { LdapEntry, RootDse } from './ldap.types';
import { uuidOfGuid } from '../uuid';

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
