import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { readBody } from '../../fcm/requestBody.ts';
import { jsonObject } from '../bodies.ts';
import { badRequest, bodyTooLarge, notFound, Refusal, unsupportedMediaType } from '../otds.errors.ts';
import type { OtdsRequests } from '../otdsRequests.ts';
import type { OtdsRequest } from '../otdsSimulator.types.ts';
import type { OtdsStore } from '../otdsStore.ts';
import { act } from './consoleActions.ts';
import { consoleState } from './consoleState.ts';

export const CONSOLE_PATH = '/console/';

const LARGEST_BODY = 16 * 1024;
/** Requests that a page shows when it is opened. */
const SHOWN_REQUESTS = 100;
/** Milliseconds in which changes and requests are gathered into one message. */
const GATHERED_FOR = 100;

const folder = join(import.meta.dirname, 'page');
const inboxFolder = join(import.meta.dirname, '..', '..', 'inbox', 'page');

const FILES: Record<string, { file: string; type: string }> = {
	'': { file: join(folder, 'index.html'), type: 'text/html; charset=utf-8' },
	'console.css': { file: join(folder, 'console.css'), type: 'text/css; charset=utf-8' },
	'console.js': { file: join(folder, 'console.js'), type: 'text/javascript; charset=utf-8' },
	'dialogs.js': { file: join(folder, 'dialogs.js'), type: 'text/javascript; charset=utf-8' },
	'sandbox.css': { file: join(inboxFolder, 'inbox.css'), type: 'text/css; charset=utf-8' },
	'elements.js': { file: join(inboxFolder, 'elements.js'), type: 'text/javascript; charset=utf-8' },
};

/** The page of the simulator: who is in the directory, buttons to change it, and the requests that come in. */
export class OtdsConsole {
	readonly #store: OtdsStore;
	readonly #requests: OtdsRequests;

	constructor(store: OtdsStore, requests: OtdsRequests) {
		this.#store = store;
		this.#requests = requests;
	}

	async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
		try {
			refuseForeigners(request);
			await this.#answer(request, response);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			send(response, error.httpStatus, 'application/json', JSON.stringify({ message: error.message }));
		}
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '', 'http://127.0.0.1');
		const name = url.pathname.slice(CONSOLE_PATH.length);
		if (request.method === 'POST' && name === 'action') {
			act(this.#store, await bodyOf(request));
			return send(response, 200, 'application/json', '{"done":true}');
		}
		if (request.method !== 'GET') throw notFound(url.pathname);
		if (name === 'state') {
			const state = consoleState(this.#store, url.searchParams);
			return send(response, 200, 'application/json', JSON.stringify(state));
		}
		if (name === 'live') return this.#stream(response);
		const served = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
		if (!served) throw notFound(url.pathname);
		send(response, 200, served.type, readFileSync(served.file));
	}

	/** Server-sent events: `changed` when the directory did, `requests` with those that came in. */
	#stream(response: ServerResponse): void {
		response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
		let waiting = this.#requests.all().slice(-SHOWN_REQUESTS);
		let changed = true;
		let timer: NodeJS.Timeout | undefined;
		const flush = (): void => {
			timer = undefined;
			if (changed) response.write('event: changed\ndata: {}\n\n');
			if (waiting.length > 0)
				response.write(`event: requests\ndata: ${JSON.stringify(waiting.slice(-SHOWN_REQUESTS))}\n\n`);
			[changed, waiting] = [false, []];
		};
		const soon = (): void => {
			timer ??= setTimeout(flush, GATHERED_FOR).unref();
		};
		const stops = [
			this.#store.onChange(() => {
				changed = true;
				soon();
			}),
			this.#requests.onRequest((request: OtdsRequest) => {
				waiting.push(request);
				if (waiting.length > 2 * SHOWN_REQUESTS) waiting = waiting.slice(-SHOWN_REQUESTS);
				soon();
			}),
		];
		response.on('close', () => {
			clearTimeout(timer);
			for (const stop of stops) stop();
		});
		flush();
	}
}

async function bodyOf(request: IncomingMessage): Promise<ReturnType<typeof jsonObject>> {
	if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw unsupportedMediaType();
	const body = await readBody(request, LARGEST_BODY);
	if ('text' in body) return jsonObject(body.text);
	throw body.problem === 'tooLarge' ? bodyTooLarge() : badRequest('The request broke off');
}

/** Another website must not be able to press our buttons, by its own scripts or by giving our address a name of its own. */
function refuseForeigners({ headers }: IncomingMessage): void {
	const host = headers.host ?? '';
	const ours = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host);
	const { origin } = headers;
	const sameOrigin = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
	if (!ours || !sameOrigin) throw new Refusal(403, 'Not from here', {});
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
	if (response.destroyed) return;
	response
		.writeHead(status, {
			'content-type': type,
			'content-security-policy':
				"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
			'x-content-type-options': 'nosniff',
			'cache-control': 'no-store',
		})
		.end(body);
}
