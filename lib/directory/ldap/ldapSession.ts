import type { Socket } from 'node:net';

import { AbandonRequest, BindRequest, ExtendedRequest, SearchRequest, UnbindRequest } from 'ldapts';
import type { Control, Message } from 'ldapts';

import { DomainError } from '../../domain.errors';
import { attributeName } from '../attributeName';
import { elementSize } from './ber.cursor';
import { encodeFilter } from './filter.encoder';
import type { LdapSearch, LdapSettings } from './ldap.types';
import type { ErrorPlace } from './ldapErrors';
import { connectionError, loginError, resultError, systemError } from './ldapErrors';
import { LdapFraming } from './ldapFraming';
import type { Endpoint } from './ldapSocket';
import { endpointOf, openSocket, secureSocket } from './ldapSocket';
import { MessageQueue } from './messageQueue';
import type { ServerMessage } from './serverMessage';
import { readServerMessage } from './serverMessage';

const START_TLS = '1.3.6.1.4.1.1466.20037';
const NOTICE_OF_DISCONNECTION = '1.3.6.1.4.1.1466.20036';
const SUCCESS = 0;
/** Message ids are positive 31-bit integers; ldapts encodes abandoned ids reliably well below that. */
const LAST_MESSAGE_ID = 0x3fff_ffff;

export type ResultMessage = Extract<ServerMessage, { kind: 'result' }>;

/**
 * One bound LDAP connection over ldapts' message classes: entries as they arrive with back-pressure, intermediate responses,
 * controls, abandon, notices of disconnection. Any failure of the socket or of the protocol ends it for good: a session is never
 * used half-broken, and never again without its bind.
 */
export class LdapSession {
	readonly url: string;
	readonly #settings: LdapSettings;
	readonly #place: ErrorPlace;
	readonly #pending = new Map<number, MessageQueue>();
	#socket: Socket;
	#lastId = 0;
	#failure: DomainError | undefined;
	#onFailure: ((failure: DomainError) => void) | undefined;

	private constructor(url: string, settings: LdapSettings, socket: Socket, place: ErrorPlace) {
		this.url = url;
		this.#settings = settings;
		this.#socket = socket;
		this.#place = place;
		this.#listen(socket);
	}

	/** Connects, secures and binds. Rejects with DomainError; leaves no socket behind then. */
	static async open(url: string, settings: LdapSettings): Promise<LdapSession> {
		refuseUnsafe(url, settings);
		const place: ErrorPlace = { endpoint: url, secrets: [settings.password] };
		const endpoint = endpointOf(url);
		try {
			const socket = await openSocket(endpoint, settings);
			const session = new LdapSession(url, settings, socket, place);
			try {
				if (settings.security === 'startTls' && !endpoint.implicitTls) await session.#startTls(endpoint);
				await session.#bind();
			} catch (error) {
				session.close();
				throw error;
			}
			return session;
		} catch (error) {
			throw connectionError(error, 'connect to the directory', place);
		}
	}

	/** Why the session is over; undefined while it can be used. */
	get failure(): DomainError | undefined {
		return this.#failure;
	}

	/** Called once, when the session ends by anything but close(). */
	onFailure(listener: (failure: DomainError) => void): void {
		this.#onFailure = listener;
	}

