import type { DirectoryFamily } from '../../directory.types';
import type { LdapConnection } from '../../ldap/ldap.types';

/** Reads a server's policy: milliseconds; 0 = until somebody unlocks; undefined = the policy cannot be read. */
type PolicyReader = (connection: LdapConnection) => Promise<number | undefined>;

const READERS: Partial<Record<DirectoryFamily, PolicyReader>> = {};

/** How long the server keeps accounts locked by itself. */
export const lockoutDuration = async (
	connection: LdapConnection,
	family: DirectoryFamily,
): Promise<number | undefined> => await READERS[family]?.(connection);
