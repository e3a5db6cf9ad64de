import { DomainError } from '../../domain.errors';
import type { PersonAttributes } from '../directory.client';
import type { Person } from '../directory.types';
import { isSecretAttribute } from '../attributeName';
import { personNotFound } from '../personLookup';
import type { OtdsConnection, OtdsObject } from './otds.types';
import { valuesOf } from './otdsObject';
import { objectsOf } from './otdsLookup';
import { freshObjectOf, rememberedPersonOf } from './otdsPersons';
import { currentObject, requireWritable } from './otdsWriting';

/** People who are read at the same time. */
const AT_ONCE = 4;
const PACKED = '{"directoryPush":[';

/** Records in attributes of people. In a single-valued attribute they are packed into one text. */
export class OtdsPersonAttributes implements PersonAttributes {
	readonly #connection: OtdsConnection;
	/** uuids: what was read before is no longer what the server has. */
	readonly #written = new Set<string>();

	constructor(connection: OtdsConnection) {
		this.#connection = connection;
	}

	async read(persons: readonly Person[], attribute: string): Promise<Map<string, string[]>> {
		requireUsable(attribute);
		const found = new Map(persons.map(({ id }): [string, string[]] => [id, []]));
		const waiting = persons.values();
		const reader = async (): Promise<void> => {
			for (const person of waiting) found.set(person.id, await this.#valuesOf(person, attribute));
		};
		await Promise.all(Array.from({ length: AT_ONCE }, reader));
		return found;
	}

	async write(person: Person, attribute: string, values: readonly string[]): Promise<void> {
		requireUsable(attribute);
		const object = await currentObject(this.#connection, person);
		if (object === undefined) throw personNotFound({ by: 'id', value: person.username ?? person.id });
		await requireWritable(this.#connection, object.partition);
		this.#requireOwn(object, attribute);
		const wanted = this.#packed(values);
		this.#written.add(person.id);
		await this.#patch(object, attribute, wanted);
		const kept = await currentObject(this.#connection, person);
		if (kept === undefined || !sameSet(valuesOf(kept, attribute), wanted))
			throw notKept(attribute, wanted.length);
	}

	async *all(attribute: string): AsyncGenerator<{ person: Person; values: string[] }, void, undefined> {
		requireUsable(attribute);
		for await (const object of objectsOf(this.#connection, 'users', {})) {
			const values = valuesOf(object, attribute).flatMap(recordsIn);
			if (values.length > 0) yield { person: rememberedPersonOf(object, this.#connection.settings), values };
		}
	}

	async #patch({ id, partition }: OtdsObject, attribute: string, values: string[]): Promise<void> {
		try {
			await this.#connection.send('PATCH', ['users', id], {
				userPartitionID: partition,
				values: [{ name: attribute, values }],
			});
		} catch (error) {
			const isRefused = error instanceof DomainError && error.failure === 'configuration-invalid';
			throw isRefused ? notStored(error.message, values.length, error) : error;
		}
	}

	async #valuesOf(person: Person, attribute: string): Promise<string[]> {
		const known = this.#written.has(person.id) ? undefined : freshObjectOf(person);
		const object = known ?? (await currentObject(this.#connection, person));
		return object === undefined ? [] : valuesOf(object, attribute).flatMap(recordsIn);
	}

	/** All in one value leaves no room for the value of somebody else: packed with ours, its own program would not know it again. */
	#requireOwn(object: OtdsObject, attribute: string): void {
		if (this.#connection.settings.recordValues !== 'one') return;
		if (valuesOf(object, attribute).every((value) => value === '' || listOf(value) !== undefined)) return;
		throw new DomainError(`"${attribute}" of ${object.name} already holds a value that is no record`, {
			advice:
				'Something else uses this attribute. Choose another attribute in the credential, or clear the value if nobody needs it.',
			recovery: 'skip',
			failure: 'configuration-invalid',
		});
	}

	#packed(values: readonly string[]): string[] {
		const isPacked = this.#connection.settings.recordValues === 'one';
		return isPacked && values.length > 0 ? [JSON.stringify({ directoryPush: values })] : [...values];
	}
}

/** Also when records are kept one a value: the setting may have changed since they were written. What is no array is kept as it is. */
export function recordsIn(value: string): string[] {
	return value === '' ? [] : (listOf(value) ?? [value]);
}

/** `{"directoryPush":["…","…"]}`: a list of somebody else's is not mistaken for it. */
function listOf(value: string): string[] | undefined {
	if (!value.startsWith(PACKED)) return undefined;
	try {
		const { directoryPush: texts }: { directoryPush?: unknown } = JSON.parse(value) as object;
		return Array.isArray(texts) && texts.every((text) => typeof text === 'string') ? texts : undefined;
	} catch {
		return undefined;
	}
}

const sameSet = (one: readonly string[], other: readonly string[]): boolean => {
	const [left, right] = [new Set(one.filter((value) => value !== '')), new Set(other)];
	return left.size === right.size && [...left].every((value) => right.has(value));
};

function requireUsable(attribute: string): void {
	if (/^[a-z][\w:.-]*$/i.test(attribute) && !isSecretAttribute(attribute)) return;
	throw new DomainError(
		attribute === '' ? 'No attribute was chosen for the records' : `"${attribute}" cannot hold records`,
		{
			advice:
				'Choose an attribute that nothing else uses in the credential, e.g. "oTExtraAttr0" or "custom:devices".',
			recovery: 'abort',
			failure: 'configuration-invalid',
		},
	);
}

const notKept = (attribute: string, count: number): DomainError =>
	notStored(`OTDS accepted ${count} values for "${attribute}" and kept something else`, count);

const notStored = (message: string, count: number, cause?: DomainError): DomainError =>
	new DomainError(message, {
		advice:
			count > 1
				? 'The attribute may hold a single value: choose Values per Record Attribute = One Value Holding All Records in the credential, or another attribute.'
				: 'The attribute may be unknown, too short, read-only, or filled by an import: choose another attribute in the credential.',
		recovery: 'abort',
		failure: 'configuration-invalid',
		code: cause?.code,
		cause,
	});
