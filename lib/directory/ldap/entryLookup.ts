import { DomainError } from '../../domain.errors';
import { isDn } from '../distinguishedName';
import type { EntryReference } from '../directory.types';
import type { LdapFamily } from './family.types';
import type { LdapFilter } from './filter';
import { and, equals, or } from './filter';
import type { LdapConnection, LdapEntry } from './ldap.types';
import { guidOfUuid, isUuid } from '../uuid';

/** One way to find what was meant: by DN, or by a filter. */
type Step = { dn: string; isGuess?: boolean } | { filter: LdapFilter };

/** What kind of entry is looked for. */
export interface LookupKind {
	noun: 'person' | 'group';
	kind: LdapFilter;
	usernameAttributes: readonly string[];
	nameAttributes: readonly string[];
}

export const personLookup = (family: LdapFamily): LookupKind => ({
	noun: 'person',
	kind: family.personFilter,
	usernameAttributes: family.usernameAttributes,
	nameAttributes: family.displayNameAttributes,
});

export const groupLookup = (family: LdapFamily): LookupKind => ({
	noun: 'group',
	kind: family.groupFilter,
	usernameAttributes: ['cn'],
	nameAttributes: family.family === 'activeDirectory' ? ['cn', 'sAMAccountName'] : ['cn'],
});

/** The one entry a reference means; undefined when there is none. @throws DomainError when there are several */
export async function lookUp(
	connection: LdapConnection,
	family: LdapFamily,
	what: LookupKind,
	reference: EntryReference,
	attributes: string[],
): Promise<LdapEntry | undefined> {
	const value = reference.value.trim();
	if (value === '') throw unnamed(what);
	for (const step of stepsOf({ ...reference, value }, family, what)) {
		const found = await findStep(connection, what, step, attributes);
		if (found.length > 1) throw ambiguous(value, what, found);
		if (found[0] !== undefined) return found[0];
	}
	return undefined;
}

function stepsOf({ by, value }: EntryReference, family: LdapFamily, what: LookupKind): Step[] {
	const named = (attributes: readonly string[]): Step => ({
		filter: or(...attributes.map((attribute) => equals(attribute, value))),
	});
	switch (by) {
		case 'dn':
			return [{ dn: value }];
		case 'id':
			return [byId(family, value)];
		case 'mail':
			return [named(['mail'])];
		case 'username':
			return [named(what.usernameAttributes)];
		case 'name':
			return [named(what.nameAttributes)];
		case 'auto':
			return [
				...(isDn(value) ? [{ dn: value, isGuess: true }] : []),
				...(isUuid(value) ? [byId(family, value)] : []),
				...(value.includes('@') ? [named(['mail'])] : []),
				named(what.noun === 'group' ? what.nameAttributes : what.usernameAttributes),
			];
	}
}

/** Where a server has no ids, the DN stands in for one. */
const byId = (family: LdapFamily, value: string): Step =>
	isDn(value)
		? { dn: value }
		: {
				filter: or(
					...family.idAttributes.map(({ attribute, encoding }) =>
						equals(attribute, encoding === 'guid' ? guidOfUuid(value) : value),
					),
				),
			};

async function findStep(
	connection: LdapConnection,
	what: LookupKind,
	step: Step,
	attributes: string[],
): Promise<LdapEntry[]> {
	const found: LdapEntry[] = [];
	const search =
		'dn' in step
			? { base: step.dn, scope: 'base' as const, filter: what.kind }
			: { base: connection.settings.baseDn, scope: 'sub' as const, filter: and(what.kind, step.filter) };
	try {
		for await (const entry of connection.search({ ...search, attributes, sizeLimit: 2 })) found.push(entry);
	} catch (error) {
		if (!('dn' in step) || !meansNoEntry(error, step.isGuess === true)) throw error;
	}
	return found;
}

/** A username may look like a DN: what the server then says about its syntax (34) or home (10) only means that it is none. */
const meansNoEntry = (error: unknown, isGuess: boolean): boolean =>
	error instanceof DomainError && (isGuess ? ['32', '34', '10'] : ['32']).includes(error.code ?? '');

const unnamed = ({ noun }: LookupKind): DomainError =>
	new DomainError(`No ${noun} was named`, {
		advice: `Enter the ${noun}. If the field holds an expression, it was empty for this item.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});

const ambiguous = (value: string, { noun }: LookupKind, found: LdapEntry[]): DomainError =>
	new DomainError(`"${value}" names more than one ${noun}: ${found.map(({ dn }) => dn).join(' and ')}`, {
		advice: `Name the ${noun} by DN or id instead.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
