import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { DomainError } from '../../lib/domain.errors';
import type { Samba, SambaOptions } from '../../sandbox/samba/samba';
import { startSamba } from '../../sandbox/samba/samba';
import { quotedPassword } from '../../sandbox/samba/samba.config';
import type { ContractAdmin, ContractServer } from '../contract/contractServer.types';
import { LdapEntryAdmin } from './ldapEntryAdmin';

export type SambaLogin = 'admin' | 'deletionReader' | 'watcher';

/** Over TLS: passwords are taken no other way. */
export const sambaSettings = (
	samba: Samba,
	login: SambaLogin,
	changes: Partial<LdapSettings> = {},
): LdapSettings => ({
	kind: 'ldap',
	urls: [samba.ldapsUrl],
	security: 'ldaps',
	ca: samba.caPem,
	verifyCertificate: true,
	bindDn: { admin: samba.adminDn, deletionReader: samba.deletionReaderDn, watcher: samba.watcherDn }[login],
	password: login === 'admin' ? samba.adminPassword : samba.watcherPassword,
	baseDn: samba.baseDn,
	family: 'auto',
	conventions: {
		managerAttribute: 'manager',
		localeAttribute: 'preferredLanguage',
		devicesDn: 'ou=devices',
		acknowledgmentsDn: 'ou=acknowledgments',
	},
	connectTimeoutMs: 10_000,
	operationTimeoutMs: 30_000,
	...changes,
});

export interface SambaContractOptions extends SambaOptions {
	login: SambaLogin;
	strategy?: WatchScope['strategy'];
}

/** A domain controller for the contract suite. */
export async function sambaContractServer({
	login,
	strategy,
	...options
}: SambaContractOptions): Promise<ContractServer & { samba: Samba; admin: SambaAdmin }> {
	const samba = await startSamba(options);
	return {
		samba,
		admin: new SambaAdmin(samba),
		open: (scope) => openLdapWatch(sambaSettings(samba, login), { strategy, ...scope }),
		forget: () => samba.beRestored(),
		kill: () => samba.kill(),
		restart: () => samba.restart(),
		stop: () => samba.stop(),
	};
}

/** Names that every domain has already. */
const TAKEN = new Set(['administrator', 'guest', 'krbtgt', 'watcher']);
const DISABLED = 0x2;
const NORMAL_ACCOUNT = 0x200;
/** Passwords are hashed in many ways, which takes longer than all the rest: accounts get theirs when they need one. */
const PASSWORD_NOT_REQUIRED = 0x20;
const FIRST_PASSWORD = 'geheim.1';
/** Stands for the present moment. */
const NOW = '-1';

/** People and groups go by their DN. */
export class SambaAdmin extends LdapEntryAdmin implements ContractAdmin {
	constructor(private readonly samba: Samba) {
		super(openLdapConnection(sambaSettings(samba, 'admin')), samba.baseDn);
	}

	override async addPerson(
		name: string,
		{ userPassword = [], ...attributes }: Record<string, string[]> = {},
	): Promise<string> {
		const [password] = userPassword;
		const dn = `CN=${name},OU=people,${this.samba.baseDn}`;
		await this.connection.add(dn, {
			objectClass: ['user'],
			sAMAccountName: [TAKEN.has(name) ? `our ${name}` : name],
			userAccountControl: [String(NORMAL_ACCOUNT | PASSWORD_NOT_REQUIRED)],
			pwdLastSet: [NOW],
			...(password === undefined ? {} : { unicodePwd: [quotedPassword(password)] }),
			...attributes,
		});
		return dn;
	}

	override async addGroup(name: string, members: string[]): Promise<string> {
		const dn = `CN=${name},OU=groups,${this.samba.baseDn}`;
		await this.connection.add(dn, { objectClass: ['group'], sAMAccountName: [name], member: members });
		return dn;
	}

	override setPassword(person: string, password: string): Promise<void> {
		return this.replace(person, 'unicodePwd', [quotedPassword(password)]);
	}

	disable(person: string): Promise<void> {
		return this.replace(person, 'userAccountControl', [
			String(NORMAL_ACCOUNT | PASSWORD_NOT_REQUIRED | DISABLED),
		]);
	}

	enable(person: string): Promise<void> {
		return this.replace(person, 'userAccountControl', [String(NORMAL_ACCOUNT | PASSWORD_NOT_REQUIRED)]);
	}

	/** As the policy's three failed logins do. */
	async lock(person: string): Promise<void> {
		await this.setPassword(person, FIRST_PASSWORD);
		for (let attempt = 0; attempt < 3; attempt++) {
			await this.#bind(person, 'wrong').catch((error: unknown) => {
				if (!(error instanceof DomainError)) throw error;
			});
		}
	}

	unlock(person: string): Promise<void> {
		return this.replace(person, 'lockoutTime', ['0']);
	}

	requirePasswordReset(person: string): Promise<void> {
		return this.replace(person, 'pwdLastSet', ['0']);
	}

	async logIn(person: string): Promise<void> {
		await this.setPassword(person, FIRST_PASSWORD);
		await this.#bind(person, FIRST_PASSWORD);
	}

	async #bind(person: string, password: string): Promise<void> {
		const settings = sambaSettings(this.samba, 'watcher', { bindDn: person, password });
		const connection = openLdapConnection(settings);
		try {
			await connection.rootDse();
		} finally {
			await connection.close();
		}
	}

	/** Spelled as the domain controller shows it. */
	protected override unitDn(unit: string): string {
		return `OU=${unit},OU=people,${this.samba.baseDn}`;
	}

	protected override async addUnit(container: string): Promise<void> {
		await this.connection.add(container, { objectClass: ['organizationalUnit'] });
	}
}
