import type { DirectoryClient, DirectoryConventions, EntryTree } from './directory.client';
import type { LdapConnection, LdapSettings } from './ldap/ldap.types';

/** What a credential of one of the directory transports comes down to. */
export type DirectorySettings = LdapSettings;

/** An opened directory. `kind` tells transports apart where a node needs more than the ports. */
export interface Directory {
	kind: 'ldap';
	client: DirectoryClient;
	/** Where devices and acknowledgments live. */
	tree: EntryTree;
	/** The wire itself, for change strategies. */
	connection: LdapConnection;
	conventions: DirectoryConventions;
	close(): Promise<void>;
}

/** Loads the transport only now, and connects only when something is asked. */
export async function openDirectory(settings: DirectorySettings): Promise<Directory> {
	const { openLdapDirectory } = await import('./ldap/ldapDirectory.js');
	return openLdapDirectory(settings);
}
