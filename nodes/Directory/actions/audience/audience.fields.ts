import type { INodeProperties } from 'n8n-workflow';

import { attributeChoice, conditionList, groupList } from '../../directory.fields';

export const audienceFields: INodeProperties[] = [
	groupList(
		{
			displayName: 'Members Of',
			name: 'groups',
			description: 'People who are in at least one of these groups',
		},
		'The group whose members are meant',
	),
	{
		displayName: 'Include Members of Groups Inside',
		name: 'nested',
		type: 'boolean',
		default: false,
		description: 'Whether members of groups that are members of these groups count too',
	},
	conditionList(
		{ displayName: 'Who Have', description: 'All of the conditions must hold, in addition to the groups' },
		'The value the attribute must have; the directory decides whether case counts',
	),
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
			attributeChoice(
				{ displayName: 'Attribute Names or IDs', name: 'attributes' },
				'More attributes to return with each person.',
			),
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
