import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { DirectoryAdmin } from './directoryAdmin';
import { ldapSettings } from './ldap';

/** A slapd for the contract suite. */
export async function ldapContractServer(options: SlapdOptions = {}): Promise<ContractServer> {
	const slapd = await startSlapd(options);
	return {
		admin: new LdapContractAdmin(slapd),
		open: (scope) => openLdapWatch(ldapSettings(slapd), scope),
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
class LdapContractAdmin extends DirectoryAdmin implements ContractAdmin {
	constructor(private readonly server: Slapd) {
		super(server);
	}

	setPassword(person: string, password: string): Promise<void> {
		return this.replace(person, 'userPassword', [password]);
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
}
