import type { IncomingMessage, ServerResponse } from 'node:http';

import { pause } from '../fcm/answers.ts';
import { readBody } from '../fcm/requestBody.ts';
import type { AccountLogin } from './account.routes.ts';
import { jsonObject } from './bodies.ts';
import type { Answer, Server } from './exchange.types.ts';
import { answerToken } from './oauthToken.endpoint.ts';
import type { OtdsFaults } from './otdsFaults.ts';
import type { OtdsRequest } from './otdsSimulator.types.ts';
import {
	badRequest,
	bodyTooLarge,
	methodNotAllowed,
	notFound,
	Refusal,
	unsupportedMediaType,
} from './otds.errors.ts';
import { Router } from './router.ts';

const LARGEST_BODY = 1024 * 1024;
/** The newest requests that are kept to be looked at. */
const KEPT_REQUESTS = 20_000;
const JSON_TYPE = 'application/json;charset=UTF-8';

/** Authenticates, routes and answers what arrives below the server's base path. */
export class OtdsRequests {
	readonly #basePath: string;
	readonly #server: Server;
	readonly #accounts: AccountLogin;
	readonly #faults: OtdsFaults;
	readonly #router: Router;
	readonly #listeners = new Set<(request: OtdsRequest) => void>();
	#requests: OtdsRequest[] = [];

	constructor(basePath: string, server: Server, accounts: AccountLogin, faults: OtdsFaults) {
		this.#basePath = basePath;
		this.#server = server;
		this.#accounts = accounts;
		this.#faults = faults;
		this.#router = new Router(server);
	}

	all(): OtdsRequest[] {
		return [...this.#requests];
	}

	reset(): void {
		this.#requests = [];
	}

	onRequest(listener: (request: OtdsRequest) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { path, query } = splitUrl(request.url ?? '/');
		const log = (status: number) =>
			this.#log({ method: request.method ?? '', path, query: Object.fromEntries(query), status });
		if (this.#faults.dropsConnections) {
			log(0);
			response.destroy();
			return;
		}
		const body = await readBody(request, LARGEST_BODY);
		if ('problem' in body && body.problem === 'broken') return;
		if (this.#faults.latencyMs > 0 && (await pause(this.#faults.latencyMs, response)) === 'hungUp') return;
		const answer = this.#settle(() => {
			if ('problem' in body) throw bodyTooLarge();
			return this.#faults.next(path) ?? this.#answer(request, path, query, body.text);
		});
		log(answer.status);
		const breaksOff = answer.status === 200 && this.#isPage(request, path) && this.#faults.breaksPage();
		send(response, answer, breaksOff);
	}

	#isPage({ method }: IncomingMessage, path: string): boolean {
		return method === 'GET' && /\/rest\/(users|groups|roles)$/.test(path);
	}

	#settle(answer: () => Answer): Answer {
		try {
			return answer();
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			return { status: error.httpStatus, json: error.body, headers: error.headers };
		}
	}

	#answer(request: IncomingMessage, path: string, query: URLSearchParams, text: string): Answer {
		const { method = '', headers } = request;
		const below = this.#below(path);
		if (below.join('/') === 'oauth2/token') {
			if (method !== 'POST') throw methodNotAllowed(method);
			return answerToken(this.#server.logins, headers['content-type'], headers.authorization, text);
		}
		const [rest, ...segments] = below;
		if (rest !== 'rest') throw notFound(path);
		const body = () => {
			if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw unsupportedMediaType();
			return jsonObject(text);
		};
		if (segments.join('/') === 'authentication/credentials') {
			if (method !== 'POST') throw methodNotAllowed(method);
			return this.#accounts.answer(body());
		}
		const login = this.#server.logins.authenticate(headers);
		return this.#router.answer(method, segments, { login, query, body });
	}

	/** Decoded segments below the base path. @throws Refusal */
	#below(path: string): string[] {
		if (!path.startsWith(`${this.#basePath}/`)) throw notFound(path);
		return path
			.slice(this.#basePath.length + 1)
			.split('/')
			.map((segment) => decoded(segment));
	}

	#log(request: OtdsRequest): void {
		this.#requests.push(request);
		if (this.#requests.length > KEPT_REQUESTS) this.#requests.splice(0, KEPT_REQUESTS / 2);
		for (const listener of this.#listeners) listener(request);
	}
}

/** As it was sent: a URL class would resolve dots, which the server refuses. */
function splitUrl(url: string): { path: string; query: URLSearchParams } {
	const [path = '', ...query] = url.split('?');
	return { path, query: new URLSearchParams(query.join('?')) };
}

function decoded(segment: string): string {
	let text: string;
	try {
		text = decodeURIComponent(segment);
	} catch {
		throw badRequest('The path is not percent-encoded');
	}
	if (text === '.' || text === '..') throw badRequest('The path has dot segments');
	return text;
}

function send(
	response: ServerResponse,
	{ status, json, html, headers = {} }: Answer,
	breaksOff: boolean,
): void {
	if (response.destroyed) return;
	const body = Buffer.from(html ?? json ?? '');
	const type = html === undefined ? JSON_TYPE : 'text/html; charset=UTF-8';
	response.writeHead(status, {
		...headers,
		...(body.length === 0 ? {} : { 'content-type': type, 'content-length': body.length }),
	});
	if (breaksOff) response.write(body.subarray(0, body.length / 2), () => response.destroy());
	else response.end(body);
}
