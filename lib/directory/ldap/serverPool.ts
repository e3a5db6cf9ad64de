import { DomainError } from '../../domain.errors';
import type { LdapSettings } from './ldap.types';
import { LdapSession } from './ldapSession';
import type { Server } from './serverIdentity';
import { readServer } from './serverIdentity';

export interface OpenServer {
	session: LdapSession;
	server: Server;
}

/** Failures after which the next URL may do better. A refused login is none: the same password on each replica would lock the account. */
const worthAnotherUrl = (error: DomainError): boolean =>
	error.failure === 'temporarily-unavailable' ||
	error.failure === 'configuration-invalid' ||
	(error.failure === 'credential-invalid' && !/^\d+$/.test(error.code ?? ''));

/** Opens sessions on the first URL that answers, and stays on it. */
export class ServerPool {
	readonly #settings: LdapSettings;
	#preferred = 0;
	/** Of the latest connect. */
	current: Server | undefined;

	constructor(settings: LdapSettings) {
		this.#settings = settings;
	}

	async open(): Promise<OpenServer> {
		const { urls } = this.#settings;
		const failures: DomainError[] = [];
		for (let attempt = 0; attempt < urls.length; attempt++) {
			const index = (this.#preferred + attempt) % urls.length;
			try {
				const opened = await this.#openAt(urls[index] ?? '');
				this.#preferred = index;
				this.current = opened.server;
				return opened;
			} catch (error) {
				if (!(error instanceof DomainError)) throw error;
				failures.push(error);
				if (!worthAnotherUrl(error)) break;
			}
		}
		throw allFailed(failures);
	}

	async #openAt(url: string): Promise<OpenServer> {
		const session = await LdapSession.open(url, this.#settings);
		try {
			return { session, server: await readServer(session, this.#settings) };
		} catch (error) {
			session.close();
			throw error;
		}
	}
}

function allFailed(failures: DomainError[]): DomainError {
	const last = failures.at(-1);
	if (last === undefined) {
		return new DomainError('The LDAP credential names no server', {
			advice: 'Enter at least one URL, e.g. "ldap://directory.example.org:389".',
			recovery: 'abort',
			failure: 'credential-invalid',
		});
	}
	if (failures.length === 1) return last;
	return new DomainError(
		`None of ${failures.length} directory servers can be used. ${failures.map(({ message }) => message).join('. ')}`,
		{
			advice: last.advice,
			recovery: failures.some(({ recovery }) => recovery === 'retry') ? 'retry' : last.recovery,
			failure: last.failure,
			code: last.code,
			cause: last,
		},
	);
}
