import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';

import { systemError } from './ldapErrors';
import type { LdapSettings } from './ldap.types';

export interface Endpoint {
	host: string;
	port: number;
	/** TLS from the first byte. */
	implicitTls: boolean;
}

export function endpointOf(url: string): Endpoint {
	const { protocol, hostname, port } = new URL(url);
	const implicitTls = protocol === 'ldaps:';
	return {
		host: hostname.replace(/^\[|\]$/g, ''),
		port: port === '' ? (implicitTls ? 636 : 389) : Number(port),
		implicitTls,
	};
}

/** Noticed by the operating system when a peer vanishes without a word, e.g. behind a NAT. */
const KEEP_ALIVE_MS = 15_000;

/** A connected socket (TCP, or TLS for ldaps), or a rejection within `connectTimeoutMs`. */
export async function openSocket(endpoint: Endpoint, settings: LdapSettings): Promise<Socket> {
	const { host, port, implicitTls } = endpoint;
	const socket = implicitTls
		? tls.connect({ host, port, ...tlsOptions(host, settings) })
		: connectTcp({ host, port });
	await established(socket, implicitTls ? 'secureConnect' : 'connect', settings.connectTimeoutMs);
	socket.setKeepAlive(true, KEEP_ALIVE_MS);
	socket.setNoDelay(true);
	return socket;
}

/** The same connection under TLS, once the server agreed to StartTLS (RFC 4511 §4.14). */
export async function secureSocket(
	socket: Socket,
	endpoint: Endpoint,
	settings: LdapSettings,
): Promise<Socket> {
	const secured = tls.connect({ socket, host: endpoint.host, ...tlsOptions(endpoint.host, settings) });
	await established(secured, 'secureConnect', settings.connectTimeoutMs);
	return secured;
}

function tlsOptions(host: string, settings: LdapSettings): tls.ConnectionOptions {
	return {
		// Names only: RFC 6066 §3 knows no addresses. Verification then goes by `host`.
		servername: isIP(host) === 0 ? host : undefined,
		rejectUnauthorized: settings.verifyCertificate,
		ca: settings.ca === undefined ? undefined : [...systemAuthorities(), settings.ca],
	};
}

/** `ca` replaces Node's authorities, so they have to be named with it. getCACertificates: Node ≥ 22.15. */
const systemAuthorities = (): readonly string[] =>
	typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;

const established = (socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> =>
	new Promise((resolve, reject) => {
		const settle = (error?: Error): void => {
			clearTimeout(timer);
			socket.off('error', settle);
			socket.off('close', closed);
			socket.off(event, connected);
			if (error === undefined) return resolve();
			// Errors that follow on a socket nobody uses must not become uncaught ones.
			socket.on('error', () => undefined);
			socket.destroy();
			reject(error);
		};
		const connected = (): void => settle();
		const closed = (): void => settle(systemError('ECONNRESET', 'The server closed the connection'));
		const timer = setTimeout(
			() => settle(systemError('ETIMEDOUT', 'The server did not answer in time')),
			timeoutMs,
		);
		socket.once('error', settle);
		socket.once('close', closed);
		socket.once(event, connected);
	});
