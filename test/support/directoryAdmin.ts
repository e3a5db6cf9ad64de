import type { LdapConnection } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { ldapSettings } from './ldap';

/** An administrator at work on a throw-away server. */
export class DirectoryAdmin {
	readonly connection: LdapConnection;

	constructor(private readonly slapd: Slapd) {
		this.connection = openLdapConnection({
			...ldapSettings(slapd),
			bindDn: slapd.adminDn,
			password: slapd.adminPassword,
		});
	}

	personDn(uid: string): string {
		return `uid=${uid},ou=people,${this.slapd.baseDn}`;
	}

	groupDn(cn: string): string {
		return `cn=${cn},ou=groups,${this.slapd.baseDn}`;
	}

	async addPerson(uid: string, attributes: Record<string, Array<string | Buffer>> = {}): Promise<string> {
		const dn = this.personDn(uid);
		await this.connection.add(dn, {
			objectClass: ['inetOrgPerson'],
			uid: [uid],
			cn: [uid],
			sn: [uid],
			userPassword: ['geheim'],
			...attributes,
		});
		return dn;
	}

	async addGroup(cn: string, members: string[]): Promise<string> {
		const dn = this.groupDn(cn);
		await this.connection.add(dn, { objectClass: ['groupOfNames'], cn: [cn], member: members });
		return dn;
	}

	replace(dn: string, attribute: string, values: Array<string | Buffer>): Promise<void> {
		return this.connection.modify(dn, [{ operation: 'replace', attribute, values }]);
	}

	addMembers(groupDn: string, members: string[]): Promise<void> {
		return this.connection.modify(groupDn, [{ operation: 'add', attribute: 'member', values: members }]);
	}

	removeMembers(groupDn: string, members: string[]): Promise<void> {
		return this.connection.modify(groupDn, [{ operation: 'delete', attribute: 'member', values: members }]);
	}

	disable(dn: string): Promise<void> {
		return this.replace(dn, 'pwdAccountLockedTime', ['000001010000Z']);
	}

	enable(dn: string): Promise<void> {
		return this.replace(dn, 'pwdAccountLockedTime', []);
	}

	remove(dn: string): Promise<void> {
		return this.connection.remove(dn);
	}

	/** A login that the access log records. */
	async logIn(): Promise<void> {
		const connection = openLdapConnection(ldapSettings(this.slapd));
		await connection.rootDse();
		await connection.close();
	}

	close(): Promise<void> {
		return this.connection.close();
	}
}
