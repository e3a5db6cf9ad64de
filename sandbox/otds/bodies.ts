import { badRequest } from './otds.errors.ts';

export type JsonBody = Record<string, unknown>;

/** @throws Refusal 400 */
export function jsonObject(text: string): JsonBody {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw badRequest('The body is not JSON');
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw badRequest('The body is not a JSON object');
	return value as JsonBody;
}

/** A property of the body's own: what it inherits is none of the client's. */
const own = (body: JsonBody, name: string): unknown => (Object.hasOwn(body, name) ? body[name] : undefined);

export function requiredText(body: JsonBody, name: string): string {
	const value = own(body, name);
	if (typeof value !== 'string' || value === '') throw badRequest(`${name} has to be a text`);
	return value;
}

export function optionalText(body: JsonBody, name: string): string | undefined {
	const value = own(body, name) ?? undefined;
	if (value !== undefined && typeof value !== 'string') throw badRequest(`${name} has to be a text`);
	return value;
}

/** `[{name, values: [text]}]`; absent = none. */
export function attributeValues(body: JsonBody): Array<[string, string[]]> {
	const list = own(body, 'values') ?? [];
	if (!Array.isArray(list)) throw badRequest('values has to be a list of {name, values}');
	return list.map((item: unknown) => {
		if (typeof item !== 'object' || item === null)
			throw badRequest('values has to be a list of {name, values}');
		const name = requiredText(item as JsonBody, 'name');
		const values = texts(own(item as JsonBody, 'values'));
		if (!values) throw badRequest(`The values of ${name} have to be a list of texts`);
		return [name, values];
	});
}

/** `{"stringList": ["Group@Partition"]}` */
export function stringList(body: JsonBody): string[] {
	const list = texts(own(body, 'stringList'));
	if (!list || list.length === 0) throw badRequest('stringList has to be a list of texts');
	return list;
}

/** Custom attributes are written as `custom:<name>` among the values; this list is not simulated beyond being empty. */
export function refuseCustomAttributes(body: JsonBody): void {
	const list = own(body, 'customAttributes') ?? [];
	if (!Array.isArray(list) || list.length > 0)
		throw badRequest('customAttributes has to be an empty list here');
}

function texts(value: unknown): string[] | undefined {
	return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
