import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { adminSettings, ldapSettings } from './ldap';
import { LdapEntryAdmin } from './ldapEntryAdmin';

/** An administrator at work on a throw-away server. */
export class DirectoryAdmin extends LdapEntryAdmin {
	constructor(private readonly slapd: Slapd) {
		super(openLdapConnection(adminSettings(slapd)), slapd.baseDn);
	}

	disable(dn: string): Promise<void> {
		return this.replace(dn, 'pwdAccountLockedTime', ['000001010000Z']);
	}

	enable(dn: string): Promise<void> {
		return this.replace(dn, 'pwdAccountLockedTime', []);
	}

	/** A login that the access log records. */
	async logIn(): Promise<void> {
		const connection = openLdapConnection(ldapSettings(this.slapd));
		await connection.rootDse();
		await connection.close();
	}
}
