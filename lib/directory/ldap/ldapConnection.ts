import { AddRequest, Attribute, Change, DeleteRequest, ModifyDNRequest, ModifyRequest } from 'ldapts';
import type { Message } from 'ldapts';

import { DomainError } from '../../domain.errors';
import { parentDn, parseDn, sameDn } from '../distinguishedName';
import type { DirectoryIdentity } from '../directory.types';
import { attributeName } from '../attributeName';
import { present } from './filter';
import type {
	LdapConnection,
	LdapEntry,
	LdapModification,
	LdapSearch,
	LdapSettings,
	RootDse,
} from './ldap.types';
import { PAGED_RESULTS, pagedCookie, pagedResults } from './ldapControls';
import type { EncodedControl } from './ldapControls';
import type { LdapSession, ResultMessage } from './ldapSession';
import type { OpenServer } from './serverPool';
import { ServerPool } from './serverPool';
import { readBase } from './serverIdentity';
import type { ServerMessage } from './serverMessage';

const SIZE_LIMIT_EXCEEDED = 4;
const NO_SUCH_OBJECT = 32;
/** Servers cut off who asks for too much at once: OpenLDAP by default above a hundred. */
const READS_IN_FLIGHT = 50;

/** Nothing is sent until the first operation. */
export const openLdapConnection = (settings: LdapSettings): LdapConnection => new ServerConnection(settings);

class ServerConnection implements LdapConnection {
	readonly settings: LdapSettings;
	readonly #pool: ServerPool;
	#requests: OpenServer | undefined;
	/** The end of the queue of requests: one at a time, connects and re-binds included. */
	#queue: Promise<unknown> = Promise.resolve();
	#idleStream: OpenServer | undefined;
	readonly #streaming = new Set<LdapSession>();
	#closed = false;

	constructor(settings: LdapSettings) {
		this.settings = settings;
		this.#pool = new ServerPool(settings);
	}

