import { DomainError } from '../../lib/domain.errors';
import { ldapSettingsOf } from '../../lib/n8n/ldapConnection';

const fields = {
	urls: 'ldap://one.example.org, ldap://two.example.org:3389\nldap://[::1]:389',
	security: 'startTls',
	bindDn: ' cn=watcher,dc=example,dc=org ',
	password: ' with blanks ',
	baseDn: 'dc=example,dc=org',
};

describe('ldapSettingsOf', () => {
	it('reads what was filled in, and fills in the rest', () => {
		expect(ldapSettingsOf(fields)).toEqual({
			kind: 'ldap',
			urls: ['ldap://one.example.org:389', 'ldap://two.example.org:3389', 'ldap://[::1]:389'],
			security: 'startTls',
			ca: undefined,
			verifyCertificate: true,
			bindDn: 'cn=watcher,dc=example,dc=org',
			password: ' with blanks ',
			baseDn: 'dc=example,dc=org',
			family: 'auto',
			conventions: {
				managerAttribute: 'manager',
				localeAttribute: 'preferredLanguage',
				devicesDn: 'ou=devices',
				acknowledgmentsDn: 'ou=acknowledgments',
			},
			connectTimeoutMs: 10_000,
			operationTimeoutMs: 60_000,
		});
	});

	it('takes host names without a scheme, and the usual ports', () => {
		expect(ldapSettingsOf({ ...fields, urls: 'dc1.example.org', security: 'ldaps' }).urls).toEqual([
			'ldaps://dc1.example.org:636',
		]);
		expect(ldapSettingsOf({ ...fields, urls: 'dc1:1389;dc2', security: 'none' }).urls).toEqual([
			'ldap://dc1:1389',
			'ldap://dc2:389',
		]);
	});

	it('encrypts and verifies unless told otherwise', () => {
		expect(ldapSettingsOf({ ...fields, security: undefined }).security).toBe('startTls');
		expect(ldapSettingsOf({ ...fields, skipVerification: 'yes' }).verifyCertificate).toBe(true);
		expect(ldapSettingsOf({ ...fields, skipVerification: true }).verifyCertificate).toBe(false);
	});

	it.each([
		['no server', { urls: ' , ' }],
		['LDAPS in a StartTLS credential', { urls: 'ldaps://one' }],
		['plain LDAP in an LDAPS credential', { security: 'ldaps' }],
		['another protocol', { urls: 'https://one' }],
		['a port that is none', { urls: 'ldap://one:99999' }],
		['a base DN in the URL', { urls: 'ldap://one/dc=example' }],
		['a login in the URL', { urls: 'ldap://cn=admin:s3cret@one' }],
		['no bind DN', { bindDn: ' ' }],
		['no password', { password: '' }],
		['a password that is none', { password: 42 }],
		['no base DN', { baseDn: '' }],
		['a base DN that is none', { baseDn: 'example.org' }],
		['a devices DN that is none', { devicesDn: 'devices' }],
		['a certificate that is none', { trustedAuthorities: 'nonsense' }],
		[
			'a broken certificate',
			{ trustedAuthorities: '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----' },
		],
	])('refuses %s', (_name, changes) => {
		const refusal = (): DomainError => {
			try {
				ldapSettingsOf({ ...fields, ...changes });
			} catch (error) {
				if (error instanceof DomainError) return error;
			}
			throw new Error('was not refused');
		};
		expect(refusal()).toMatchObject({ failure: 'credential-invalid', recovery: 'abort' });
		expect(refusal().advice).not.toBe('');
		expect(refusal().message).not.toContain('s3cret');
	});
});
