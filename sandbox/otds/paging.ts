import { randomBytes } from 'node:crypto';

import { badRequest } from './otds.errors.ts';
import type { StoredObject } from './stored.types.ts';

/** Cookies that are remembered; the oldest go first. */
const KEPT_COOKIES = 10_000;
const USUAL_PAGE = 250;

interface Bookmark {
	/** Whose walk through what: a cookie is good for nothing else. */
	walk: string;
	after: number;
	/** Objects that were answered before, for `limit`. */
	answered: number;
}

export interface Page {
	objects: StoredObject[];
	requestedPageSize: number;
	nextPageCookie: string | null;
}

/** Hands out pages and the cookies to go on with. */
export class Paging {
	readonly #largestPage: number;
	#bookmarks = new Map<string, Bookmark>();

	constructor(largestPage: number) {
		this.#largestPage = largestPage;
	}

	forgetAll(): void {
		this.#bookmarks = new Map();
	}

	/**
	 * One page of what `source` yields after an object's number.
	 * @param walk who asks for what, without page size and cookie
	 * @throws Refusal 400 for a cookie that is unknown or belongs to another walk
	 */
	page(query: URLSearchParams, walk: string, source: (after: number) => Iterable<StoredObject>): Page {
		const requestedPageSize = positive(query, 'page_size') ?? USUAL_PAGE;
		const limit = positive(query, 'limit') ?? Infinity;
		const bookmark = this.#bookmark(query.get('next_page_cookie'), walk);
		const room = Math.min(requestedPageSize, this.#largestPage, limit - bookmark.answered);
		const objects: StoredObject[] = [];
		let more = false;
		for (const object of source(bookmark.after)) {
			more = objects.length >= room;
			if (more) break;
			objects.push(object);
		}
		const last = objects.at(-1);
		const answered = bookmark.answered + objects.length;
		if (!more || !last || answered >= limit) return { objects, requestedPageSize, nextPageCookie: null };
		return {
			objects,
			requestedPageSize,
			nextPageCookie: this.#remember({ walk, after: last.sequence, answered }),
		};
	}

	#bookmark(cookie: string | null, walk: string): Bookmark {
		if (cookie === null || cookie === '') return { walk, after: 0, answered: 0 };
		const bookmark = this.#bookmarks.get(cookie);
		if (bookmark?.walk !== walk) throw badRequest('The page cookie is not valid');
		return bookmark;
	}

	#remember(bookmark: Bookmark): string {
		// Base64 with + / and =, as the server's: who does not encode it for the query loses it.
		const cookie = `${randomBytes(15).toString('base64').slice(0, 20)}+/==`;
		this.#bookmarks.set(cookie, bookmark);
		for (const oldest of this.#bookmarks.keys()) {
			if (this.#bookmarks.size <= KEPT_COOKIES) break;
			this.#bookmarks.delete(oldest);
		}
		return cookie;
	}
}

function positive(query: URLSearchParams, name: string): number | undefined {
	const text = query.get(name);
	if (text === null || text === '') return undefined;
	const number = Number(text);
	if (!Number.isSafeInteger(number) || number < 1) throw badRequest(`${name} has to be a positive number`);
	return number;
}
