import { createSign } from 'node:crypto';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';

import type { FcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import type { ServiceAccountKey } from '../../sandbox/fcm/serviceAccount.ts';
import type { Json } from '../../sandbox/fcm/json.types.ts';
import { parseJson } from '../../sandbox/fcm/json.types.ts';

export interface Answer {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	text: string;
	json: Json | undefined;
}

/** A bare HTTP client for the emulator, so that its tests depend on no FCM library. */
export async function post(
	emulator: FcmEmulator,
	path: string,
	body: string,
	headers: Record<string, string> = {},
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = httpsRequest(
			`${emulator.endpoint}${path}`,
			{ method: 'POST', ca: emulator.caPem, agent: false, headers },
			(response) => {
				let text = '';
				response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
				response.on('error', reject);
				response.on('end', () =>
					resolve({
						status: response.statusCode ?? 0,
						headers: response.headers,
						text,
						json: parseJson(text),
					}),
				);
			},
		);
		request.on('error', reject);
		request.end(body);
	});
}

export const openHttp2 = (emulator: FcmEmulator): ClientHttp2Session =>
	connect(emulator.endpoint, { ca: emulator.caPem });

export async function postHttp2(
	session: ClientHttp2Session,
	path: string,
	body: string,
	headers: Record<string, string>,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
		let status = 0;
		let text = '';
		stream.on('response', (received) => (status = received[':status'] ?? 0));
		stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
		stream.on('error', reject);
		stream.on('end', () => resolve({ status, headers: {}, text, json: parseJson(text) }));
		stream.end(body);
	});
}

export interface AssertionClaims {
	iss: string;
	aud: string;
	scope: string;
	iat: number;
	exp: number;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed assertion (RFC 7523); `change` alters claims before signing. */
export function assertionOf(
	key: ServiceAccountKey,
	change: Partial<AssertionClaims> = {},
	header: object = {},
): string {
	const iat = Math.floor(Date.now() / 1000);
	const claims = {
		iss: key.client_email,
		aud: key.token_uri,
		scope: 'https://www.googleapis.com/auth/firebase.messaging',
		iat,
		exp: iat + 3600,
		...change,
	};
	const input = `${base64url({ alg: 'RS256', typ: 'JWT', kid: key.private_key_id, ...header })}.${base64url(claims)}`;
	return `${input}.${createSign('RSA-SHA256').update(input).sign(key.private_key).toString('base64url')}`;
}

export function requestToken(emulator: FcmEmulator, assertion: string): Promise<Answer> {
	const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
	return post(emulator, '/token', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
}
