import { DomainError } from '../../domain.errors';
import { isDn, normalizeDn } from '../distinguishedName';
import type { EntryReference } from '../directory.types';
import { isUuid } from '../uuid';
import type { OtdsCollection, OtdsConnection, OtdsObject, OtdsQuery } from './otds.types';
import { uuidOfDn, valuesOf } from './otdsObject';

type Fits = (object: OtdsObject) => boolean;

/** One reading of a reference: those that come first win. */
interface Reading {
	fits: Fits;
	/** No two objects fit: the first one is the one. */
	isUnique: boolean;
}

/** The one object a reference means; undefined when there is none. @throws DomainError when there are several */
export async function lookUp(
	connection: OtdsConnection,
	collection: OtdsCollection,
	reference: EntryReference,
): Promise<OtdsObject | undefined> {
	const value = reference.value.trim();
	if (value === '') throw unnamed(collection);
	const readings = readingsOf({ ...reference, value });
	const direct = await addressed(connection, collection, value, readings);
	if (direct !== undefined) return direct;
	const filtered = isAddress(value) ? undefined : await narrowed(connection, collection, value);
	return (
		bestOf(filtered === undefined ? [] : await matches(filtered, readings), collection, value) ??
		bestOf(await matches(objectsOf(connection, collection, {}), readings), collection, value)
	);
}

/** All objects of a collection, one after another. */
export async function* objectsOf(
	connection: OtdsConnection,
	collection: OtdsCollection,
	query: OtdsQuery,
): AsyncGenerator<OtdsObject, void, undefined> {
	for await (const { objects } of connection.walk(collection, query)) yield* objects;
}

/** Whether a refusal means that there is nothing to see: roles are of no concern to who administers one partition only. */
export const isOutOfSight = (error: unknown): boolean =>
	error instanceof DomainError && ['permission-denied', 'not-found'].includes(error.failure);

function readingsOf({ by, value }: EntryReference): Reading[] {
	const wanted = folded(value);
	const is = (text: string): boolean => folded(text) === wanted;
	const full: Reading = { fits: ({ name, partition }) => is(`${name}@${partition}`), isUnique: true };
	const named: Reading = { fits: ({ name, id }) => is(name) || is(id), isUnique: false };
	const mail: Reading = { fits: (object) => valuesOf(object, 'mail').some(is), isUnique: false };
	const uuid: Reading = { fits: (object) => object.uuid === wanted, isUnique: true };
	switch (by) {
		case 'dn':
			return [byDn(value)];
		case 'id':
			return [...(isDn(value) ? [byDn(value)] : []), uuid, full, named];
		case 'mail':
			return [mail];
		case 'username':
			return [full, named];
		case 'name':
			return [full, named, { fits: (object) => valuesOf(object, 'displayName').some(is), isUnique: false }];
		case 'auto':
			return [
				...(isDn(value) ? [byDn(value)] : []),
				...(isUuid(value) ? [uuid] : []),
				full,
				...(value.includes('@') ? [mail] : []),
				named,
			];
	}
}

/** The uuid in a DN of OTDS outlives a move, and is the same in both kinds of DN. Other DNs are compared with where objects stand. */
function byDn(dn: string): Reading {
	const uuid = uuidOfDn(dn);
	if (uuid !== undefined) return { fits: (object) => object.uuid === uuid, isUnique: true };
	const wanted = normalizeDn(dn);
	const stands = (object: OtdsObject): readonly string[] => [object.location, ...valuesOf(object, 'entryDN')];
	return {
		fits: (object) => stands(object).some((own) => isDn(own) && normalizeDn(own) === wanted),
		isUnique: true,
	};
}

/** By address, for readings that only one object can fit: what another reading means has to be looked for everywhere. */
async function addressed(
	connection: OtdsConnection,
	collection: OtdsCollection,
	value: string,
	readings: readonly Reading[],
): Promise<OtdsObject | undefined> {
	const unique = readings.filter(({ isUnique }) => isUnique);
	if (unique.length === 0 || !(value.includes('@') || isAddress(value))) return undefined;
	const addresses = new Set([uuidOfDn(value) ?? value, value]);
	for (const address of addresses) {
		const object = await objectAt(connection, collection, address);
		if (
			object !== undefined &&
			inScope(connection, collection, object) &&
			unique.some(({ fits }) => fits(object))
		)
			return object;
	}
	return undefined;
}

const isAddress = (value: string): boolean => isUuid(value) || isDn(value);

/** undefined also for an address that the server finds odd: it is only a guess that it is one. */
export async function objectAt(
	connection: OtdsConnection,
	collection: OtdsCollection,
	address: string,
): Promise<OtdsObject | undefined> {
	try {
		return await connection.object(collection, address);
	} catch (error) {
		const isRefusedGuess =
			error instanceof DomainError &&
			error.recovery === 'skip' &&
			['configuration-invalid', 'permission-denied'].includes(error.failure);
		if (!isRefusedGuess) throw error;
		return undefined;
	}
}

/** What the server's own filter finds, which saves the walk through everybody. undefined = it does not take the text. */
async function narrowed(
	connection: OtdsConnection,
	collection: OtdsCollection,
	value: string,
): Promise<OtdsObject[] | undefined> {
	const found: OtdsObject[] = [];
	try {
		for await (const object of objectsOf(connection, collection, { filter: value })) found.push(object);
		return found;
	} catch (error) {
		if (!(error instanceof DomainError) || error.failure !== 'configuration-invalid') throw error;
		return undefined;
	}
}

/** Objects by reading; two are enough to see that a reading is ambiguous. */
async function matches(
	objects: Iterable<OtdsObject> | AsyncIterable<OtdsObject>,
	readings: readonly Reading[],
): Promise<OtdsObject[][]> {
	const found = readings.map((): OtdsObject[] => []);
	for await (const object of objects) {
		readings.forEach(({ fits }, index) => {
			if (fits(object)) found[index]?.push(object);
		});
		if (readings[0]?.isUnique === true && found[0]?.length === 1) break;
	}
	return found;
}

function bestOf(
	found: readonly OtdsObject[][],
	collection: OtdsCollection,
	value: string,
): OtdsObject | undefined {
	const best = found.find((objects) => objects.length > 0) ?? [];
	if (best.length > 1) throw ambiguous(collection, value, best);
	return best[0];
}

export const inScope = (
	{ settings: { partitions } }: OtdsConnection,
	collection: OtdsCollection,
	{ partition }: OtdsObject,
): boolean =>
	collection === 'roles' ||
	partitions.length === 0 ||
	partitions.some((name) => folded(name) === folded(partition));

/** As people compare names: without case, composition or blanks around. */
export const folded = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

const NOUNS: Record<OtdsCollection, string> = { users: 'person', groups: 'group', roles: 'role' };

const unnamed = (collection: OtdsCollection): DomainError =>
	new DomainError(`No ${NOUNS[collection]} was named`, {
		advice: `Enter the ${NOUNS[collection]}. If the field holds an expression, it was empty for this item.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});

function ambiguous(collection: OtdsCollection, value: string, found: readonly OtdsObject[]): DomainError {
	const places = found.slice(0, 5).map(({ name, partition }) => `${name} in the partition ${partition}`);
	return new DomainError(`"${value}" names more than one ${NOUNS[collection]}: ${places.join(' and ')}`, {
		advice: `Name the ${NOUNS[collection]} with its partition ("name@partition") or by its id, or name the partition in the credential.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
