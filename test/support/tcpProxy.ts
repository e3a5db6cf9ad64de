import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** A way to a server on this machine that can be cut. */
export interface TcpProxy {
	port: number;
	/** Ends every connection that goes through, as a broken network does; new ones are let through. */
	cut(): void;
	close(): Promise<void>;
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
	const sockets = new Set<Socket>();
	const keep = (socket: Socket, other: Socket): void => {
		sockets.add(socket);
		// A cut is the purpose: either end is gone then, and the other follows.
		socket.on('error', () => other.destroy());
		socket.on('close', () => {
			sockets.delete(socket);
			other.destroy();
		});
	};
	const server = createServer((client) => {
		const upstream = connect(target, '127.0.0.1');
		keep(client, upstream);
		keep(upstream, client);
		client.pipe(upstream).pipe(client);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
	const cut = (): void => {
		for (const socket of sockets) socket.resetAndDestroy();
	};
	return {
		port: address.port,
		cut,
		async close() {
			server.close();
			cut();
			await once(server, 'close');
		},
	};
}
