import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { OtdsSettings } from '../../lib/directory/otds/otds.types';

export interface ScriptedOtdsRequest {
	method: string;
	/** As sent, with the query. */
	url: string;
	headers: IncomingHttpHeaders;
	body: string;
}

export interface ScriptedAnswer {
	status?: number;
	/** A text is sent as it is, everything else as JSON. */
	body?: unknown;
	headers?: Record<string, string>;
}

/** What is answered; nothing = the script took care of the response itself. */
export type OtdsScript = (
	request: ScriptedOtdsRequest,
	response: ServerResponse,
) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>;

export interface ScriptedOtds {
	baseUrl: string;
	requests: ScriptedOtdsRequest[];
	/** Requests to this path below /otdsws. */
	to(path: string): ScriptedOtdsRequest[];
	sockets: Set<Socket>;
	stop(): Promise<void>;
}

export const TOKEN = 'scripted-token-1234';

/** An HTTP server that hands out a token, and for the rest answers whatever a real server cannot be made to. */
export async function startScriptedOtds(script: OtdsScript): Promise<ScriptedOtds> {
	const requests: ScriptedOtdsRequest[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((request, response) => {
		void answer(request, response, script, requests);
	});
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		baseUrl: `http://127.0.0.1:${port}/otdsws`,
		requests,
		to: (path) => requests.filter(({ url }) => url.split('?')[0] === `/otdsws${path}`),
		sockets,
		async stop() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

async function answer(
	request: IncomingMessage,
	response: ServerResponse,
	script: OtdsScript,
	requests: ScriptedOtdsRequest[],
): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const { method = '', url = '', headers } = request;
	const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
	requests.push(seen);
	const scripted = await script(seen, response);
	const isToken = url === '/otdsws/oauth2/token';
	const told = scripted ?? (isToken ? { body: { access_token: TOKEN, token_type: 'Bearer' } } : undefined);
	if (told === undefined) return;
	const { status = 200, body, headers: own = {} } = told;
	const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
	response.writeHead(status, { 'content-type': 'application/json', ...own }).end(text);
}

/** Settings for a server on the loopback interface; what a test is about goes into `own`. */
export const otdsSettings = (baseUrl: string, own: Partial<OtdsSettings> = {}): OtdsSettings => ({
	kind: 'otds',
	baseUrl,
	login: { method: 'oauth2', clientId: 'push', clientSecret: 'scripted-secret' },
	verifyCertificate: true,
	partitions: [],
	writesToSynchronized: false,
	conventions: { managerAttribute: 'oTExtraAttr9', localeAttribute: 'preferredLanguage' },
	passwordResetAttribute: 'pwdReset',
	devicesAttribute: 'oTExtraAttr0',
	acknowledgmentsAttribute: 'oTExtraAttr1',
	recordValues: 'several',
	pageSize: 250,
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 10_000,
	...own,
});
