import type { ICredentialDataDecryptedObject, INodeCredentialTestResult } from 'n8n-workflow';

import { openDirectory } from '../../lib/directory/openDirectory';
import { testLdapCredential } from '../../lib/n8n/ldapConnection';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { ldapSettings } from '../support/ldap';

describe('the credential test of LDAP Directory API', () => {
	let slapd: Slapd;
	beforeAll(async () => {
		slapd = await startSlapd({ tls: true });
	});
	afterAll(() => slapd.stop());

	const test = (changes: ICredentialDataDecryptedObject = {}): Promise<INodeCredentialTestResult> =>
		testLdapCredential({
			id: '1',
			name: 'Directory',
			type: 'ldapDirectoryApi',
			data: {
				urls: slapd.url,
				security: 'none',
				bindDn: slapd.watcherDn,
				password: slapd.watcherPassword,
				baseDn: slapd.baseDn,
				...changes,
			},
		});

	it('tells what it reached', async () => {
		const { status, message } = await test();
		expect(message).toMatch(/^Connected to OpenLDAP 2\.\S+ at ldap:\/\/127\.0\.0\.1:\d+$/);
		expect(status).toBe('OK');
	});

	it('verifies over TLS with an authority pasted into one line', async () => {
		const secured = { urls: slapd.ldapsUrl ?? '', security: 'ldaps' };
		const trustedAuthorities = slapd.caPem?.replaceAll('\n', ' ') ?? '';
		expect(await test({ ...secured, trustedAuthorities })).toMatchObject({ status: 'OK' });
		expect(await test({ security: 'startTls', trustedAuthorities })).toMatchObject({ status: 'OK' });
		expect(await test({ ...secured, skipVerification: true })).toMatchObject({ status: 'OK' });
		const refused = await test(secured);
		expect(refused.status).toBe('Error');
		expect(refused.message).toContain('CA Certificate');
	});

	it('says that a subtree is missing, and is content otherwise', async () => {
		const { status, message } = await test({ devicesDn: 'ou=phones' });
		expect(status).toBe('OK');
		expect(message).toContain('ou=phones,dc=example,dc=org for registering devices');
	});

	it.each([
		['a wrong password', { password: 'wr0ng' }, /Check bind DN and password/],
		['an unknown bind DN', { bindDn: 'cn=nobody,dc=example,dc=org' }, /Check bind DN and password/],
		['an unreachable server', { urls: 'ldap://127.0.0.1:1' }, /Nothing listens there.*Check the URL/],
		['a base DN that does not exist', { baseDn: 'dc=elsewhere,dc=org' }, /Check the base DN/],
		['an empty password', { password: '' }, /anonymous/],
		['a URL that is none', { urls: 'http://x' }, /ldap:\/\//],
	])('gives advice for %s', async (_name, changes, advice) => {
		const { status, message } = await test(changes);
		expect(status).toBe('Error');
		expect(message).toMatch(advice);
		expect(message).not.toContain('wr0ng');
	});

	it('opens the directory that the credential names', async () => {
		const directory = await openDirectory(ldapSettings(slapd));
		expect(directory.kind).toBe('ldap');
		expect((await directory.client.identity()).family).toBe('openldap');
		await directory.close();
	});
});
