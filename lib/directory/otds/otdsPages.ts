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

/** A page as it was answered. Objects are read when they are asked for: a page that is known by its fingerprint need not be. */
export class AnsweredPage implements OtdsPage {
	readonly fingerprint: string;
	/** undefined = this was the last page. */
	readonly cookie: string | undefined;
	readonly #answered: readonly OtdsJson[];
	#objects: OtdsObject[] | undefined;

	/** @throws DomainError when the answer holds no list of that collection: a broken answer must never look like an empty one */
	constructor(collection: OtdsCollection, text: string, json: OtdsJson | undefined) {
		const answered = isFields(json) ? json[collection] : undefined;
		if (!isFields(json) || !Array.isArray(answered)) throw noPage(collection);
		const cookie = json.nextPageCookie;
		this.cookie = typeof cookie === 'string' && cookie !== '' ? cookie : undefined;
		this.#answered = answered;
		this.fingerprint = fingerprintOf(text);
	}

	get isEmpty(): boolean {
		return this.#answered.length === 0;
	}

	get objects(): OtdsObject[] {
		return (this.#objects ??= this.#answered.map(objectOf));
	}
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
function fingerprintOf(text: string): string {
	const hash = createHash('sha1');
	for (const part of text.split(PASSING)) hash.update(part);
	return hash.digest('base64');
}

const noPage = (collection: OtdsCollection): DomainError =>
	new DomainError(`OTDS answered a page without a list of ${collection}`, {
		advice: 'It is tried again later. If it stays, check that the base URL is that of OTDS 22.1 or later.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});

const goesInCircles = (): DomainError =>
	new DomainError('OTDS sends the same page again and again', {
		advice: 'It is tried again later. If it stays, choose another page size in the credential.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
