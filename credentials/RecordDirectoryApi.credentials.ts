import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * An LDAP directory that keeps devices and acknowledgments of people who live in OTDS. Its fields are those of the LDAP credential;
 * of its own kind, because a node asks for one credential of a kind.
 */
export class RecordDirectoryApi implements ICredentialType {
	name = 'recordDirectoryApi';

	displayName = 'Record Directory API';

	extends = ['ldapDirectoryApi'];

	icon: Icon = {
		light: 'file:../nodes/Directory/directory.svg',
		dark: 'file:../nodes/Directory/directory.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-directory-push/n8n-nodes-directory-push/blob/main/docs/opentext.md';

	properties: INodeProperties[] = [
		{
			displayName:
				'Optional. An LDAP directory whose subtrees keep registered devices and acknowledgments, so that nothing is written to people in OTDS.',
			name: 'recordDirectoryNotice',
			type: 'notice',
			default: '',
		},
	];
}