	async identity(): Promise<DirectoryIdentity> {
		return this.#request(async ({ session, server }, isFresh) => {
			// The socket of a server that just vanished still looks well: only an answer tells.
			if (!isFresh) await readBase(session, '', ['1.1'], this.settings.connectTimeoutMs);
			return server.identity;
		}, true);
	}

	async rootDse(): Promise<RootDse> {
		return this.#request(({ server }) => Promise.resolve(server.rootDse), true);
	}

	/**
	 * Each running search has a session to itself: a socket paused for a slow reader delivers nothing to anybody else, and servers
	 * remember one page position a connection.
	 */
	async *search(request: LdapSearch): AsyncGenerator<LdapEntry, void, undefined> {
		const { opened, reused } = await this.#takeStream();
		let current = opened;
		let delivered = 0;
		try {
			for (let attempt = 0; ; attempt++) {
				try {
					for await (const entry of pages(current, request)) {
						delivered++;
						yield entry;
					}
					return;
				} catch (error) {
					if (!reused || attempt > 0 || delivered > 0 || !lostWhileIdle(current.session, error)) throw error;
					this.#streaming.delete(current.session);
					current = await this.#openStream();
				}
			}
		} finally {
			this.#returnStream(current);
		}
	}

	async *messages(
		request: LdapSearch,
		controls: EncodedControl[],
		silenceMs?: number,
	): AsyncGenerator<ServerMessage, void, undefined> {
		const opened = await this.#openStream();
		try {
			yield* opened.session.search(request, controls, silenceMs);
		} finally {
			this.#streaming.delete(opened.session);
			opened.session.close();
		}
	}

	async read(dn: string, attributes: string[]): Promise<LdapEntry | undefined> {
		const request: LdapSearch = { base: dn, scope: 'base', filter: present('objectClass'), attributes };
		return this.#request(async ({ session }) => {
			let found: LdapEntry | undefined;
			for await (const message of session.search(request)) {
				if (message.kind === 'entry') found = message.entry;
				if (message.kind === 'result' && ![0, NO_SUCH_OBJECT].includes(message.result.code)) {
					throw session.resultError(message, `show ${dn}`);
				}
			}
			return found;
		}, true);
	}

	async readMany(dns: readonly string[], attributes: string[]): Promise<Map<string, LdapEntry>> {
		const found = new Map<string, LdapEntry>();
		for (let start = 0; start < dns.length; start += READS_IN_FLIGHT) {
			const some = dns.slice(start, start + READS_IN_FLIGHT);
			const entries = await this.#request(
				({ session }) => Promise.all(some.map((dn) => readIfPossible(session, dn, attributes))),
				true,
			);
			entries.forEach((entry, index) => {
				const dn = some[index];
				if (entry && dn !== undefined) found.set(dn, entry);
			});
		}
		return found;
	}

	async add(dn: string, attributes: Record<string, Array<string | Buffer>>): Promise<void> {
		const list = Object.entries(attributes)
			.filter(([, values]) => values.length > 0)
			.map(([name, values]) => encodeAttribute(name, values));
		await this.#write((messageId) => new AddRequest({ messageId, dn, attributes: list }), `add ${dn}`);
	}

	async modify(dn: string, modifications: LdapModification[]): Promise<void> {
		const changes = modifications.map(
			({ operation, attribute, values }) =>
				new Change({ operation, modification: encodeAttribute(attribute, values) }),
		);
		await this.#write((messageId) => new ModifyRequest({ messageId, dn, changes }), `change ${dn}`);
	}

	async remove(dn: string): Promise<void> {
		await this.#write((messageId) => new DeleteRequest({ messageId, dn }), `remove ${dn}`);
	}

	async rename(dn: string, newDn: string): Promise<void> {
		const superior = parentDn(newDn);
		const moved = !sameDn(superior, parentDn(dn));
		const newRdn = firstLevel(newDn);
		await this.#write(
			(messageId) =>
				new ModifyDNRequest({ messageId, dn, newRdn, ...(moved ? { newSuperior: superior } : {}) }),
			`rename ${dn}`,
		);
	}

	async close(): Promise<void> {
		this.#closed = true;
		this.#requests?.session.close();
		this.#idleStream?.session.close();
		for (const session of this.#streaming) session.close();
		this.#streaming.clear();
	}

	/** Never sent twice: after a loss nobody knows whether the directory did it. */
	#write(build: (messageId: number) => Message, action: string): Promise<ResultMessage> {
		return this.#request(({ session }) => session.request(build, action), false);
	}

	/** One at a time; a session that was lost while it lay idle is replaced, and what only reads is then asked again. */
	#request<T>(run: (opened: OpenServer, isFresh: boolean) => Promise<T>, repeatable: boolean): Promise<T> {
		const turn = this.#queue.then(async () => {
			const before = this.#requests;
			const opened = await this.#requestServer();
			try {
				return await run(opened, opened !== before);
			} catch (error) {
				if (!repeatable || opened !== before || !lostWhileIdle(opened.session, error)) throw error;
				return run(await this.#requestServer(), true);
			}
		});
		this.#queue = turn.then(
			() => undefined,
			() => undefined,
		);
		return turn;
	}

	async #requestServer(): Promise<OpenServer> {
		if (this.#requests === undefined || this.#requests.session.failure !== undefined) {
			this.#requests = await this.#open();
		}
		return this.#requests;
	}

	async #takeStream(): Promise<{ opened: OpenServer; reused: boolean }> {
		const idle = this.#idleStream;
		this.#idleStream = undefined;
		if (idle === undefined || idle.session.failure !== undefined) {
			return { opened: await this.#openStream(), reused: false };
		}
		this.#streaming.add(idle.session);
		return { opened: idle, reused: true };
	}

	async #openStream(): Promise<OpenServer> {
		const opened = await this.#open();
		this.#streaming.add(opened.session);
		return opened;
	}

	#returnStream(opened: OpenServer): void {
		this.#streaming.delete(opened.session);
		if (opened.session.failure !== undefined) return;
		const stale = this.#pool.current?.identity.serverId !== opened.server.identity.serverId;
		if (this.#closed || stale || this.#idleStream !== undefined) opened.session.close();
		else this.#idleStream = opened;
	}

	async #open(): Promise<OpenServer> {
		this.#refuseWhenClosed();
		const opened = await this.#pool.open();
		if (this.#closed) {
			opened.session.close();
			this.#refuseWhenClosed();
		}
		this.#leaveOtherServers(opened);
		return opened;
	}

	/** After a fail-over nothing goes to the server before: positions read from one must not be compared with the other's. */
	#leaveOtherServers({ server }: OpenServer): void {
		for (const idle of [this.#requests, this.#idleStream]) {
			if (idle !== undefined && idle.server.identity.serverId !== server.identity.serverId)
				idle.session.close();
		}
	}

	#refuseWhenClosed(): void {
		if (!this.#closed) return;
		throw new DomainError('The connection to the directory was closed', {
			advice: 'The workflow was stopped while it still used the directory.',
			recovery: 'abort',
		});
	}
}

