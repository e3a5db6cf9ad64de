import type { INodeProperties } from 'n8n-workflow';

/** The ways of reading an LDAP directory. OTDS has one only, so there is nothing to choose. */
export const readChangesBy: INodeProperties = {
	displayName: 'Read Changes By',
	name: 'readChangesBy',
	type: 'options',
	default: 'best',
	displayOptions: { show: { '/authentication': ['ldap'] } },
	description:
		'How the trigger learns of changes. Choose one only if an administrator asks for it: it is used or refused, never replaced by another.',
	options: [
		{
			name: 'Access Log',
			value: 'accessLog',
			description:
				'OpenLDAP: each single change, what was before, and who did it. Needs read access to cn=accesslog.',
		},
		{
			name: 'Best Available',
			value: 'best',
			description: 'The best way that the server and the login offer. Each event says which, and why.',
		},
		{
			name: 'Change Log',
			value: 'changeLog',
			description: '389 Directory Server: each single change. Needs the Retro Changelog plug-in.',
		},
		{
			name: 'DirSync',
			value: 'dirSync',
			description: 'Active Directory: what differs since the last look, deletions included',
		},
		{
			name: 'Modification Time',
			value: 'modifyTimestamp',
			description: 'Any LDAP directory: entries changed lately, and a full comparison now and then',
		},
		{
			name: 'Sync Replication',
			value: 'syncRepl',
			description: 'OpenLDAP with the syncprov overlay: what differs since the last look, deletions included',
		},
		{
			name: 'USN Changed',
			value: 'usnChanged',
			description: 'Active Directory: entries with a newer change number, and its deleted objects',
		},
	],
};
