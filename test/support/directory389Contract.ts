import { setTimeout as pause } from 'node:timers/promises';

import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { DomainError } from '../../lib/domain.errors';
import type { Directory389 } from '../../sandbox/389ds/directory389';
import { startDirectory389 } from '../../sandbox/389ds/directory389';
import type { Directory389Options } from '../../sandbox/389ds/dse.config';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { LdapEntryAdmin, PASSWORD } from './ldapEntryAdmin';
import { scriptedSettings } from './scriptedLdap';

/** Settings as the pack's service account; override what a test is about. */
export const watcherSettings = (server: Directory389, changes: Partial<LdapSettings> = {}): LdapSettings =>
	scriptedSettings([server.url], {
		bindDn: server.watcherDn,
		password: server.watcherPassword,
		connectTimeoutMs: 10_000,
		operationTimeoutMs: 10_000,
		...changes,
	});

/** A 389 Directory Server for the contract suite. */
export async function directory389ContractServer(
	options: Directory389Options = {},
): Promise<ContractServer & { server: Directory389; admin: Directory389Admin }> {
	const server = await startDirectory389(options);
	const admin = new Directory389Admin(server);
	return {
		server,
		admin,
		open: (scope) => openLdapWatch(watcherSettings(server), scope),
		port: Number(new URL(server.url).port),
		openAt: (port, scope) =>
			openLdapWatch(watcherSettings(server, { urls: [`ldap://127.0.0.1:${port}`] }), scope),
		...(options.changelog ? { forget: () => admin.trimChangelog() } : {}),
		kill: () => server.kill(),
		restart: () => server.restart(),
		stop: () => server.stop(),
	};
}

/** People and groups go by their DN. */
export class Directory389Admin extends LdapEntryAdmin implements ContractAdmin {
	constructor(private readonly server: Directory389) {
		const login = { bindDn: server.adminDn, password: server.adminPassword };
		super(openLdapConnection(watcherSettings(server, login)), server.baseDn);
	}

	disable(person: string): Promise<void> {
		return this.replace(person, 'nsAccountLock', ['true']);
	}

	enable(person: string): Promise<void> {
		return this.replace(person, 'nsAccountLock', []);
	}

	/** The policy allows three failed logins. */
	async lock(person: string): Promise<void> {
		for (let attempt = 0; attempt < 3; attempt++) await this.#bind(person, 'wrong').catch(unlessRefused);
	}

	unlock(person: string): Promise<void> {
		return this.replace(person, 'accountUnlockTime', []);
	}

	requirePasswordReset(person: string): Promise<void> {
		return this.replace(person, 'passwordExpirationTime', ['19700101000000Z']);
	}

	logIn(person: string): Promise<void> {
		return this.#bind(person, PASSWORD);
	}

	/** As an age limit does: all records but the newest. */
	async trimChangelog(): Promise<void> {
		const { last } = await this.changeNumbers();
		const records = this.connection.search({
			base: 'cn=changelog',
			scope: 'one',
			filter: { kind: 'lessOrEqual', attribute: 'changeNumber', value: String(last - 1) },
			attributes: ['changeNumber'],
		});
		const dns: string[] = [];
		for await (const { dn } of records) dns.push(dn);
		for (const dn of dns) await this.connection.remove(dn);
		await pause(0);
	}

	async changeNumbers(): Promise<{ first: number; last: number }> {
		const root = await this.connection.read('', ['firstchangenumber', 'lastchangenumber']);
		return { first: Number(root?.first('firstchangenumber')), last: Number(root?.first('lastchangenumber')) };
	}

	async #bind(bindDn: string, password: string): Promise<void> {
		const connection = openLdapConnection(watcherSettings(this.server, { bindDn, password }));
		try {
			await connection.rootDse();
		} finally {
			await connection.close();
		}
	}
}

function unlessRefused(error: unknown): void {
	if (!(error instanceof DomainError)) throw error;
}
