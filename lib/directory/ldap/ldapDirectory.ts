import type { Directory } from '../openDirectory';
import type { LdapSettings } from './ldap.types';
import { openLdapConnection } from './ldapConnection';
import { LdapDirectoryClient } from './ldapDirectory.client';
import { LdapEntryTree } from './ldapEntry.tree';

/** The directory ports over one LDAP connection. */
export function openLdapDirectory(settings: LdapSettings): Directory {
	const connection = openLdapConnection(settings);
	return {
		kind: 'ldap',
		client: new LdapDirectoryClient(connection),
		tree: new LdapEntryTree(connection),
		connection,
		conventions: settings.conventions,
		close: () => connection.close(),
	};
}