	/** Sends one request and awaits its result; `action` completes "The directory refused when asked to …". */
	async request(
		build: (messageId: number) => Message,
		action: string,
		silenceMs = this.#settings.operationTimeoutMs,
	): Promise<ResultMessage> {
		const message = await this.exchange(build, action, silenceMs);
		if (message.result.code !== SUCCESS) throw resultError(message.result, action, this.#place);
		return message;
	}

	/** As request(), and leaves judging the result code to the caller. */
	async exchange(
		build: (messageId: number) => Message,
		action: string,
		silenceMs = this.#settings.operationTimeoutMs,
	): Promise<ResultMessage> {
		const id = this.#nextId();
		const bytes = encode(build(id));
		const answers = this.#expect(id);
		try {
			this.#send(bytes);
			for (;;) {
				const message = await answers.next(silenceMs);
				if (message.kind === 'result') return message;
			}
		} catch (error) {
			throw this.#fail(connectionError(error, action, this.#place));
		} finally {
			this.#pending.delete(id);
		}
	}

	/**
	 * Entries, references and intermediate responses as they arrive, the result last. The socket is paused while the reader is slow;
	 * leaving early abandons the search on the server. `operationTimeoutMs` limits each silence of the server, 0 = none.
	 */
	async *search(
		request: LdapSearch,
		controls: Control[] = [],
		silenceMs = this.#settings.operationTimeoutMs,
	): AsyncGenerator<ServerMessage, void, undefined> {
		const id = this.#nextId();
		const bytes = encode(searchMessage(id, request, controls));
		const answers = this.#expect(id);
		let finished = false;
		try {
			this.#send(bytes);
			while (!finished) {
				const answer = await answers.next(silenceMs);
				finished = answer.kind === 'result';
				yield answer;
			}
		} catch (error) {
			finished = true;
			throw error instanceof DomainError ? error : this.#fail(connectionError(error, 'search', this.#place));
		} finally {
			this.#pending.delete(id);
			answers.release();
			if (!finished && this.#failure === undefined) this.#abandon(id);
		}
	}

	resultError(message: ResultMessage, action: string): DomainError {
		return resultError(message.result, action, this.#place);
	}

	close(): void {
		if (this.#failure !== undefined) return;
		this.#onFailure = undefined;
		this.#socket.end(new UnbindRequest({ messageId: this.#nextId() }).write());
		this.#fail(
			new DomainError('The connection to the directory was closed', {
				advice: 'The workflow was stopped while the directory still answered.',
				recovery: 'retry',
				failure: 'temporarily-unavailable',
			}),
		);
	}

	async #startTls(endpoint: Endpoint): Promise<void> {
		await this.request(
			(messageId) => new ExtendedRequest({ messageId, oid: START_TLS }),
			'switch to an encrypted connection (StartTLS)',
			this.#settings.connectTimeoutMs,
		);
		const plain = this.#socket;
		plain.removeAllListeners('data');
		plain.removeAllListeners('close');
		this.#socket = await secureSocket(plain, endpoint, this.#settings);
		this.#listen(this.#socket);
	}

	async #bind(): Promise<void> {
		const { bindDn: dn, password } = this.#settings;
		const bind = (messageId: number): Message => new BindRequest({ messageId, dn, password });
		const { result } = await this.exchange(bind, `log in as ${dn}`, this.#settings.connectTimeoutMs);
		if (result.code !== SUCCESS) throw loginError(result, dn, this.#place);
	}

	#nextId(): number {
		this.#lastId = this.#lastId >= LAST_MESSAGE_ID ? 1 : this.#lastId + 1;
		return this.#lastId;
	}

	#expect(id: number): MessageQueue {
		const queue = new MessageQueue(this.#socket);
		if (this.#failure) queue.fail(this.#failure);
		else this.#pending.set(id, queue);
		return queue;
	}

	#send(bytes: Buffer): void {
		if (this.#failure === undefined) this.#socket.write(bytes);
	}

	/** RFC 4511 §4.11: no answer follows; entries already on their way are dropped. */
	#abandon(id: number): void {
		this.#send(encode(new AbandonRequest({ messageId: this.#nextId(), abandonId: id })));
	}

	#listen(socket: Socket): void {
		const framing = new LdapFraming();
		socket.on('data', (chunk: Buffer) => {
			try {
				for (const bytes of framing.push(chunk)) this.#dispatch(readServerMessage(bytes));
			} catch (error) {
				this.#fail(this.#nonsense(error));
			}
		});
		socket.on('error', (error) => this.#fail(connectionError(error, 'talk to the directory', this.#place)));
		socket.on('close', () =>
			this.#fail(
				connectionError(systemError('ECONNRESET', 'closed'), 'go on talking to the directory', this.#place),
			),
		);
	}

	#dispatch(message: ServerMessage): void {
		if (message.id !== 0) {
			this.#pending.get(message.id)?.push(message);
			return;
		}
		// RFC 4511 §4.4: unsolicited. Only the notice of disconnection asks for something.
		if (message.kind === 'result' && message.oid === NOTICE_OF_DISCONNECTION) {
			this.#fail(resultError(message.result, 'keep the connection', this.#place));
		}
	}

	#nonsense(error: unknown): DomainError {
		const reason = error instanceof Error ? error.message : 'unreadable bytes';
		return new DomainError(`${this.#place.endpoint} sent something that is not LDAP: ${reason}`, {
			advice:
				'Check host and port in the credential, and that Security fits the port: 389 is usually StartTLS, 636 LDAPS.',
			recovery: 'retry',
			failure: 'configuration-invalid',
		});
	}

	#fail(failure: DomainError): DomainError {
		if (this.#failure !== undefined) return failure;
		this.#failure = failure;
		for (const queue of this.#pending.values()) queue.fail(failure);
		this.#pending.clear();
		if (!this.#socket.writableEnded) this.#socket.destroy();
		else this.#socket.destroySoon();
		this.#onFailure?.(failure);
		return failure;
	}
}

/**
 * RFC 4513 §5.1.2: a bind with a name and no password succeeds on many servers, as nobody. And what was meant to be encrypted must
 * not go out in the clear because of a URL.
 */
function refuseUnsafe(url: string, settings: LdapSettings): void {
	const refuse = (message: string, advice: string): never => {
		throw new DomainError(message, { advice, recovery: 'abort', failure: 'credential-invalid' });
	};
	if (settings.bindDn === '' || settings.password === '') {
		refuse(
			'The LDAP credential has no bind DN or no password',
			'Fill in both: without them the directory would treat this package as an anonymous visitor.',
		);
	}
	if (settings.security === 'ldaps' && !url.startsWith('ldaps:')) {
		refuse(`Security is LDAPS, but ${url} is not an ldaps URL`, 'Write the URL as "ldaps://host:636".');
	}
}

/** ldapts' writer can lose a byte of a very large message at the edge of its buffer: the server must not get half a message. */
function encode(message: Message): Buffer {
	const bytes = message.write();
	if (elementSize(bytes, 0)?.total === bytes.length) return bytes;
	throw new DomainError('The request is too large for LDAP', {
		advice: 'Ask for less at once, e.g. fewer or shorter values.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

/** `*`, `+` and `1.1` are RFC 4511 §4.5.1.8's selectors, no attribute names. */
const selector = (name: string): string => (name === '*' || name === '+' ? name : attributeName(name));

function searchMessage(messageId: number, request: LdapSearch, controls: Control[]): SearchRequest {
	return new SearchRequest({
		messageId,
		baseDN: request.base,
		scope: request.scope,
		filter: encodeFilter(request.filter),
		attributes: request.attributes.map(selector),
		sizeLimit: request.sizeLimit ?? 0,
		// ldapts' default of 10 s would end long searches; the server's own limit and our time-out on silence remain.
		timeLimit: 0,
		controls,
	});
}
