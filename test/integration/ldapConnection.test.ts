import { present } from '../../lib/directory/ldap/filter';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { ldapSettings } from '../support/ldap';

describe('LdapConnection', () => {
	let slapd: Slapd;
	beforeAll(async () => {
		slapd = await startSlapd();
	});
	afterAll(() => slapd.stop());

	it('names the server', async () => {
		const connection = openLdapConnection(ldapSettings(slapd));
		const identity = await connection.identity();
		expect(identity).toMatchObject({ family: 'openldap', endpoint: slapd.url });
		expect(identity.vendor).toMatch(/^OpenLDAP 2\./);
		const found: string[] = [];
		for await (const entry of connection.search({
			base: slapd.baseDn,
			scope: 'sub',
			filter: present('objectClass'),
			attributes: ['1.1'],
			pageSize: 2,
		}))
			found.push(entry.dn);
		expect(found).toHaveLength(8);
		await connection.close();
	});
});
