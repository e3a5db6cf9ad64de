import { TLSSocket } from 'node:tls';

import { Connector } from './connection';
import type { FcmSettings, HttpAnswer, HttpClient, HttpLimits, HttpRequest } from './fcm.types';
import { Http1Client } from './http1.client';
import { Http2Pool } from './http2.pool';

/** HTTP/2 where the server offers it in the TLS handshake (ALPN), else HTTP/1.1. Decided once, at the first request. */
export class NegotiatedClient implements HttpClient {
	private readonly connector: Connector;
	private chosen: Promise<HttpClient> | undefined;

	constructor(
		private readonly base: URL,
		{ proxy, ca }: Pick<FcmSettings, 'proxy' | 'ca'>,
		private readonly limits: HttpLimits,
	) {
		this.connector = new Connector({ target: base, proxy, ca, connectTimeoutMs: limits.connectTimeoutMs });
	}

	async post(request: HttpRequest): Promise<HttpAnswer> {
		const choice = (this.chosen ??= this.choose());
		let client: HttpClient;
		try {
			client = await choice;
		} catch (error) {
			// The next request tries anew.
			if (this.chosen === choice) this.chosen = undefined;
			throw error;
		}
		return await client.post(request);
	}

	close(): void {
		// A choice that failed has nothing to close, and was reported to whoever asked.
		this.chosen?.then(
			(client) => client.close(),
			() => undefined,
		);
	}

	private async choose(): Promise<HttpClient> {
		const http1 = () => new Http1Client(this.connector, this.base, this.limits);
		const socket = await this.connector.open(['h2', 'http/1.1']);
		if (!(socket instanceof TLSSocket) || socket.alpnProtocol !== 'h2') {
			socket.destroy();
			return http1();
		}
		const pool = new Http2Pool(() => this.connector.openH2(), this.base, this.limits);
		await pool.adopt(socket);
		return pool;
	}
}
