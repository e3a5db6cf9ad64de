/** A JSON value as the n8n API returns it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/**
 * Reads n8n's saved run data: a list of values in which every string inside an object or list is the index of the value that
 * stands there, the first being the root. Circular references are left out, since nothing we look at is one.
 */
export function readFlatted(text: string): JsonValue {
	const parsed: JsonValue = JSON.parse(text);
	if (!Array.isArray(parsed))
		throw new Error('The saved execution is not in the expected format (a list of values)');
	return unfold(parsed[0] ?? null, parsed, new Set([0]));
}

function unfold(value: JsonValue, all: JsonValue[], open: Set<number>): JsonValue {
	if (Array.isArray(value)) return value.map((entry) => follow(entry, all, open));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, follow(entry, all, open)]));
}

function follow(reference: JsonValue, all: JsonValue[], open: Set<number>): JsonValue {
	if (typeof reference !== 'string') return unfold(reference, all, open);
	const index = Number(reference);
	const value = all[index];
	if (value === undefined || open.has(index)) return null;
	if (typeof value === 'string') return value;
	return unfold(value, all, new Set(open).add(index));
}
