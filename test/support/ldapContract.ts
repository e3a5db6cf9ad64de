import { DomainError } from '../../lib/domain.errors';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { DirectoryAdmin } from './directoryAdmin';
import { ldapSettings } from './ldap';
import { PASSWORD } from './ldapEntryAdmin';

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

	override async logIn(person?: string): Promise<void> {
		if (person === undefined) return await super.logIn();
		const settings = ldapSettings(this.server, { bindDn: person, password: PASSWORD });
		const connection = openLdapConnection(settings);
		await connection.rootDse();
		await connection.close();
	}

	/** slapd 2.5 cannot rename a container that holds only entries older than itself ("DN index add failed"). */
	protected override async addUnit(container: string, unit: string): Promise<void> {
		await super.addUnit(container, unit);
		await super.addUnit(`ou=rooms,${container}`, 'rooms');
	}
}
