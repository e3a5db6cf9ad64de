import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';

export interface ListenerOptions {
	port: number;
	/** PEM; absent = plain HTTP. */
	tls?: { key: string; cert: string };
	onRequest: RequestListener;
}

/** HTTP or HTTPS on 127.0.0.1; may stop listening and come back on the same port. */
export class LoopbackListener {
	readonly #options: ListenerOptions;
	readonly #sockets = new Set<Socket>();
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
		const { tls, onRequest } = this.#options;
		const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
		this.#server = server;
		server.on('connection', (socket: Socket) => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket));
		});
		// A client that does not trust the certificate, or speaks no HTTP, is simply gone.
		server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
		server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(this.#port, '127.0.0.1', () => {
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
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}
}
