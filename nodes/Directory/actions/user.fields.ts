import type { INodeProperties } from 'n8n-workflow';

/** The fields that name a person; read by `userParameter`. `initial` is the expression that fits the usual input. */
export const userFields = (initial: string): INodeProperties[] => [
	{
		displayName: 'Find User By',
		name: 'userBy',
		type: 'options',
		default: 'auto',
		description: 'What the user field holds',
		options: [
			{
				name: 'Detect Automatically',
				value: 'auto',
				description: 'Recognises a DN, an ID or a mail address, and takes anything else for a username',
			},
			{ name: 'DN', value: 'dn', description: 'Distinguished name, such as uid=ann,ou=people,dc=example' },
			{ name: 'ID', value: 'id', description: 'The stable ID of the entry, as the trigger gives it' },
			{ name: 'Mail Address', value: 'mail' },
			{ name: 'Username', value: 'username' },
		],
	},
	{
		displayName: 'User',
		name: 'user',
		type: 'string',
		required: true,
		default: initial,
		placeholder: 'e.g. ann@example.org',
		description: 'Whom it is about: a DN, ID, mail address or username',
	},
];
