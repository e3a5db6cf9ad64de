import type { FieldViolation } from './google.errors.ts';
import type { Json, JsonObject } from './json.types.ts';
import { isObject } from './json.types.ts';

/**
 * The proto3 JSON mapping (protobuf.dev/programming-guides/json), as strict as Google's API front: a name that is not in the
 * message is refused, both spellings of a name are taken, null means "not set".
 */
export type FieldType =
	| { kind: 'string' | 'bool' | 'int32' | 'float' | 'duration' | 'timestamp' | 'struct' | 'stringMap' }
	| { kind: 'enum'; name: string; values: readonly string[] }
	| { kind: 'list'; of: FieldType }
	| { kind: 'message'; fields: Readonly<Record<string, FieldType>>; oneof?: readonly string[] };

type MessageType = Extract<FieldType, { kind: 'message' }>;

/**
 * Checks a value and returns it with lowerCamelCase field names; every problem found is added to `violations`.
 * @param path the field's place in proto spelling, e.g. `message.android`
 */
export function readField(value: Json, type: FieldType, path: string, violations: FieldViolation[]): Json {
	if (type.kind === 'message') return readMessage(value, type, path, violations);
	if (type.kind === 'list') {
		if (!Array.isArray(value)) return refuse(value, type, path, violations);
		return value.map((entry, index) => readField(entry, type.of, `${path}[${index}]`, violations));
	}
	if (type.kind === 'stringMap') return readStringMap(value, path, violations);
	if (!scalarFits(value, type)) return refuse(value, type, path, violations);
	return value;
}

function readMessage(value: Json, type: MessageType, path: string, violations: FieldViolation[]): Json {
	if (!isObject(value)) return refuse(value, type, path, violations);
	const read: JsonObject = {};
	const taken: string[] = [];
	for (const [name, inner] of Object.entries(value)) {
		const field = fieldOf(type, name);
		if (!field) {
			violations.push({ field: path, description: unknownName(name, path) });
			continue;
		}
		if (inner === null) continue;
		const innerPath = path === '' ? field.name : `${path}.${field.name}`;
		const other = taken.find((one) => one === field.name || bothInOneof(type, one, field.name));
		if (other !== undefined) {
			violations.push({ field: path, description: alreadySet(path, other, field.name) });
			continue;
		}
		taken.push(field.name);
		read[camelCase(field.name)] = readField(inner, field.type, innerPath, violations);
	}
	return read;
}

function readStringMap(value: Json, path: string, violations: FieldViolation[]): Json {
	if (!isObject(value)) return refuse(value, { kind: 'stringMap' }, path, violations);
	Object.entries(value).forEach(([name, entry], index) => {
		const parts: Array<[string, Json]> = [
			['key', name],
			['value', entry],
		];
		for (const [part, text] of parts) {
			if (!scalarFits(text, TEXT)) refuse(text, TEXT, `${path}[${index}].${part}`, violations);
		}
	});
	return value;
}

const TEXT: FieldType = { kind: 'string' };

/** Proto strings are UTF-8, which cannot say half a surrogate pair. */
const isWhole = (text: string): boolean => !/\p{Cs}/u.test(text);

function scalarFits(value: Json, type: FieldType): boolean {
	switch (type.kind) {
		case 'string':
			return typeof value === 'string' && isWhole(value);
		case 'bool':
			return typeof value === 'boolean';
		case 'int32': {
			const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
			return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < 2 ** 31;
		}
		case 'float':
			return typeof value === 'number';
		case 'duration':
			return typeof value === 'string' && /^-?\d+(\.\d{1,9})?s$/.test(value);
		case 'timestamp':
			return typeof value === 'string' && isTimestamp(value);
		case 'enum':
			if (typeof value === 'number')
				return Number.isInteger(value) && value >= 0 && value < type.values.length;
			return typeof value === 'string' && type.values.includes(value.toUpperCase());
		case 'struct':
			return isObject(value);
		default:
			return false;
	}
}

function isTimestamp(text: string): boolean {
	return (
		/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text) &&
		!Number.isNaN(Date.parse(text))
	);
}

function fieldOf(type: MessageType, name: string): { name: string; type: FieldType } | undefined {
	const proto = Object.keys(type.fields).find((field) => field === name || camelCase(field) === name);
	const found = proto === undefined ? undefined : type.fields[proto];
	return proto === undefined || found === undefined ? undefined : { name: proto, type: found };
}

const bothInOneof = (type: MessageType, one: string, other: string): boolean =>
	type.oneof?.includes(one) === true && type.oneof.includes(other);

const camelCase = (name: string): string =>
	name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

const unknownName = (name: string, path: string): string =>
	`Invalid JSON payload received. Unknown name ${JSON.stringify(name)}${path === '' ? '' : ` at '${path}'`}: Cannot find field.`;

const alreadySet = (path: string, first: string, second: string): string =>
	first === second
		? `Invalid value at '${path}.${second}', the field is set twice.`
		: `Invalid value at '${path}' (oneof), oneof field 'target' is already set. Cannot set '${second}'`;

function refuse(value: Json, type: FieldType, path: string, violations: FieldViolation[]): Json {
	violations.push({
		field: path,
		description: `Invalid value at '${path}' (${typeName(type)}), ${JSON.stringify(value)}`,
	});
	return null;
}

function typeName(type: FieldType): string {
	switch (type.kind) {
		case 'enum':
			return `type.googleapis.com/google.firebase.fcm.v1.${type.name}`;
		case 'duration':
			return 'type.googleapis.com/google.protobuf.Duration';
		case 'timestamp':
			return 'type.googleapis.com/google.protobuf.Timestamp';
		case 'struct':
			return 'type.googleapis.com/google.protobuf.Struct';
		case 'stringMap':
			return 'Map';
		case 'message':
		case 'list':
			return type.kind;
		default:
			return `TYPE_${type.kind.toUpperCase()}`;
	}
}
