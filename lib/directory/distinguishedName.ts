import { DomainError } from '../domain.errors';
import type { Rdn } from './directory.client';

/** One level of a DN: several assertions when it is multi-valued (`cn=A+uid=a`). Innermost level first. */
export type DnLevel = Rdn[];

const BACKSLASH = '\\';

/** RFC 4514 §2.4: a value as it may stand in a DN. */
export function escapeDnValue(value: string): string {
	const last = [...value].length - 1;
	return [...value]
		.map((character, index) => {
			if (HEX_ESCAPED.has(character)) return HEX_ESCAPED.get(character);
			const special = '\\",+<>;='.includes(character);
			const edge = (index === 0 && '# '.includes(character)) || (index === last && character === ' ');
			return special || edge ? `${BACKSLASH}${character}` : character;
		})
		.join('');
}
const HEX_ESCAPED = new Map([
	['\0', '\\00'],
	['\n', '\\0A'],
	['\r', '\\0D'],
]);

/** `[{attribute: 'cn', value: 'a,b'}, {attribute: 'ou', value: 'x'}]` under `dc=y` → `cn=a\,b,ou=x,dc=y`. */
export function buildDn(path: readonly Rdn[], under: string): string {
	const own = path.map(({ attribute, value }) => {
		if (!/^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)$/i.test(attribute) || value === '')
			throw unusable(`${attribute}=${value}`);
		return `${attribute}=${escapeDnValue(value)}`;
	});
	return [...own, ...(under === '' ? [] : [under])].join(',');
}

/** RFC 4514 §3; also takes `;` as separator and blanks around `=` and `,` as RFC 2253 asked readers to. */
export function parseDn(dn: string): DnLevel[] {
	if (dn.trim() === '') return [];
	const levels: DnLevel[] = [];
	const reader = new DnReader(dn);
	do {
		const level: DnLevel = [];
		do level.push(reader.assertion());
		while (reader.passed('+'));
		levels.push(level);
	} while (reader.passed(',') || reader.passed(';'));
	if (!reader.done) throw unusable(dn);
	return levels;
}

export function isDn(text: string): boolean {
	try {
		return parseDn(text).length > 0;
	} catch (error) {
		if (error instanceof DomainError) return false;
		throw error;
	}
}

/**
 * The same text for DNs that name the same entry: no difference in case, escapes, inner blanks or order within a level. Attributes
 * are compared as directories name people and groups, without case; two spellings of a type (`cn`, `2.5.4.3`) stay different.
 */
export const normalizeDn = (dn: string): string =>
	PLAIN_DN.test(dn) ? dn.toLowerCase() : parseDn(dn).map(normalizeLevel).join(',');

/** Nothing to unescape, to fold or to sort: most DNs are such, and long groups hold very many. */
const PLAIN_DN = /^[a-z][a-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*(?:,[a-z][a-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*)*$/i;

const normalizeLevel = (level: DnLevel): string =>
	level
		.map(({ attribute, value }) => `${attribute.toLowerCase()}=${escapeDnValue(foldValue(value))}`)
		.sort()
		.join('+');

const foldValue = (value: string): string =>
	value.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');

export const sameDn = (one: string, other: string): boolean => normalizeDn(one) === normalizeDn(other);

/** Whether `dn` is `ancestor` or lies below it. The empty DN is above all. */
export function isBelow(dn: string, ancestor: string): boolean {
	// No comma of theirs is escaped: each is the end of a level.
	if (PLAIN_DN.test(dn) && PLAIN_DN.test(ancestor))
		return `,${dn.toLowerCase()}`.endsWith(`,${ancestor.toLowerCase()}`);
	const levels = parseDn(dn).map(normalizeLevel);
	const above = parseDn(ancestor).map(normalizeLevel);
	return (
		above.length <= levels.length &&
		above.every((level, index) => levels[levels.length - above.length + index] === level)
	);
}

/**
 * A DN that a person may have written relative to the base DN. It is whole when it lies below the base DN or below one of the
 * server's naming contexts: what we keep need not live where people are looked for.
 */
export const absoluteDn = (dn: string, baseDn: string, namingContexts: readonly string[] = []): string => {
	if (dn.trim() === '') return baseDn;
	const isWhole = baseDn === '' || [baseDn, ...namingContexts].some((top) => top !== '' && isBelow(dn, top));
	return isWhole ? dn : `${dn},${baseDn}`;
};

/** The DN of the entry above; '' above the top. */
export const parentDn = (dn: string): string => {
	const levels = parseDn(dn).slice(1);
	return levels.map((level) => level.map((part) => buildDn([part], '')).join('+')).join(',');
};

class DnReader {
	readonly #dn: string;
	#at = 0;

	constructor(dn: string) {
		this.#dn = dn;
	}

	get done(): boolean {
		return this.#at >= this.#dn.length;
	}

	passed(separator: string): boolean {
		if (this.#dn[this.#at] !== separator) return false;
		this.#at++;
		return true;
	}

	assertion(): Rdn {
		const type = /\s*(?:oid\.)?([a-z][a-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*/iy;
		type.lastIndex = this.#at;
		const attribute = type.exec(this.#dn)?.[1];
		if (attribute === undefined) throw unusable(this.#dn);
		this.#at = type.lastIndex;
		const value = this.#dn[this.#at] === '#' ? this.#hexValue() : this.#textValue();
		return { attribute, value };
	}

	/** RFC 4514 §2.4: `#` and the BER of the value. Only strings can be compared with others, so the BER is read as one. */
	#hexValue(): string {
		const hex = /#((?:[0-9a-f]{2})+)\s*/iy;
		hex.lastIndex = this.#at;
		const digits = hex.exec(this.#dn)?.[1];
		if (digits === undefined) throw unusable(this.#dn);
		this.#at = hex.lastIndex;
		const bytes = Buffer.from(digits, 'hex');
		return bytes[1] === bytes.length - 2 ? bytes.subarray(2).toString('utf8') : `#${digits}`;
	}

	#textValue(): string {
		const bytes: Buffer[] = [];
		/** Bytes up to the last character that is no unescaped blank: those at the end do not count. */
		let kept = 0;
		const keep = (part: Buffer, isBlank: boolean): void => {
			bytes.push(part);
			if (!isBlank) kept = bytes.length;
		};
		for (;;) {
			const character = this.#character();
			if (character === undefined || ',;+'.includes(character)) break;
			if (character === BACKSLASH) keep(this.#escaped(), false);
			else if (character === '"' || character === '\0') throw unusable(this.#dn);
			else {
				this.#at += character.length;
				keep(Buffer.from(character), character === ' ');
			}
		}
		return Buffer.concat(bytes.slice(0, kept)).toString('utf8');
	}

	#character(): string | undefined {
		const point = this.#dn.codePointAt(this.#at);
		return point === undefined ? undefined : String.fromCodePoint(point);
	}

	#escaped(): Buffer {
		const hex = this.#dn.slice(this.#at + 1, this.#at + 3);
		if (/^[0-9a-f]{2}$/i.test(hex)) {
			this.#at += 3;
			return Buffer.from(hex, 'hex');
		}
		const character = this.#dn[this.#at + 1];
		if (character === undefined || !' "#+,;<=>\\'.includes(character)) throw unusable(this.#dn);
		this.#at += 2;
		return Buffer.from(character);
	}
}

const unusable = (dn: string): DomainError =>
	new DomainError(`"${dn}" is not a DN`, {
		advice: 'Write it like "cn=Nurses,ou=groups,dc=example,dc=org". A comma inside a name is written "\\,".',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
