import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxy {
	url: string;
	/** `host:port` of every tunnel that was opened. */
	tunnels: string[];
	/** Requests turned away for want of the right login. */
	refused: number;
	stop(): Promise<void>;
}

/** An HTTP proxy on the loopback interface that opens tunnels for whoever has the login. */
export async function startConnectProxy(login: string): Promise<ConnectProxy> {
	const expected = `Basic ${Buffer.from(login).toString('base64')}`;
	const sockets = new Set<Duplex>();
	const server = createServer((_request, response) => response.writeHead(405).end());
	const proxy: ConnectProxy = {
		url: '',
		tunnels: [],
		refused: 0,
		async stop() {
			for (const socket of sockets) socket.destroy();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
	server.on('connection', (socket: Socket) => sockets.add(socket));
	server.on('connect', (request: IncomingMessage, client: Duplex) => {
		if (request.headers['proxy-authorization'] !== expected) {
			proxy.refused++;
			client.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
			return;
		}
		const target = request.url ?? '';
		proxy.tunnels.push(target);
		const [host, port] = target.split(':');
		const upstream = connect(Number(port), host, () => {
			client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			upstream.pipe(client).pipe(upstream);
		});
		sockets.add(upstream);
		upstream.on('error', () => client.destroy());
		client.on('error', () => upstream.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return proxy;
}
