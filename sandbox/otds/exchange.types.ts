import type { JsonBody } from './bodies.ts';
import type { Login, Logins } from './logins.ts';
import type { OtdsStore } from './otdsStore.ts';
import type { Paging } from './paging.ts';

/** One authenticated request below `/rest`. */
export interface Exchange {
	login: Login;
	query: URLSearchParams;
	/** The decoded path segments that the route's `:` stand for. */
	parameters: string[];
	/** @throws Refusal 400 or 415 */
	body(): JsonBody;
}

export interface Answer {
	status: number;
	/** JSON text; absent = no content. */
	json?: string;
	/** Instead of JSON: what a proxy on the way would answer. */
	html?: string;
	headers?: Record<string, string>;
}

export interface Route {
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** Segments below `/rest`; `:` = any. */
	path: string;
	answer(exchange: Exchange): Answer;
}

/** What routes work on. */
export interface Server {
	store: OtdsStore;
	logins: Logins;
	paging: Paging;
}

export const NO_CONTENT: Answer = { status: 204 };
export const ok = (body: unknown): Answer => ({ status: 200, json: JSON.stringify(body) });
