import { DomainError } from '../../domain.errors';
import type { PersonConventions } from '../directory.client';
import type { AccountState, Group, Known, Person } from '../directory.types';
import { isSecretAttribute } from '../attributeName';
import type { OtdsJson, OtdsObject } from './otds.types';

type Fields = Readonly<Record<string, OtdsJson | undefined>>;

/** What of the settings an object is read with. */
export interface ObjectConventions {
	conventions: PersonConventions;
	passwordResetAttribute: string;
}

/**
 * A user, group or role as OTDS answers it: `{uuid, id, name, userPartitionID, location, attributes: {name: [text]}}`, or with
 * `values: [{name, values: [text]}]` when `attrsAsKeys` was not asked for; both at once are merged.
 * @throws DomainError when it is no object, or names no uuid: nothing could be joined or remembered by it
 */
export function objectOf(json: OtdsJson | undefined): OtdsObject {
	if (!isFields(json)) throw notAnObject('it is no JSON object');
	const location = textOf(json.location) ?? '';
	const uuid = textOf(json.uuid) ?? uuidOfDn(location);
	if (uuid === undefined) throw notAnObject('it has no uuid');
	const name = textOf(json.name) ?? textOf(json.id) ?? uuid;
	return {
		id: textOf(json.id) ?? name,
		uuid: uuid.toLowerCase(),
		name,
		partition: textOf(json.userPartitionID) ?? /(?:^|,)\s*partition=([^,]+)/i.exec(location)?.[1] ?? '',
		location,
		description: textOf(json.description) ?? undefined,
		attributes: attributesOf(json),
	};
}

/** The values of an attribute, whatever the spelling of its name; [] = none. */
export function valuesOf({ attributes }: Pick<OtdsObject, 'attributes'>, name: string): readonly string[] {
	const spelled = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
	if (spelled !== undefined) return spelled;
	const wanted = name.toLowerCase();
	const found = Object.keys(attributes).find((key) => key.toLowerCase() === wanted);
	return found === undefined ? [] : (attributes[found] ?? []);
}

/** Booleans are texts in OTDS: "false" is a text as well. */
export const isTrue = (values: readonly string[]): boolean => values[0]?.trim().toLowerCase() === 'true';

const known = (values: readonly string[]): Known<boolean> =>
	values.length === 0 ? 'unknown' : isTrue(values);

/** `attributes`: names to return in `Person.attributes`; secrets are never returned. */
export function personOf(
	object: OtdsObject,
	{ conventions }: Pick<ObjectConventions, 'conventions'>,
	attributes: readonly string[] = [],
): Person {
	const first = (...names: readonly string[]): string | undefined =>
		names
			.filter((name) => name !== '' && !isSecretAttribute(name))
			.map((name) => valuesOf(object, name).find((value) => value !== ''))
			.find((value) => value !== undefined);
	return {
		id: object.uuid,
		dn: object.location,
		username: object.name,
		displayName: first('displayName', 'cn'),
		mail: first('mail'),
		department: first('oTDepartment'),
		title: first('title'),
		location: first('physicalDeliveryOfficeName', 'l'),
		manager: first(conventions.managerAttribute),
		locale: first(conventions.localeAttribute),
		enabled: negated(known(valuesOf(object, 'accountDisabled'))),
		locked: known(valuesOf(object, 'accountLockedOut')),
		attributes: askedFor(object, attributes),
	};
}

export const groupOf = (object: OtdsObject, kind: Group['kind']): Group => ({
	id: object.uuid,
	dn: object.location,
	name: object.name,
	kind,
	description: object.description ?? valuesOf(object, 'description').find((text) => text !== ''),
});

export const accountStateOf = (
	object: OtdsObject,
	{ passwordResetAttribute }: Pick<ObjectConventions, 'passwordResetAttribute'>,
): AccountState => ({
	enabled: negated(known(valuesOf(object, 'accountDisabled'))),
	locked: known(valuesOf(object, 'accountLockedOut')),
	passwordResetRequired: known(valuesOf(object, passwordResetAttribute)),
});

/** uuids of the groups and roles an object is a direct member of: the DNs of memberships are not the groups' locations. */
export const membershipsOf = (object: Pick<OtdsObject, 'attributes'>): string[] => [
	...new Set(
		valuesOf(object, 'oTMemberOf').flatMap((dn) => {
			const uuid = uuidOfDn(dn);
			return uuid === undefined ? [] : [uuid];
		}),
	),
];

/** `04f2d12b-…` from `oTPerson=04f2d12b-…,orgunit=users,…`; in lower case, as every uuid here. */
export const uuidOfDn = (dn: string): string | undefined =>
	/^\s*oT[a-z]+\s*=\s*([^,+]+?)\s*(?:,|$)/i.exec(dn)?.[1]?.toLowerCase();

const negated = (value: Known<boolean>): Known<boolean> => (value === 'unknown' ? value : !value);

const askedFor = (object: OtdsObject, names: readonly string[]): Record<string, string[]> =>
	Object.fromEntries(
		names
			.filter((name) => !isSecretAttribute(name))
			.map((name): [string, string[]] => [name, [...valuesOf(object, name)]])
			.filter(([, values]) => values.length > 0),
	);

export const isFields = (json: OtdsJson | undefined): json is Record<string, OtdsJson> =>
	typeof json === 'object' && json !== null && !Array.isArray(json);

const textOf = (json: OtdsJson | undefined): string | undefined =>
	typeof json === 'string' && json !== '' ? json : undefined;

/** As they were parsed, where that is what they should be: tens of thousands of people are read in a row. */
function attributesOf({ attributes, values }: Fields): Record<string, readonly string[]> {
	const keyed = isTextLists(attributes) ? attributes : keyedValues(attributes);
	return Array.isArray(values) && values.length > 0 ? { ...listedValues(values), ...keyed } : keyed;
}

function isTextLists(json: OtdsJson | undefined): json is Record<string, string[]> {
	if (!isFields(json)) return false;
	for (const name in json) {
		const values = json[name];
		if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) return false;
	}
	return true;
}

function keyedValues(json: OtdsJson | undefined): Record<string, string[]> {
	if (!isFields(json)) return {};
	return Object.fromEntries(Object.entries(json).map(([name, values]) => [name, textsOf(values)]));
}

function listedValues(json: OtdsJson | undefined): Record<string, string[]> {
	if (!Array.isArray(json)) return {};
	return Object.fromEntries(
		json
			.filter(isFields)
			.flatMap((entry: Fields) =>
				typeof entry.name === 'string' ? [[entry.name, textsOf(entry.values)] as const] : [],
			),
	);
}

const textsOf = (json: OtdsJson | undefined): string[] =>
	(Array.isArray(json) ? json : [json]).flatMap((value) =>
		value === null || value === undefined || typeof value === 'object' ? [] : [String(value)],
	);

const notAnObject = (why: string): DomainError =>
	new DomainError(`OTDS answered something that is no user, group or role: ${why}`, {
		advice:
			'Check that the base URL is that of OTDS itself (https://host/otdsws) and that its version is 22.1 or later.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
