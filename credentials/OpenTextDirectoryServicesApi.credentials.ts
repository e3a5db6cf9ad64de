import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** Tested by the nodes that use it (`otdsConnectionTest`): the test also looks at rights and partitions. */
export class OpenTextDirectoryServicesApi implements ICredentialType {
	name = 'openTextDirectoryServicesApi';

	displayName = 'OpenText Directory Services API';

	icon: Icon = {
		light: 'file:../nodes/Directory/directory.svg',
		dark: 'file:../nodes/Directory/directory.dark.svg',
	};

	documentationUrl =
		'https://github.com/n8n-nodes-directory-push/n8n-nodes-directory-push/blob/main/docs/opentext.md';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'https://otds.example.org/otdsws',
			description:
				'Address of OTDS, with the tenant where there are several: https://otds.example.org/otdstenant/acme/otdsws',
		},
		{
			displayName: 'Log In With',
			name: 'loginMethod',
			type: 'options',
			default: 'oauth2',
			description: 'Who this package is in OTDS',
			options: [
				{
					name: 'OAuth2 Client Credentials',
					value: 'oauth2',
					description: 'An OAuth client of its own: recommended',
				},
				{
					name: 'User and Password',
					value: 'ticket',
					description: 'A service user without two-factor authentication',
				},
			],
		},
		{
			displayName: 'Client ID',
			name: 'clientId',
			type: 'string',
			default: '',
			description: 'ID of the OAuth client. It must administer the partitions.',
			displayOptions: { show: { loginMethod: ['oauth2'] } },
		},
		{
			displayName: 'Client Secret',
			name: 'clientSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Secret that OTDS showed when the client was made',
			displayOptions: { show: { loginMethod: ['oauth2'] } },
		},
		{
			displayName: 'User Name',
			name: 'userName',
			type: 'string',
			default: '',
			placeholder: 'push-service@Staff',
			description: 'Name of the service user, with its partition. It must administer the partitions.',
			displayOptions: { show: { loginMethod: ['ticket'] } },
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			displayOptions: { show: { loginMethod: ['ticket'] } },
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
		},
		{
			displayName: 'Ignore SSL Issues (Insecure)',
			name: 'skipVerification',
			type: 'boolean',
			default: false,
			description: 'Whether to connect even if the server certificate cannot be verified',
		},
		{
			displayName: 'Partitions',
			name: 'partitions',
			type: 'string',
			default: '',
			placeholder: 'Staff, Partners',
			description:
				'User partitions to work in, separated by commas. Empty means all that the login administers.',
		},
		{
			displayName: 'Write to Synchronized Partitions',
			name: 'writesToSynchronized',
			type: 'boolean',
			default: false,
			description:
				'Whether memberships and records may be written to a partition that mirrors another directory',
		},
		{
			displayName:
				'The next import from the other directory may undo what is written to a synchronized partition: records of devices and acknowledgments could be lost.',
			name: 'synchronizedNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { writesToSynchronized: [true] } },
		},
		{
			displayName: 'Devices Attribute',
			name: 'devicesAttribute',
			type: 'string',
			default: '',
			placeholder: 'custom:pushDevices',
			description:
				'Attribute of a person that keeps their registered devices, e.g. "custom:pushDevices" or "oTExtraAttr8". Leave it empty when another directory keeps them.',
		},
		{
			displayName: 'Acknowledgments Attribute',
			name: 'acknowledgmentsAttribute',
			type: 'string',
			default: '',
			placeholder: 'custom:acknowledgments',
			description:
				'Attribute of a person that keeps what they acknowledged, e.g. "custom:acknowledgments" or "oTExtraAttr9". Leave it empty when another directory keeps them.',
		},
		{
			displayName: 'Values per Record Attribute',
			name: 'recordValues',
			type: 'options',
			default: 'several',
			description: 'How many values the two attributes above can hold',
			options: [
				{ name: 'One Value Holding All Records', value: 'one' },
				{ name: 'Several Values, One per Record', value: 'several' },
			],
		},
		{
			displayName: 'Manager Attribute',
			name: 'managerAttribute',
			type: 'string',
			default: '',
			placeholder: 'oTExtraAttr0',
			description:
				'Attribute of a person that names their manager by DN, uuid, ID or mail address. OTDS has none of its own.',
		},
		{
			displayName: 'Locale Attribute',
			name: 'localeAttribute',
			type: 'string',
			default: 'preferredLanguage',
			description: 'Attribute of a person that holds their language, e.g. "de-CH"',
		},
		{
			displayName: 'Password Reset Attribute',
			name: 'resetRequiredAttribute',
			type: 'string',
			default: 'UserMustChangePasswordAtNextSignIn',
			description:
				'Attribute that is true when the password must be changed. Some versions may use "pwdReset" instead.',
		},
		{
			displayName: 'Page Size',
			name: 'pageSize',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1000 },
			default: 250,
			description: 'How many people or groups are read with one request',
		},
		{
			displayName: 'Connect Timeout (Seconds)',
			name: 'connectTimeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 600 },
			default: 10,
			description: 'How long the server may take to accept the connection',
		},
		{
			displayName: 'Operation Timeout (Seconds)',
			name: 'operationTimeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 3600 },
			default: 60,
			description: 'How long the server may be silent while it owes an answer',
		},
	];
}
