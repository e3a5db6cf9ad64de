import { createHash } from 'node:crypto';

import { DomainError } from '../../domain.errors';
import type { OtdsCollection, OtdsJson, OtdsObject, OtdsPage } from './otds.types';
import { isFields, objectOf } from './otdsObject';

/** Attributes that a login writes, successful or not: a difference in them alone is no change. Inferred, not documented. */
export const LOGIN_ATTRIBUTES: readonly string[] = [
	'oTLastLoginTimestamp',
	'oTLastLoginTime',
	'oTLastFailedLoginTimestamp',
	'oTFailedLoginCount',
	'oTLoginCount',
	'lastLoginTime',
	'pwdFailureTime',
	'pwdLastSuccess',
	'modifyTimestamp',
];

/**
 * What a fingerprint leaves out. A quote inside a JSON text is written \", so that no value can look like one of these keys; and a
 * list of timestamps holds no bracket.
 */
const PASSING = new RegExp(
	String.raw`"(?:(?:${LOGIN_ATTRIBUTES.join('|')})"\s*:\s*\[[^\]]*\]|nextPageCookie"\s*:\s*(?:"(?:[^"\\]|\\.)*"|null))`,
	'g',
);

const COOKIE = '"nextPageCookie"';
/** Pages remembered as well-formed; more than any walk has, and forgotten together. */
const KNOWN_PAGES = 20_000;

/** A page as it was answered. Objects are read when they are asked for: a page that is known by its fingerprint need not be. */
export class AnsweredPage implements OtdsPage {
	#objects: OtdsObject[] | undefined;
	#answered: (() => readonly OtdsJson[]) | undefined;

	constructor(
		readonly fingerprint: string,
		/** undefined = this was the last page. */
		readonly cookie: string | undefined,
		readonly isEmpty: boolean,
		answered: () => readonly OtdsJson[],
	) {
		this.#answered = answered;
	}

	get objects(): OtdsObject[] {
		if (this.#objects) return this.#objects;
		if (!this.#answered) throw new TypeError('the page was left');
		return (this.#objects = this.#answered().map(objectOf));
	}

	/** Before the next page is waited for: whoever still holds this one must not keep its text and objects alive meanwhile. */
	leave(): void {
		this.#objects = undefined;
		this.#answered = undefined;
	}
}

/**
 * Reads answers as pages. Of a page that was read before and has the same fingerprint now, only the cookie is news: it is not parsed
 * again, which makes a walk over unchanged pages cheaper than reading them, in time and in memory.
 */
export class PageReader {
	/** Fingerprint → whether the page is empty. */
	readonly #known = new Map<string, boolean>();

	/**
	 * @param parse reads the whole answer as JSON, or throws
	 * @throws DomainError when the answer holds no list of that collection: a broken answer must never look like an empty one
	 */
	read(collection: OtdsCollection, text: string, parse: () => OtdsJson | undefined): AnsweredPage {
		const { fingerprint, cookies } = outlineOf(text);
		const answered = (): readonly OtdsJson[] => listIn(collection, parse()).list;
		const isEmpty = this.#known.get(fingerprint);
		// More than one cookie in the text: only a parser can tell which is the page's own.
		if (isEmpty !== undefined && cookies.length === 1) {
			return new AnsweredPage(fingerprint, cookieIn(cookies[0]), isEmpty, answered);
		}
		const { list, cookie } = listIn(collection, parse());
		if (this.#known.size >= KNOWN_PAGES) this.#known.clear();
		this.#known.set(fingerprint, list.length === 0);
		return new AnsweredPage(fingerprint, cookie, list.length === 0, () => list);
	}
}

function listIn(
	collection: OtdsCollection,
	json: OtdsJson | undefined,
): { list: readonly OtdsJson[]; cookie: string | undefined } {
	const list = isFields(json) ? json[collection] : undefined;
	if (!isFields(json) || !Array.isArray(list)) throw noPage(collection);
	return { list, cookie: cookieOf(json.nextPageCookie) };
}

const cookieOf = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;

/** `"nextPageCookie":"…"` or `"nextPageCookie":null`. */
function cookieIn(member: string | undefined): string | undefined {
	const fields: unknown = JSON.parse(`{${member ?? ''}}`);
	return typeof fields === 'object' && fields !== null && 'nextPageCookie' in fields
		? cookieOf(fields.nextPageCookie)
		: undefined;
}

/**
 * Tells whether a walk goes in circles. By the objects: OpenText's samples show one and the same cookie for different lists, so that
 * it may name the search and stay while the pages advance.
 */
export class CircleGuard {
	readonly #seen = new Set<string>();

	/** @throws DomainError when the same page came before */
	check(page: AnsweredPage): void {
		if (page.cookie === undefined) return;
		const key = page.isEmpty ? page.cookie : page.fingerprint;
		if (this.#seen.has(key)) throw goesInCircles();
		this.#seen.add(key);
	}
}

/** Over the text, which costs less than half of reading it as JSON. */
function outlineOf(text: string): { fingerprint: string; cookies: string[] } {
	const hash = createHash('sha1');
	const cookies: string[] = [];
	let read = 0;
	for (const { index, 0: passing } of text.matchAll(PASSING)) {
		hash.update(text.slice(read, index));
		read = index + passing.length;
		if (passing.startsWith(COOKIE)) cookies.push(passing);
	}
	hash.update(text.slice(read));
	return { fingerprint: hash.digest('base64'), cookies };
}

const noPage = (collection: OtdsCollection): DomainError =>
	new DomainError(`OTDS answered a page without a list of ${collection}`, {
		advice: 'It is tried again later. If it stays, check that the base URL is that of OTDS 22.1 or later.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});

export const goesInCircles = (): DomainError =>
	new DomainError('OTDS sends the same page again and again', {
		advice: 'It is tried again later. If it stays, choose another page size in the credential.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
