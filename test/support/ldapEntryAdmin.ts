import { parentDn } from '../../lib/directory/distinguishedName';
import type { LdapConnection } from '../../lib/directory/ldap/ldap.types';

/** Of people whom nobody gave another one. */
export const PASSWORD = 'geheim';

/** What an administrator does alike on every LDAP server. People and groups go by their DN. */
export class LdapEntryAdmin {
	constructor(
		readonly connection: LdapConnection,
		protected readonly baseDn: string,
	) {}

	personDn(uid: string): string {
		return `uid=${uid},ou=people,${this.baseDn}`;
	}

	groupDn(cn: string): string {
		return `cn=${cn},ou=groups,${this.baseDn}`;
	}

	async addPerson(uid: string, attributes: Record<string, Array<string | Buffer>> = {}): Promise<string> {
		const dn = this.personDn(uid);
		await this.connection.add(dn, {
			objectClass: ['inetOrgPerson'],
			uid: [uid],
			cn: [uid],
			sn: [uid],
			userPassword: [PASSWORD],
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

	nest(group: string, inside: string): Promise<void> {
		return this.addMembers(inside, [group]);
	}

	unnest(group: string, inside: string): Promise<void> {
		return this.removeMembers(inside, [group]);
	}

	setPassword(person: string, password: string): Promise<void> {
		return this.replace(person, 'userPassword', [password]);
	}

	async rename(entry: string, name: string): Promise<string> {
		const [type] = entry.split('=');
		const renamed = `${type}=${name},${parentDn(entry)}`;
		await this.connection.rename(entry, renamed);
		return renamed;
	}

	async move(entry: string, unit: string): Promise<string> {
		const container = this.unitDn(unit);
		if (!(await this.connection.read(container, ['1.1']))) await this.addUnit(container, unit);
		const moved = `${entry.slice(0, -parentDn(entry).length - 1)},${container}`;
		await this.connection.rename(entry, moved);
		return moved;
	}

	async renameUnit(unit: string, name: string): Promise<void> {
		await this.connection.rename(this.unitDn(unit), this.unitDn(name));
	}

	async addDevice(owner: string, name: string): Promise<void> {
		await this.connection.add(`cn=${name},ou=devices,${this.baseDn}`, {
			objectClass: ['device'],
			cn: [name],
			owner: [owner],
			description: ['{}'],
		});
	}

	remove(dn: string): Promise<void> {
		return this.connection.remove(dn);
	}

	memberValue(person: string): string {
		return person;
	}

	close(): Promise<void> {
		return this.connection.close();
	}

	protected async addUnit(container: string, unit: string): Promise<void> {
		await this.connection.add(container, { objectClass: ['organizationalUnit'], ou: [unit] });
	}

	protected unitDn(unit: string): string {
		return `ou=${unit},ou=people,${this.baseDn}`;
	}
}
