import http from 'node:http';
import type { Duplex } from 'node:stream';

import type { Connector } from './connection';
import { handOver } from './connection';
import type { HttpAnswer, HttpClient, HttpLimits, HttpRequest } from './fcm.types';
import { TransportError, exchangeError } from './transport.errors';

const MAX_SOCKETS = 32;

/** Hands our own connections (proxy, CA) to Node's HTTP/1.1 client. A socket without work does not keep the process alive. */
class ConnectorAgent extends http.Agent {
	constructor(
		private readonly connector: Connector,
		idleTimeoutMs: number,
	) {
		super({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: idleTimeoutMs });
	}

	override createConnection(
		_options: http.ClientRequestArgs,
		callback?: (error: Error | null, stream: Duplex) => void,
	): undefined {
		handOver(this.connector, callback);
	}
}

/** HTTP/1.1, for the token endpoint and for FCM behind something that speaks no HTTP/2. */
export class Http1Client implements HttpClient {
	private readonly agent: ConnectorAgent;
	private readonly prefix: string;

	constructor(
		connector: Connector,
		private readonly base: URL,
		private readonly limits: HttpLimits,
	) {
		this.agent = new ConnectorAgent(connector, limits.idleTimeoutMs);
		this.prefix = base.pathname.replace(/\/$/, '');
	}

	async post({ path, headers, body }: HttpRequest): Promise<HttpAnswer> {
		return await new Promise<HttpAnswer>((resolve, reject) => {
			const request = http.request({
				agent: this.agent,
				host: this.base.hostname,
				port: this.base.port,
				method: 'POST',
				path: this.prefix + path || '/',
				headers: { ...headers, host: this.base.host, 'content-length': Buffer.byteLength(body) },
			});
			const timer = setTimeout(() => request.destroy(slow(this.limits)), this.limits.requestTimeoutMs);
			const failed = (error: unknown) => {
				clearTimeout(timer);
				reject(exchangeError(error));
			};
			request.once('error', failed);
			request.once('response', (message) => {
				collect(message).then((answer) => {
					clearTimeout(timer);
					resolve(answer);
				}, failed);
			});
			request.end(body);
		});
	}

	close(): void {
		this.agent.destroy();
	}
}

async function collect(message: http.IncomingMessage): Promise<HttpAnswer> {
	const chunks: Buffer[] = [];
	for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
	return {
		status: message.statusCode ?? 0,
		headers: message.headers,
		text: Buffer.concat(chunks).toString('utf8'),
	};
}

function slow({ requestTimeoutMs }: HttpLimits): TransportError {
	return new TransportError('exchange', 'ETIMEDOUT', `No answer within ${requestTimeoutMs} ms`);
}
