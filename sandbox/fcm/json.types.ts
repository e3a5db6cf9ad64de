/** A parsed JSON value (RFC 8259). */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
	[name: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of names, undefined when any step is absent. Own properties only: a hostile `__proto__` finds nothing. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
	let found = value;
	for (const name of path) {
		if (!isObject(found) || !Object.hasOwn(found, name)) return undefined;
		found = found[name];
	}
	return found;
}

export function textAt(value: Json | undefined, ...path: string[]): string | undefined {
	const found = at(value, ...path);
	return typeof found === 'string' ? found : undefined;
}

/** Parses text; undefined when it is not JSON. */
export function parseJson(text: string): Json | undefined {
	try {
		const parsed: Json = JSON.parse(text);
		return parsed;
	} catch {
		return undefined;
	}
}
