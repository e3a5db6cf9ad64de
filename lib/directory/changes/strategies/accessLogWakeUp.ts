import { DomainError } from '../../../domain.errors';
import { equals } from '../../ldap/filter';
import type { LdapConnection, LdapSearch } from '../../ldap/ldap.types';
import { resultError } from '../../ldap/ldapErrors';
import type { ServerMessage } from '../../ldap/serverMessage';
import { SYNC_REQUEST, syncInfoOf, syncRequest } from '../../ldap/syncControls';
import type { WakeUp } from '../changes.types';
import { LOG_BASE } from './accessLogSearch';

/** Writes alone: a login is no news. */
const WRITES: LdapSearch = {
	base: LOG_BASE,
	scope: 'sub',
	filter: equals('objectClass', 'auditWriteObject'),
	attributes: ['1.1'],
};

/**
 * RFC 4533 refreshAndPersist on `cn=accesslog`, from now on; on a session of its own, opened by the first next(). Absent where the
 * overlay syncprov does not serve the log: reading at intervals needs no channel.
 */
export async function accessLogWakeUp(connection: LdapConnection): Promise<WakeUp | undefined> {
	const { supportedControls } = await connection.rootDse();
	if (!supportedControls.includes(SYNC_REQUEST)) return undefined;
	const log = await connection.read(LOG_BASE, ['contextCSN', 'minCSN']);
	const csns = log?.values('contextCSN') ?? [];
	if (csns.length === 0) return undefined;
	// Of a log that has recorded logins but no write yet, and so shows no minCSN, slapd 2.5.13 dies when it is asked to go on from a
	// cookie. Without one it sends what there is, which is nothing.
	const hasRecordedWrites = log?.first('minCSN') !== undefined;
	return new AccessLogWakeUp(connection, hasRecordedWrites ? liveCookie(csns) : undefined);
}

/**
 * A cookie as syncprov writes it, but for the id of the server (`rid=000,sid=001,csn=…`): a consumer that names the provider's own id
 * is taken for the provider itself, and is sent nothing of what it writes.
 */
export const liveCookie = (csns: readonly string[]): Buffer => Buffer.from(`rid=000,csn=${csns.join(';')}`);

export class AccessLogWakeUp implements WakeUp {
	#listening: Promise<void> | undefined;
	#isDue = false;
	#failure: DomainError | undefined;
	/** Ends the waiting of whoever waits. */
	readonly #waiting = new Set<() => void>();

	constructor(
		private readonly connection: LdapConnection,
		private readonly cookie: Buffer | undefined,
	) {}

	async next(signal: AbortSignal): Promise<void> {
		this.#listening ??= this.#listen();
		if (!this.#isDue && this.#failure === undefined && !signal.aborted) await this.#arrival(signal);
		if (signal.aborted) return;
		if (this.#isDue) this.#isDue = false;
		else if (this.#failure) throw this.#failure;
	}

	#arrival(signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const done = (): void => {
				this.#waiting.delete(done);
				signal.removeEventListener('abort', done);
				resolve();
			};
			this.#waiting.add(done);
			signal.addEventListener('abort', done, { once: true });
		});
	}

	/** Until the connection is closed or lost. Never rejects: next() tells. */
	async #listen(): Promise<void> {
		try {
			const controls = [syncRequest('refreshAndPersist', this.cookie)];
			for await (const message of this.connection.messages(WRITES, controls, 0)) this.#take(message);
		} catch (error) {
			this.#failure = error instanceof DomainError ? error : broken(error);
		}
		this.#failure ??= broken(undefined);
		this.#wake();
	}

	/** New cookies and ends of phases tell of nothing that was written. */
	#take(message: ServerMessage): void {
		if (message.kind === 'result') {
			const { settings } = this.connection;
			throw resultError(message.result, 'tell of writes as they happen', {
				endpoint: settings.urls.join(', '),
				secrets: [settings.password],
			});
		}
		const isNews = message.kind === 'intermediate' ? syncInfoOf(message.value).kind === 'idSet' : true;
		if (!isNews) return;
		this.#isDue = true;
		this.#wake();
	}

	#wake(): void {
		for (const done of [...this.#waiting]) done();
	}
}

const broken = (cause: unknown): DomainError =>
	new DomainError('The live channel to the access log ended', {
		advice: 'Nothing is lost: changes are read at intervals instead.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
		cause,
	});
