import { SDK_VERSION } from 'firebase-admin/app';
import type { Messaging } from 'firebase-admin/messaging';

import { readAnswer } from './answer';
import type { AccessTokens, HttpAnswer, HttpClient } from './fcm.types';

/** firebase-admin's inside is not as it was: the public way (admin.fallback.ts) has to do. */
export class SeamMoved extends Error {
	constructor(missing: string) {
		super(`firebase-admin ${SDK_VERSION} has no ${missing}`);
		this.name = 'SeamMoved';
	}
}

interface SdkRequest {
	method: string;
	url: string;
	data?: unknown;
	headers?: Record<string, string>;
}

/** What firebase-admin's request handler expects back. */
interface SdkResponse {
	status: number;
	headers: HttpAnswer['headers'];
	text: string;
	config: SdkRequest;
	data: unknown;
	isJson(): boolean;
}

/**
 * Replaces firebase-admin's HTTP client by ours, at the one private place where that is possible:
 * `messaging.messagingRequestHandler.httpClient.send(request)`. Copying, validation, wire mapping and error mapping stay the SDK's.
 * Throws SeamMoved when that place is gone.
 */
export function bindTransport(messaging: Messaging, client: HttpClient, tokens: AccessTokens): void {
	const handler = requestHandlerOf(messaging);
	handler.httpClient = { send: async (request: SdkRequest) => await exchange(request, client, tokens) };
	// No call of the SDK shall find its own HTTP/2 client, which has a fixed host and may hang.
	messaging.enableLegacyHttpTransport();
}

function requestHandlerOf(messaging: Messaging): { httpClient: unknown } {
	const handler: unknown = Reflect.get(messaging, 'messagingRequestHandler');
	if (typeof handler !== 'object' || handler === null || !('httpClient' in handler)) {
		throw new SeamMoved('messagingRequestHandler.httpClient');
	}
	const client = handler.httpClient;
	if (
		typeof client !== 'object' ||
		client === null ||
		!('send' in client) ||
		typeof client.send !== 'function'
	) {
		throw new SeamMoved('messagingRequestHandler.httpClient.send');
	}
	return handler;
}

async function exchange(request: SdkRequest, client: HttpClient, tokens: AccessTokens): Promise<SdkResponse> {
	const { value } = await tokens.token();
	const answer = await post(request, client, value);
	if (!isExpiredToken(answer)) return toSdkResponse(answer, request);
	// A 401 was not processed: once more, with a new token.
	tokens.invalidate(value);
	const renewed = await tokens.token();
	return toSdkResponse(await post(request, client, renewed.value), request);
}

async function post(request: SdkRequest, client: HttpClient, token: string): Promise<HttpAnswer> {
	const { pathname, search } = new URL(request.url);
	return await client.post({
		path: pathname + search,
		headers: {
			...request.headers,
			// The SDK adds this in the class that is replaced here.
			'X-Goog-Api-Client': `gl-node/${process.versions.node} fire-admin/${SDK_VERSION}`,
			Authorization: `Bearer ${token}`,
			'content-type': 'application/json; charset=utf-8',
		},
		body: JSON.stringify(request.data),
	});
}

/** THIRD_PARTY_AUTH_ERROR is a 401 too, but about the project's APNs or Web Push key. */
function isExpiredToken(answer: HttpAnswer): boolean {
	return answer.status === 401 && readAnswer(401, parsed(answer.text)).errorCode === undefined;
}

function toSdkResponse(answer: HttpAnswer, config: SdkRequest): SdkResponse {
	const data = parsed(answer.text);
	const isJson = isFcmAnswer(answer.status, data);
	return { ...answer, config, data, isJson: () => isJson };
}

/** Anything else must not reach the SDK as JSON: it takes every JSON without `error` for success. */
function isFcmAnswer(status: number, body: unknown): boolean {
	if (typeof body !== 'object' || body === null) return false;
	if (status === 200) return 'name' in body && typeof body.name === 'string' && !('error' in body);
	return 'error' in body && typeof body.error === 'object' && body.error !== null;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Not JSON: judged by the caller.
		return undefined;
	}
}
