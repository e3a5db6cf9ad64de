import { isSecretAttribute } from '../../attributeName';

export interface LoggedModification {
	operation: 'add' | 'delete' | 'replace';
	/** As the log spells it. */
	attribute: string;
	/** None: delete all values, or replace them by nothing. */
	values: Buffer[];
	/** It was written, but nobody can tell what. */
	isUnreadable?: true;
}

export interface ParsedLdif<T> {
	parsed: T;
	/** Some line could not be read: what the others say is true, but not all there is. */
	isDamaged: boolean;
}

interface Line {
	name: string;
	/** undefined = cannot be read. */
	value: Buffer | undefined;
}

/** RFC 2849 `attrval-record`s of an added entry, secrets left out. */
export function parseAddedValues(ldif: Buffer): ParsedLdif<Array<{ attribute: string; value: Buffer }>> {
	const parsed: Array<{ attribute: string; value: Buffer }> = [];
	let isDamaged = false;
	for (const text of linesOf(ldif)) {
		if (text === '' || text === '-') continue;
		const line = lineOf(text);
		if (line?.value === undefined) isDamaged ||= !isSecretLine(text);
		else parsed.push({ attribute: line.name, value: line.value });
	}
	return { parsed, isDamaged };
}

/** RFC 2849 `mod-spec`s: `replace: title`, `title: Nurse`, `-`. Secrets left out. */
export function parseModifications(ldif: Buffer): ParsedLdif<LoggedModification[]> {
	const parsed: LoggedModification[] = [];
	let isDamaged = false;
	let current: LoggedModification | undefined;
	let isSecret = false;
	for (const text of linesOf(ldif)) {
		if (text === '') continue;
		if (text === '-') {
			[current, isSecret] = [undefined, false];
			continue;
		}
		if (isSecret) continue;
		if (current === undefined) {
			const begun = beginningOf(text);
			if (begun === undefined) isDamaged = true;
			else if (isSecretAttribute(begun.attribute)) isSecret = true;
			else parsed.push((current = begun));
			continue;
		}
		const line = lineOf(text);
		const isItsValue = line?.name.toLowerCase() === current.attribute.toLowerCase();
		if (isItsValue && line?.value !== undefined) current.values.push(line.value);
		else isDamaged = current.isUnreadable = true;
	}
	return { parsed, isDamaged };
}

const OPERATIONS = ['add', 'delete', 'replace'] as const;

/** Anything else (`increment`) leaves values that nobody can tell. */
function beginningOf(text: string): LoggedModification | undefined {
	const match = /^(\w+): ?(\S+)$/.exec(text);
	const operation = OPERATIONS.find((known) => known === match?.[1]?.toLowerCase());
	const attribute = match?.[2];
	return operation === undefined || attribute === undefined
		? undefined
		: { operation, attribute, values: [] };
}

/** One byte a character, so that nothing is lost; the log ends in a NUL, and long lines are folded. */
function linesOf(ldif: Buffer): string[] {
	let end = ldif.length;
	while (end > 0 && ldif[end - 1] === 0) end--;
	const text = ldif.toString('latin1', 0, end);
	const unfolded = text.includes('\n ') ? text.replace(/\r?\n /g, '') : text;
	return unfolded.split(unfolded.includes('\r') ? /\r?\n/ : '\n');
}

const nameOf = (text: string): string => text.slice(0, Math.max(0, text.indexOf(':')));

const isSecretLine = (text: string): boolean => isSecretAttribute(nameOf(text));

/** undefined = no line of a value, or one of a secret. Values by URL (`:<`) are never followed. */
function lineOf(text: string): Line | undefined {
	const name = nameOf(text);
	if (name === '' || isSecretAttribute(name)) return undefined;
	const rest = text.slice(name.length + 1);
	if (rest.startsWith('<')) return { name, value: undefined };
	if (!rest.startsWith(':')) return { name, value: Buffer.from(rest.replace(/^ +/, ''), 'latin1') };
	const encoded = rest.slice(1).trim();
	const isBase64 = encoded.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded);
	return { name, value: isBase64 ? Buffer.from(encoded, 'base64') : undefined };
}
