import { setTimeout as pause } from 'node:timers/promises';

import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { parentDn } from '../../lib/directory/distinguishedName';
import type { LdapConnection, LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { DomainError } from '../../lib/domain.errors';
import type { Directory389 } from '../../sandbox/389ds/directory389';
import { startDirectory389 } from '../../sandbox/389ds/directory389';
import type { Directory389Options } from '../../sandbox/389ds/dse.config';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { scriptedSettings } from './scriptedLdap';

const PASSWORD = 'geheim';

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
export class Directory389Admin implements ContractAdmin {
	readonly connection: LdapConnection;

	constructor(private readonly server: Directory389) {
		const login = { bindDn: server.adminDn, password: server.adminPassword };
		this.connection = openLdapConnection(watcherSettings(server, login));
	}

	personDn(uid: string): string {
		return `uid=${uid},ou=people,${this.server.baseDn}`;
	}

	async addPerson(name: string, attributes: Record<string, Array<string | Buffer>> = {}): Promise<string> {
		const dn = this.personDn(name);
		await this.connection.add(dn, {
			objectClass: ['inetOrgPerson'],
			uid: [name],
			cn: [name],
			sn: [name],
			userPassword: [PASSWORD],
			...attributes,
		});
		return dn;
	}

	async addGroup(name: string, members: string[]): Promise<string> {
		const dn = `cn=${name},ou=groups,${this.server.baseDn}`;
		await this.connection.add(dn, { objectClass: ['groupOfNames'], cn: [name], member: members });
		return dn;
	}

	replace(dn: string, attribute: string, values: Array<string | Buffer>): Promise<void> {
		return this.connection.modify(dn, [{ operation: 'replace', attribute, values }]);
	}

	addMembers(group: string, members: string[]): Promise<void> {
		return this.connection.modify(group, [{ operation: 'add', attribute: 'member', values: members }]);
	}

	removeMembers(group: string, members: string[]): Promise<void> {
		return this.connection.modify(group, [{ operation: 'delete', attribute: 'member', values: members }]);
	}

	setPassword(person: string, password: string): Promise<void> {
		return this.replace(person, 'userPassword', [password]);
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

	async rename(entry: string, name: string): Promise<string> {
		const [type] = entry.split('=');
		const renamed = `${type}=${name},${parentDn(entry)}`;
		await this.connection.rename(entry, renamed);
		return renamed;
	}

	async move(entry: string, unit: string): Promise<string> {
		const container = this.#unitDn(unit);
		if (!(await this.connection.read(container, ['1.1'])))
			await this.connection.add(container, { objectClass: ['organizationalUnit'], ou: [unit] });
		const moved = `${entry.slice(0, -parentDn(entry).length - 1)},${container}`;
		await this.connection.rename(entry, moved);
		return moved;
	}

	async renameUnit(unit: string, name: string): Promise<void> {
		await this.connection.rename(this.#unitDn(unit), this.#unitDn(name));
	}

	async addDevice(owner: string, name: string): Promise<void> {
		await this.connection.add(`cn=${name},ou=devices,${this.server.baseDn}`, {
			objectClass: ['device'],
			cn: [name],
			owner: [owner],
			description: ['{}'],
		});
	}

	nest(group: string, inside: string): Promise<void> {
		return this.addMembers(inside, [group]);
	}

	unnest(group: string, inside: string): Promise<void> {
		return this.removeMembers(inside, [group]);
	}

	remove(entry: string): Promise<void> {
		return this.connection.remove(entry);
	}

	logIn(person: string): Promise<void> {
		return this.#bind(person, PASSWORD);
	}

	memberValue(person: string): string {
		return person;
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

	close(): Promise<void> {
		return this.connection.close();
	}

	#unitDn(unit: string): string {
		return `ou=${unit},ou=people,${this.server.baseDn}`;
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
