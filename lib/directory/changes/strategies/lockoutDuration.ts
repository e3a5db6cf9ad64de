import type { DirectoryFamily } from '../../directory.types';
import type { AttributeReader } from '../../ldap/family.types';
import type { LdapConnection } from '../../ldap/ldap.types';
import { activeDirectoryLockout } from './activeDirectoryLockout';
import { openLdapLockout } from './openLdapLockout';

/**
 * Reads a server's policy for one locked entry: milliseconds; 0 = until somebody unlocks; undefined = the policy cannot be read.
 * Called once a session; what it returns is called for each entry and remembers what it asked.
 */
export type PolicyReader = (
	connection: LdapConnection,
) => (read: AttributeReader) => Promise<number | undefined>;

const READERS: Partial<Record<DirectoryFamily, PolicyReader>> = {
	openldap: openLdapLockout,
	activeDirectory: activeDirectoryLockout,
};

/** How long the server keeps an account locked by itself. */
export const lockoutDuration = (
	connection: LdapConnection,
	family: DirectoryFamily,
): ((read: AttributeReader) => Promise<number | undefined>) =>
	READERS[family]?.(connection) ?? (() => Promise.resolve(undefined));
