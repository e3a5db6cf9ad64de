import { DomainError } from '../../lib/domain.errors';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import type { Slapd } from '../../sandbox/openldap/slapd';

/** Settings as the pack's service account; override what a test is about. */
export const ldapSettings = (slapd: Slapd, changes: Partial<LdapSettings> = {}): LdapSettings => ({
	urls: [slapd.url],
	kind: 'ldap',
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

/** The DomainError that `work` must end in. */
export async function failureOf(work: Promise<unknown>): Promise<DomainError> {
	const error: unknown = await work.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (error instanceof DomainError) return error;
	throw new Error(`expected a DomainError, got ${String(error)}`);
}
