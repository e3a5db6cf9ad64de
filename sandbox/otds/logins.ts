import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { expiredTicket, forbidden, unauthenticated } from './otds.errors.ts';

/** In whose name a request comes, and what they may do. */
export interface Login {
	/** Name of a client, `user@partition` of a user. */
	name: string;
	/** uuid of a stored user. */
	uuid?: string;
	administers: 'everything' | readonly string[];
}

export interface OauthClient {
	clientId: string;
	clientSecret: string;
}

interface Issued {
	login: Login;
	kind: 'ticket' | 'token';
	expired: boolean;
}

/** Seconds; the server's own number is a setting of the client in OTDS. */
export const TOKEN_LIFETIME_SECONDS = 3600;

/** Clients, and the tickets and tokens that were issued. */
export class Logins {
	readonly #clients = new Map<string, { secret: string; login: Login }>();
	#issued = new Map<string, Issued>();

	addClient(client: OauthClient, administers: Login['administers']): void {
		const login = { name: client.clientId, administers };
		this.#clients.set(client.clientId, { secret: client.clientSecret, login });
	}

	/** undefined = no such client, or not that secret. */
	client(clientId: string, clientSecret: string): Login | undefined {
		const client = this.#clients.get(clientId);
		return client && sameText(client.secret, clientSecret) ? client.login : undefined;
	}

	issue(login: Login, kind: Issued['kind']): string {
		const random = randomBytes(48).toString('base64');
		const text = kind === 'ticket' ? `*OTDSSSO*${random}*` : randomBytes(48).toString('base64url');
		this.#issued.set(text, { login, kind, expired: false });
		return text;
	}

	expireAll(): void {
		for (const issued of this.#issued.values()) issued.expired = true;
	}

	forgetAll(): void {
		this.#issued = new Map();
	}

	/** Whoever sends the request. @throws Refusal 401, or 400 with 1034 for a ticket that was good once */
	authenticate(headers: IncomingHttpHeaders): Login {
		const text = credentialOf(headers);
		if (text === undefined) throw unauthenticated();
		const issued = this.#issued.get(text);
		if (!issued) throw unauthenticated('The ticket or token is not valid');
		if (!issued.expired) return issued.login;
		throw issued.kind === 'ticket' ? expiredTicket() : unauthenticated('The token has expired');
	}
}

export const administers = (login: Login, partition: string): boolean =>
	login.administers === 'everything' || login.administers.includes(partition);

/** @throws Refusal 403 */
export function requireAdministration(login: Login, partition: string): void {
	if (!administers(login, partition)) throw forbidden(`partition ${partition}`);
}

export function sameText(left: string, right: string): boolean {
	const [one, other] = [Buffer.from(left), Buffer.from(right)];
	return one.length === other.length && timingSafeEqual(one, other);
}

function credentialOf(headers: IncomingHttpHeaders): string | undefined {
	const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
	if (bearer !== undefined) return bearer;
	const { otdsticket } = headers;
	if (typeof otdsticket === 'string') return otdsticket;
	return /(?:^|;\s*)OTDSTicket="?([^;"]+)"?/.exec(headers.cookie ?? '')?.[1];
}
