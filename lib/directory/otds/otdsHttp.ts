import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';

import type { OtdsSettings } from './otds.types';
import { said } from './otdsErrors';
import type { OtdsPlace } from './otdsErrors';

export interface OtdsRequest {
	method: string;
	url: URL;
	headers: Record<string, string>;
	body?: string;
	/** Completes "when asked to …". */
	action: string;
}

export interface OtdsAnswer {
	status: number;
	headers: http.IncomingHttpHeaders;
	text: string;
}

export type HttpSettings = Pick<
	OtdsSettings,
	'baseUrl' | 'ca' | 'verifyCertificate' | 'connectTimeoutMs' | 'operationTimeoutMs'
>;

/** A page of 1,000 users takes about 2 MiB: more than this is no answer of OTDS. */
export const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/** Requests to one server over kept connections. Follows no redirects: the login must not travel on. */
export class OtdsHttp {
	readonly #settings: HttpSettings;
	readonly #place: OtdsPlace;
	readonly #agent: http.Agent;
	readonly #isSecure: boolean;
	#isClosed = false;

	constructor(settings: HttpSettings, place: OtdsPlace) {
		this.#settings = settings;
		this.#place = place;
		this.#isSecure = new URL(settings.baseUrl).protocol === 'https:';
		this.#agent = this.#isSecure
			? new https.Agent(tlsOptions(settings))
			: new http.Agent({ keepAlive: true });
	}

	/** @throws DomainError when there is no whole answer */
	async request(request: OtdsRequest): Promise<OtdsAnswer> {
		if (this.#isClosed) throw this.#failed(request, new Error('the connection was closed'));
		try {
			return await this.#attempt(request);
		} catch (error) {
			// The server may close a kept connection while the request is under way. Whatever we ask may be asked twice.
			if (!(error instanceof StaleConnection) || this.#isClosed) throw this.#failed(request, error);
		}
		try {
			return await this.#attempt(request);
		} catch (error) {
			throw this.#failed(request, error);
		}
	}

	close(): void {
		this.#isClosed = true;
		this.#agent.destroy();
	}

	#attempt({ method, url, headers, body }: OtdsRequest): Promise<OtdsAnswer> {
		const { connectTimeoutMs, operationTimeoutMs } = this.#settings;
		return new Promise((resolve, reject) => {
			const { request: send } = this.#isSecure ? https : http;
			const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
			const sent = send(url, { method, headers: { ...headers, ...length }, agent: this.#agent });
			const timer = setTimeout(
				() => sent.destroy(new Error(`no answer within ${operationTimeoutMs} ms`)),
				operationTimeoutMs,
			);
			const fail = (error: Error): void => {
				clearTimeout(timer);
				reject(error);
			};
			sent.on('error', (error) => {
				const isStale = sent.reusedSocket && isReset(error);
				fail(isStale ? new StaleConnection(error.message, { cause: error }) : error);
			});
			sent.on('socket', (socket) => limitConnecting(socket, this.#isSecure, connectTimeoutMs));
			sent.on('response', (response) => {
				collect(response).then((text) => {
					clearTimeout(timer);
					resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
				}, fail);
			});
			sent.end(body);
		});
	}

	#failed({ action }: OtdsRequest, error: unknown): Error {
		const code = textIn(error, 'code');
		const reason = textIn(error, 'message') ?? code ?? String(error);
		const isCertificate = CERTIFICATE.test(`${code ?? ''} ${reason}`);
		const place = this.#place;
		return said(place, `${place.endpoint} gave no answer when asked to ${action}: ${reason}`, {
			advice: isCertificate
				? 'The certificate is not trusted: enter the certificate of the authority that issued it in the credential. The host name of the base URL must be one the certificate names.'
				: 'Check the base URL, that OTDS is running, and that no firewall is between. It is tried again later.',
			recovery: isCertificate ? 'abort' : 'retry',
			failure: isCertificate ? 'configuration-invalid' : 'temporarily-unavailable',
			code,
		});
	}
}

class StaleConnection extends Error {}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|ALTNAME|certificate/i;

/** Not by class: errors of Node's core may come from another realm. */
function textIn(error: unknown, name: 'code' | 'message'): string | undefined {
	if (typeof error !== 'object' || error === null || !(name in error)) return undefined;
	const text: unknown = Reflect.get(error, name);
	return typeof text === 'string' && text !== '' ? text : undefined;
}

const isReset = (error: Error): boolean => ['ECONNRESET', 'EPIPE'].includes(textIn(error, 'code') ?? '');

const tlsOptions = ({ ca, verifyCertificate }: HttpSettings): https.AgentOptions => ({
	keepAlive: true,
	rejectUnauthorized: verifyCertificate,
	ca: ca === undefined ? undefined : [...systemAuthorities(), ca],
});

/** `ca` replaces Node's authorities, so they have to be named with it. getCACertificates: Node ≥ 22.15. */
const systemAuthorities = (): readonly string[] =>
	typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;

function limitConnecting(socket: Socket, isSecure: boolean, connectTimeoutMs: number): void {
	if (!socket.connecting) return;
	const timer = setTimeout(
		() => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
		connectTimeoutMs,
	);
	const stop = (): void => clearTimeout(timer);
	socket.once(isSecure ? 'secureConnect' : 'connect', stop);
	socket.once('close', stop);
}

/** An answer that breaks off ends with 'error' (aborted): never taken for a whole one. */
function collect(response: http.IncomingMessage): Promise<string> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		response.on('data', (chunk: Buffer) => {
			size += chunk.length;
			if (size > LARGEST_ANSWER_BYTES) {
				response.destroy(new Error(`the answer is larger than ${LARGEST_ANSWER_BYTES} bytes`));
				return;
			}
			chunks.push(chunk);
		});
		response.on('error', reject);
		response.on('end', () => resolve(Buffer.concat(chunks, size).toString('utf8')));
	});
}
