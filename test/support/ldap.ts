import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import type { Slapd } from '../../sandbox/openldap/slapd';

/** Settings as the pack's service account; override what a test is about. */
export const ldapSettings = (slapd: Slapd, changes: Partial<LdapSettings> = {}): LdapSettings => ({
	urls: [slapd.url],
	security: 'none',
	verifyCertificate: true,
	bindDn: slapd.watcherDn,
	password: slapd.watcherPassword,
	baseDn: slapd.baseDn,
	family: 'auto',
	conventions: {
		managerAttribute: 'manager',
		localeAttribute: 'preferredLanguage',
		devicesDn: 'ou=devices',
		acknowledgmentsDn: 'ou=acknowledgments',
	},
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 10_000,
	...changes,
});

/** Settings that may write everything: for what a test puts into the directory. */
export const adminSettings = (slapd: Slapd): LdapSettings =>
	ldapSettings(slapd, { bindDn: slapd.adminDn, password: slapd.adminPassword });