/** Servers close idle connections; the loss then shows with the next request. A time-out is no such loss. */
const lostWhileIdle = (session: LdapSession, error: unknown): boolean =>
	session.failure !== undefined &&
	error instanceof DomainError &&
	['ECONNRESET', 'EPIPE', '52'].includes(error.code ?? '');

/** undefined also for what the server refuses as a name, or to show: one of many must not spoil the others. */
async function readIfPossible(
	session: LdapSession,
	dn: string,
	attributes: string[],
): Promise<LdapEntry | undefined> {
	let found: LdapEntry | undefined;
	const request: LdapSearch = { base: dn, scope: 'base', filter: present('objectClass'), attributes };
	for await (const message of session.search(request)) {
		if (message.kind === 'entry') found = message.entry;
	}
	return found;
}

const encodeAttribute = (name: string, values: Array<string | Buffer>): Attribute =>
	new Attribute({
		type: attributeName(name),
		values: values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
	});

const firstLevel = (dn: string): string => {
	const depth = parseDn(dn).length;
	const parent = parentDn(dn);
	return depth <= 1 || parent === '' ? dn : firstLevelText(dn);
};

/** The text before the first unescaped comma, kept as it was written. */
const firstLevelText = (dn: string): string => /^(?:\\.|[^,;\\])*/s.exec(dn)?.[0].trim() ?? dn;

async function* pages(opened: OpenServer, request: LdapSearch): AsyncGenerator<LdapEntry, void, undefined> {
	const { session, server } = opened;
	const paged = request.pageSize !== undefined && server.rootDse.supportedControls.includes(PAGED_RESULTS);
	const limit = request.sizeLimit ?? 0;
	let cookie: Buffer = Buffer.alloc(0);
	let delivered = 0;
	do {
		const controls = paged && request.pageSize !== undefined ? [pagedResults(request.pageSize, cookie)] : [];
		cookie = Buffer.alloc(0);
		for await (const message of session.search(request, controls)) {
			if (message.kind === 'entry') {
				delivered++;
				yield message.entry;
				if (limit > 0 && delivered >= limit) return;
			} else if (message.kind === 'reference') request.onReference?.(message.uris);
			else if (message.kind === 'result') {
				if (message.result.code !== 0) throw searchFailure(session, message, request, delivered);
				cookie = pagedCookie(message.controls);
			}
		}
		// An empty page with a cookie is no end (ldapts stops there, and silently loses the rest).
	} while (cookie.length > 0);
}

function searchFailure(session: LdapSession, message: ResultMessage, request: LdapSearch, delivered: number) {
	const error = session.resultError(
		message,
		`search below ${request.base === '' ? 'its root' : request.base}`,
	);
	if (message.result.code !== SIZE_LIMIT_EXCEEDED) return error;
	return new DomainError(`${error.message} after ${delivered} entries`, {
		advice: error.advice,
		recovery: error.recovery,
		failure: error.failure,
		code: error.code,
	});
}
