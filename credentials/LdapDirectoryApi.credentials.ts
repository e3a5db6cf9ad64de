import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Tested by the nodes that use it (`ldapConnectionTest`): LDAP is not HTTP. */
export class LdapDirectoryApi implements ICredentialType {
	name = 'ldapDirectoryApi';

	displayName = 'LDAP Directory API';

	icon: Icon = {
		light: 'file:../nodes/Directory/directory.svg',
		dark: 'file:../nodes/Directory/directory.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-directory-push/n8n-nodes-directory-push/blob/main/docs/ldap.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Server URLs',
			name: 'urls',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'ldap://directory.example.org:389',
			description:
				'One or several, separated by commas. They are tried in this order, and the one that answers is kept.',
		},
		{
			displayName: 'Security',
			name: 'security',
			type: 'options',
			default: 'startTls',
			description: 'How the connection is encrypted',
			options: [
				{ name: 'LDAPS', value: 'ldaps', description: 'Encrypted from the start, usually port 636' },
				{ name: 'None', value: 'none', description: 'Nothing is encrypted, not even the password' },
				{ name: 'StartTLS', value: 'startTls', description: 'Switches to encryption, usually port 389' },
			],
		},
		{
			displayName:
				'Without encryption everybody on the network can read the password and all personal entries. Use this only for a server on the same machine.',
			name: 'securityNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { security: ['none'] } },
		},
		{
			displayName: 'CA Certificate',
			name: 'trustedAuthorities',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: '-----BEGIN CERTIFICATE-----',
			description:
				'Certificate (PEM) of the authority that signed the server certificate. Only needed when n8n does not trust that authority already.',
			displayOptions: { hide: { security: ['none'] } },
		},
		{
			displayName: 'Ignore SSL Issues (Insecure)',
			name: 'skipVerification',
			type: 'boolean',
			default: false,
			description: 'Whether to connect even if the server certificate cannot be verified',
			displayOptions: { hide: { security: ['none'] } },
		},
		{
			displayName: 'Bind DN',
			name: 'bindDn',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'cn=watcher,dc=example,dc=org',
			description: 'Full name of the service account to log in with',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
		},
		{
			displayName: 'Base DN',
			name: 'baseDn',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'dc=example,dc=org',
			description: 'Where people and groups are looked for',
		},
		{
			displayName: 'Server Family',
			name: 'family',
			type: 'options',
			default: 'auto',
			description: 'What kind of directory server this is',
			options: [
				{ name: '389 Directory Server', value: '389ds' },
				{ name: 'Active Directory', value: 'activeDirectory' },
				{ name: 'Detect Automatically', value: 'auto' },
				{ name: 'OpenDJ', value: 'opendj' },
				{ name: 'OpenLDAP', value: 'openldap' },
				{ name: 'Other LDAP Server', value: 'ldap' },
			],
		},
		{
			displayName: 'Manager Attribute',
			name: 'managerAttribute',
			type: 'string',
			default: 'manager',
			description: 'Attribute of a person that names their manager',
		},
		{
			displayName: 'Locale Attribute',
			name: 'localeAttribute',
			type: 'string',
			default: 'preferredLanguage',
			description: 'Attribute of a person that holds their language, e.g. "de-CH"',
		},
		{
			displayName: 'Devices DN',
			name: 'devicesDn',
			type: 'string',
			default: 'ou=devices',
			description:
				'Subtree that holds registered devices. May be relative to the base DN. Only the service account should have access to it.',
		},
		{
			displayName: 'Acknowledgments DN',
			name: 'acknowledgmentsDn',
			type: 'string',
			default: 'ou=acknowledgments',
			description:
				'Subtree that holds recorded acknowledgments. May be relative to the base DN. Only the service account should have access to it.',
		},
		{
			displayName: 'Connect Timeout (Seconds)',
			name: 'connectTimeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 600 },
			default: 10,
			description: 'How long a server may take to accept the connection',
		},
		{
			displayName: 'Operation Timeout (Seconds)',
			name: 'operationTimeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 3600 },
			default: 60,
			description: 'How long a server may be silent while it owes an answer',
		},
	];
}
