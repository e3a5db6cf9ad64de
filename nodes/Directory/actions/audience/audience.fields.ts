import type { INodeProperties } from 'n8n-workflow';

const group: INodeProperties = {
	displayName: 'Group',
	name: 'group',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The group whose members are meant',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a group…',
			typeOptions: { searchListMethod: 'searchGroups', searchable: true },
		},
		{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. Nurses' },
		{
			displayName: 'By DN',
			name: 'dn',
			type: 'string',
			placeholder: 'e.g. cn=Nurses,ou=groups,dc=example,dc=org',
		},
	],
};

const condition: INodeProperties[] = [
	{
		displayName: 'Attribute Name or ID',
		name: 'attribute',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getAttributes' },
		default: '',
		description:
			'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	{
		displayName: 'Equals',
		name: 'value',
		type: 'string',
		default: '',
		description: 'The value the attribute must have; the directory decides whether case counts',
	},
];

export const audienceFields: INodeProperties[] = [
	{
		displayName: 'Members Of',
		name: 'groups',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Group',
		default: {},
		description: 'People who are in at least one of these groups',
		options: [{ displayName: 'Group', name: 'values', values: [group] }],
	},
	{
		displayName: 'Include Members of Groups Inside',
		name: 'nested',
		type: 'boolean',
		default: false,
		description: 'Whether members of groups that are members of these groups count too',
	},
	{
		displayName: 'Who Have',
		name: 'conditions',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Condition',
		default: {},
		description: 'All of the conditions must hold, in addition to the groups',
		options: [{ displayName: 'Condition', name: 'values', values: condition }],
	},
	{
		displayName: 'Only People with a Device',
		name: 'onlyWithDevice',
		type: 'boolean',
		default: false,
		description: 'Whether to leave out people no push can reach',
	},
	{
		displayName: 'Only Enabled Accounts',
		name: 'onlyEnabled',
		type: 'boolean',
		default: true,
		description: 'Whether to leave out people whose account is disabled',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Attribute Names or IDs',
				name: 'attributes',
				type: 'multiOptions',
				typeOptions: { loadOptionsMethod: 'getAttributes' },
				default: [],
				description:
					'More attributes to return with each person. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
			},
			{
				displayName: 'Limit',
				name: 'limit',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 50,
				description: 'Max number of results to return',
			},
		],
	},
];
