import { parentDn } from '../../lib/directory/distinguishedName';
import { DomainError } from '../../lib/domain.errors';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { DirectoryAdmin } from './directoryAdmin';
import { ldapSettings } from './ldap';

/** A slapd for the contract suite. */
export async function ldapContractServer(
	options: SlapdOptions = {},
	watching: Partial<WatchScope> = {},
): Promise<ContractServer> {
	const slapd = await startSlapd(options);
	return {
		admin: new LdapContractAdmin(slapd),
		open: (scope) => openLdapWatch(ldapSettings(slapd), { ...scope, ...watching }),
		port: slapd.port,
		openAt: (port, scope) =>
			openLdapWatch(ldapSettings(slapd, { urls: [`ldap://127.0.0.1:${port}`] }), { ...scope, ...watching }),
		kill: async () => {
			await slapd.kill();
		},
		restart: async () => {
			await slapd.restart();
		},
		stop: () => slapd.stop(),
	};
}

/** People and groups go by their DN. */
export class LdapContractAdmin extends DirectoryAdmin implements ContractAdmin {
	constructor(private readonly server: Slapd) {
		super(server);
	}

	setPassword(person: string, password: string): Promise<void> {
		return this.replace(person, 'userPassword', [password]);
	}

	/** As the policy's three failed logins do. */
	async lock(person: string): Promise<void> {
		for (let attempt = 0; attempt < 3; attempt++) {
			const settings = ldapSettings(this.server, { bindDn: person, password: 'wrong' });
			const connection = openLdapConnection(settings);
			await connection.rootDse().catch((error: unknown) => {
				if (!(error instanceof DomainError)) throw error;
			});
			await connection.close();
		}
	}

	unlock(person: string): Promise<void> {
		return this.enable(person);
	}

	requirePasswordReset(person: string): Promise<void> {
		return this.replace(person, 'pwdReset', ['TRUE']);
	}

	async rename(entry: string, name: string): Promise<string> {
		const [type] = entry.split('=');
		const renamed = `${type}=${name},${parentDn(entry)}`;
		await this.connection.rename(entry, renamed);
		return renamed;
	}

	async move(entry: string, unit: string): Promise<string> {
		const container = this.#unitDn(unit);
		if (!(await this.connection.read(container, ['1.1']))) {
			await this.connection.add(container, { objectClass: ['organizationalUnit'], ou: [unit] });
			// slapd 2.5 cannot rename a container that holds only entries older than itself ("DN index add failed").
			await this.connection.add(`ou=rooms,${container}`, {
				objectClass: ['organizationalUnit'],
				ou: ['rooms'],
			});
		}
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

	override async logIn(person?: string): Promise<void> {
		if (person === undefined) return await super.logIn();
		const settings = ldapSettings(this.server, { bindDn: person, password: 'geheim' });
		const connection = openLdapConnection(settings);
		await connection.rootDse();
		await connection.close();
	}

	memberValue(person: string): string {
		return person;
	}

	#unitDn(unit: string): string {
		return `ou=${unit},ou=people,${this.server.baseDn}`;
	}
}
