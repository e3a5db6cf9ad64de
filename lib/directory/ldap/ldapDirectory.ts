import type { LdapDirectory } from '../openDirectory';
import type { LdapSettings } from './ldap.types';
import { openLdapConnection } from './ldapConnection';
import { LdapDirectoryClient } from './ldapDirectory.client';
import { LdapEntryTree } from './ldapEntry.tree';

/** The directory ports over one LDAP connection. */
export function openLdapDirectory(settings: LdapSettings): LdapDirectory {
	const connection = openLdapConnection(settings);
	const tree = new LdapEntryTree(connection);
	const { devicesDn, acknowledgmentsDn } = settings.conventions;
	return {
		kind: 'ldap',
		client: new LdapDirectoryClient(connection),
		tree,
		records: { kind: 'subtree', tree, devicesDn, acknowledgmentsDn, ownerDn: ({ dn }) => dn },
		connection,
		conventions: settings.conventions,
		close: () => connection.close(),
	};
}
