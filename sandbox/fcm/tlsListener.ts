import type { ServerHttp2Session } from 'node:http2';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Server } from 'node:tls';

import type { Request, Response } from './exchange.types.ts';

export interface ListenerOptions {
	host: string;
	port: number;
	key: string;
	cert: string;
	http2: boolean;
	maxConcurrentStreams: number;
	onRequest: (request: Request, response: Response) => void;
	onSession: () => void;
}

/** HTTP/2 and HTTP/1.1 on one TLS port (ALPN); may stop listening and come back on the same port. */
export class TlsListener {
	readonly #options: ListenerOptions;
	readonly #sockets = new Set<Socket>();
	readonly #sessions = new Set<ServerHttp2Session>();
	#server: Server | undefined;
	#port: number;

	constructor(options: ListenerOptions) {
		this.#options = options;
		this.#port = options.port;
	}

	get port(): number {
		return this.#port;
	}

	async open(): Promise<void> {
		if (this.#server) return;
		const { key, cert, host, http2, maxConcurrentStreams, onRequest } = this.#options;
		const server = http2
			? createSecureServer({ key, cert, allowHTTP1: true, settings: { maxConcurrentStreams } }, onRequest)
			: createServer({ key, cert }, onRequest);
		this.#server = server;
		this.#follow(server);
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(this.#port, host, () => {
				server.off('error', reject);
				resolve();
			});
		});
		const address = server.address();
		if (typeof address === 'object' && address) this.#port = address.port;
	}

	/** Closes the port and breaks every connection. */
	async close(): Promise<void> {
		const server = this.#server;
		if (!server) return;
		this.#server = undefined;
		const closed = new Promise<void>((resolve) => server.close(() => resolve()));
		for (const session of this.#sessions) session.destroy();
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}

	#follow(server: Server): void {
		server.on('connection', (socket: Socket) => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket));
		});
		server.on('session', (session: ServerHttp2Session) => {
			this.#options.onSession();
			this.#sessions.add(session);
			session.on('close', () => this.#sessions.delete(session));
			session.on('error', () => session.destroy());
		});
		// A client that goes away, or does not trust the certificate, is its own affair: the connection is simply over.
		server.on('sessionError', (_error: Error, session: ServerHttp2Session) => session.destroy());
		server.on('tlsClientError', (_error, socket) => socket.destroy());
		server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
	}
}
