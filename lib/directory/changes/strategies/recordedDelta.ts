import type { AccessLogRecord, RecordedModification } from './accessLogRecord';

/** Values of one attribute around a modify; undefined = the log does not say. */
export interface RecordedValues {
	/** As the log spelled it. */
	attribute: string;
	before: Buffer[] | undefined;
	after: Buffer[] | undefined;
	/** What was certainly added or taken away, also where before and after are unknown. */
	added: Buffer[];
	removed: Buffer[];
}

/** A record is asked several times: whether it matters, what it did, when a lock ends. */
const deltas = new WeakMap<AccessLogRecord, readonly RecordedValues[]>();

/** What a modify did to each attribute it touched, worked out from the log alone. */
export function deltaOf(record: AccessLogRecord): readonly RecordedValues[] {
	const delta = deltas.get(record) ?? workedOut(record);
	deltas.set(record, delta);
	return delta;
}

function workedOut(record: AccessLogRecord): RecordedValues[] {
	const groups = new Map<string, RecordedModification[]>();
	for (const modification of record.modifications) {
		const key = modification.attribute.toLowerCase();
		const known = groups.get(key);
		if (known) known.push(modification);
		else groups.set(key, [modification]);
	}
	return [...groups.values()].map((modifications) => attributeDelta(record, modifications));
}

function attributeDelta(record: AccessLogRecord, modifications: RecordedModification[]): RecordedValues {
	const attribute = modifications[0]?.attribute ?? '';
	const before = record.keepsOld ? record.old.buffers(attribute) : undefined;
	let current = before;
	let replacing: Buffer[] | undefined;
	for (const { operation, value } of modifications) {
		if (operation === '=') {
			// Several values of one replace arrive as several lines.
			replacing = value === undefined ? [] : [...(replacing ?? []), value];
			current = replacing;
			continue;
		}
		replacing = undefined;
		current = applied(current, operation, value);
	}
	return { attribute, before, after: current, ...difference(before, current, modifications) };
}

function applied(
	current: Buffer[] | undefined,
	operation: RecordedModification['operation'],
	value: Buffer | undefined,
): Buffer[] | undefined {
	if (operation === '-' && value === undefined) return [];
	if (current === undefined || value === undefined) return current;
	if (operation === '+') return [...current, value];
	if (operation === '-') return without(current, value);
	return current.map((number) => Buffer.from(String(Number(number.toString()) + Number(value.toString()))));
}

/** A delete may spell the value otherwise than it is stored: what cannot be found byte by byte is sought without case. */
function without(values: Buffer[], gone: Buffer): Buffer[] {
	const exact = values.findIndex((value) => value.equals(gone));
	const folded = gone.toString('utf8').toLowerCase();
	const index =
		exact >= 0 ? exact : values.findIndex((value) => value.toString('utf8').toLowerCase() === folded);
	return index < 0 ? values : values.toSpliced(index, 1);
}

function difference(
	before: Buffer[] | undefined,
	after: Buffer[] | undefined,
	modifications: RecordedModification[],
): Pick<RecordedValues, 'added' | 'removed'> {
	if (before && after) return { added: notIn(after, before), removed: notIn(before, after) };
	const valuesOf = (...operations: string[]): Buffer[] =>
		modifications.flatMap(({ operation, value }) =>
			value !== undefined && operations.includes(operation) ? [value] : [],
		);
	return { added: valuesOf('+'), removed: valuesOf('-') };
}

/** By a set: a group may have a hundred thousand members. */
function notIn(values: Buffer[], others: Buffer[]): Buffer[] {
	const known = new Set(others.map((value) => value.toString('latin1')));
	return values.filter((value) => !known.has(value.toString('latin1')));
}
