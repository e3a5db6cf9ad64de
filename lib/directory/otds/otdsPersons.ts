import type { Person } from '../directory.types';
import type { OtdsObject, OtdsSettings } from './otds.types';
import { personOf } from './otdsObject';

/** So long an object counts as what the server has now. */
const FRESH_MS = 5_000;

/** Which object a person was made from, and when. */
const ORIGINS = new WeakMap<Person, { object: OtdsObject; at: number }>();

/** Like `personOf`, and remembers the object, so that what was read with the person need not be read again at once. */
export function rememberedPersonOf(
	object: OtdsObject,
	settings: OtdsSettings,
	attributes: readonly string[] = [],
): Person {
	const person = personOf(object, settings, attributes);
	ORIGINS.set(person, { object, at: Date.now() });
	return person;
}

/** The object a person was just made from; undefined = ask the server. */
export function freshObjectOf(person: Person): OtdsObject | undefined {
	const origin = ORIGINS.get(person);
	return origin !== undefined && Date.now() - origin.at < FRESH_MS ? origin.object : undefined;
}

/** Addresses to try for somebody whose id may have changed, the documented form first. What answers must be checked by uuid. */
export const addressesOf = ({ id, dn, username }: Pick<Person, 'id' | 'dn' | 'username'>): string[] => {
	const partition = partitionOf(dn);
	const named =
		username === undefined ? [] : [...(partition === '' ? [] : [`${username}@${partition}`]), username];
	return [...new Set([...named, id])];
};

/** `Staff` from `oTPerson=…,orgunit=users,partition=Staff,dc=…`; '' = the DN does not say. */
export const partitionOf = (dn: string): string =>
	/(?:^|,)\s*partition=((?:\\.|[^,\\])+)/i.exec(dn)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
