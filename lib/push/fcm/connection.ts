import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { TransportError, connectError } from './transport.errors';

export interface ConnectionSettings {
	target: URL;
	proxy?: URL;
	/** PEM; added to the authorities Node trusts. */
	ca?: string;
	/** For the proxy and for TLS, each. */
	connectTimeoutMs: number;
}

type Protocol = 'h2' | 'http/1.1';

/** Opens connections to one address, through an HTTP proxy (CONNECT, RFC 9110 §9.3.6) where one is set. Rejects with TransportError. */
export class Connector {
	private readonly authorities: string[] | undefined;
	private readonly secureContext: tls.SecureContext;
	private readonly host: string;
	private readonly port: number;

	constructor(private readonly settings: ConnectionSettings) {
		this.authorities = trusted(settings.ca);
		this.secureContext = tls.createSecureContext({ ca: this.authorities });
		this.host = bareHost(settings.target);
		this.port = portOf(settings.target);
	}

	/** Plain for `http:` addresses. */
	async open(protocols: Protocol[]): Promise<net.Socket> {
		const raw = this.settings.proxy ? await this.tunnel(this.settings.proxy) : undefined;
		if (this.settings.target.protocol === 'http:') return raw ?? (await this.plain());
		return await this.secured(protocols, raw);
	}

	/** A further connection to a server that is known to speak HTTP/2. */
	async openH2(): Promise<tls.TLSSocket> {
		return await this.secured(['h2'], this.settings.proxy && (await this.tunnel(this.settings.proxy)));
	}

	private async secured(protocols: Protocol[], socket?: net.Socket): Promise<tls.TLSSocket> {
		const connection = tls.connect({
			host: this.host,
			port: this.port,
			socket,
			servername: net.isIP(this.host) ? undefined : this.host,
			ALPNProtocols: protocols,
			secureContext: this.secureContext,
		});
		await this.established(connection, 'secureConnect', this.settings.target.host);
		return connection;
	}

	private async plain(): Promise<net.Socket> {
		const connection = net.connect({ host: this.host, port: this.port });
		await this.established(connection, 'connect', this.settings.target.host);
		return connection;
	}

	private async established(socket: net.Socket, event: string, peer: string): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			const timer = setTimeout(() => socket.destroy(timedOut(peer)), this.settings.connectTimeoutMs);
			const failed = (error: unknown) => {
				clearTimeout(timer);
				reject(connectError(error, peer));
			};
			socket.once('error', failed);
			socket.once(event, () => {
				clearTimeout(timer);
				socket.removeListener('error', failed);
				resolve();
			});
		});
	}

	private async tunnel(proxy: URL): Promise<net.Socket> {
		const authority = `${this.settings.target.hostname}:${this.port}`;
		return await new Promise<net.Socket>((resolve, reject) => {
			const request = (proxy.protocol === 'https:' ? https : http).request({
				method: 'CONNECT',
				host: bareHost(proxy),
				port: portOf(proxy),
				path: authority,
				headers: { host: authority, ...proxyAuthorization(proxy) },
				agent: false,
				timeout: this.settings.connectTimeoutMs,
				ca: this.authorities,
			});
			request.once('connect', (answer, socket) => {
				if (answer.statusCode === 200) return resolve(socket);
				socket.destroy();
				reject(refusal(answer.statusCode ?? 0, proxy));
			});
			// A proxy may also answer a CONNECT like any request.
			request.once('response', (answer) => {
				answer.destroy();
				reject(refusal(answer.statusCode ?? 0, proxy));
			});
			request.once('timeout', () => request.destroy(timedOut(proxy.host)));
			request.once('error', (error) => reject(connectError(error, `the proxy ${proxy.host}`)));
			request.end();
		});
	}
}

/** Gives an agent of Node's HTTP client a connection of ours, over HTTP/1.1. */
export function handOver(
	connector: Connector,
	callback?: (error: Error | null, stream: Duplex) => void,
): void {
	connector.open(['http/1.1']).then(
		(socket) => callback?.(null, socket),
		// The types want a stream beside an error; Node does not look at it.
		(error: unknown) => callback?.(connectError(error, 'the server'), new net.Socket()),
	);
}

function refusal(status: number, proxy: URL): TransportError {
	const code = status === 407 ? 'EPROXYAUTH' : 'EPROXY';
	return new TransportError('connect', code, `The proxy ${proxy.host} refused to connect (status ${status})`);
}

function timedOut(peer: string): TransportError {
	return new TransportError('connect', 'ETIMEDOUT', `No connection to ${peer}: it did not answer in time`);
}

function proxyAuthorization(proxy: URL): Record<string, string> {
	if (!proxy.username && !proxy.password) return {};
	const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
	return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/** An own authority is added, not substituted: Google's endpoints and a gateway's may be used side by side. */
function trusted(ca: string | undefined): string[] | undefined {
	if (ca === undefined) return undefined;
	// Node before 22.15 has no getCACertificates; there, authorities from NODE_EXTRA_CA_CERTS are not seen beside an own one.
	const known =
		typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;
	return [...known, ca];
}

function bareHost(url: URL): string {
	return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
	return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}
