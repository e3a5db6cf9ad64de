import { buildDn } from './distinguishedName';
import type { DirectoryClient, DirectoryConventions, EntryTree, RecordPlace } from './directory.client';
import type { LdapConnection, LdapSettings } from './ldap/ldap.types';
import type { OtdsConnection, OtdsSettings } from './otds/otds.types';

/** What a credential of one of the directory transports comes down to. */
export type DirectorySettings = LdapSettings | OtdsSettings;

interface OpenedDirectory {
	client: DirectoryClient;
	/** Where devices and acknowledgments live. */
	records: RecordPlace;
	close(): Promise<void>;
}

export interface LdapDirectory extends OpenedDirectory {
	kind: 'ldap';
	tree: EntryTree;
	/** The wire itself, for change strategies. */
	connection: LdapConnection;
	conventions: DirectoryConventions;
}

export interface OtdsDirectory extends OpenedDirectory {
	kind: 'otds';
	/** The wire itself, for change strategies. */
	connection: OtdsConnection;
}

/** An opened directory. `kind` tells transports apart where a node needs more than the ports. */
export type Directory = LdapDirectory | OtdsDirectory;

/**
 * Loads the transport only now, and connects only when something is asked.
 * @param recordDirectory for OTDS: another directory, whose subtrees hold devices and acknowledgments; absent = attributes of people
 */
export async function openDirectory(settings: LdapSettings): Promise<LdapDirectory>;
export async function openDirectory(
	settings: DirectorySettings,
	recordDirectory?: LdapSettings,
): Promise<Directory>;
export async function openDirectory(
	settings: DirectorySettings,
	recordDirectory?: LdapSettings,
): Promise<Directory> {
	const { openLdapDirectory } = await import('./ldap/ldapDirectory.js');
	if (settings.kind === 'ldap') return openLdapDirectory(settings);
	const { openOtdsDirectory } = await import('./otds/otdsDirectory.js');
	const directory = openOtdsDirectory(settings);
	if (!recordDirectory) return directory;
	const elsewhere = openLdapDirectory(recordDirectory);
	const { devicesDn, acknowledgmentsDn } = recordDirectory.conventions;
	return {
		...directory,
		records: {
			kind: 'subtree',
			tree: elsewhere.tree,
			devicesDn,
			acknowledgmentsDn,
			// The other directory need not know the naming attributes of this one: a person stands there by their stable id.
			ownerDn: ({ id }) => buildDn([{ attribute: 'uid', value: id }], recordDirectory.baseDn),
		},
		close: async () => {
			await Promise.all([directory.close(), elsewhere.close()]);
		},
	};
}
