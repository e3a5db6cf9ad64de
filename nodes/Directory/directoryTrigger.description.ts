import type { INodeProperties } from 'n8n-workflow';

import { attributeChoice, conditionList, connectUsing, groupList } from './directory.fields';

const events: INodeProperties[] = [
	{
		displayName: 'People Events',
		name: 'personEvents',
		type: 'multiOptions',
		default: [],
		description: 'What happens to a person that starts the workflow',
		options: [
			{ name: 'Created', value: 'user.created', description: 'A person was added to the directory' },
			{ name: 'Deleted', value: 'user.deleted', description: 'A person was removed from the directory' },
			{ name: 'Disabled', value: 'user.disabled', description: 'An account was switched off' },
			{ name: 'Enabled', value: 'user.enabled', description: 'An account was switched on again' },
			{ name: 'Updated', value: 'user.updated', description: 'Chosen attributes got other values' },
		],
	},
	{
		displayName: 'Group Events',
		name: 'groupEvents',
		type: 'multiOptions',
		default: [],
		description: 'What happens to a group that starts the workflow',
		options: [
			{ name: 'Member Added', value: 'group.memberAdded', description: 'A person was put into a group' },
			{
				name: 'Member Removed',
				value: 'group.memberRemoved',
				description: 'A person was taken out of a group',
			},
		],
	},
];

const scope: INodeProperties[] = [
	groupList(
		{
			displayName: 'Watched Groups',
			name: 'watchedGroups',
			description: 'Whose members are watched. Without any, all groups are.',
		},
		'The group to watch',
	),
	attributeChoice(
		{
			displayName: 'Watched Attribute Names or IDs',
			name: 'watchedAttributes',
			displayOptions: { show: { personEvents: ['user.updated'] } },
		},
		'Without any, every attribute counts.',
	),
	{
		displayName: 'Only First Event per Person',
		name: 'onlyFirstEvent',
		type: 'boolean',
		default: false,
		description:
			'Whether a person starts the workflow once, although several of the ticked events happen to them',
	},
	{
		displayName: 'For How Many Days',
		name: 'firstEventDays',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		displayOptions: { show: { onlyFirstEvent: [true] } },
		description: 'After that time the same person may start the workflow again',
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Attempts',
			name: 'attempts',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description:
				'How often events are handed to the workflow, with growing pauses, before they are given up',
		},
		{
			displayName: 'Base DN',
			name: 'base',
			type: 'string',
			default: '',
			placeholder: 'e.g. ou=staff,dc=example,dc=org',
			description:
				'Only people below this entry, e.g. "ou=people,dc=example,dc=org" or, in OTDS, "orgunit=users,partition=Staff,dc=identity,dc=opentext,dc=net". Without one, all below the base DN or in the partitions of the credential.',
		},
		{
			displayName: 'Check Every (Seconds)',
			name: 'pollInterval',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 3600 },
			default: 2,
			description:
				'How long to wait between two looks at the directory. A look that finds nothing costs an LDAP server a fraction of a millisecond. OTDS is read as a whole each time and then left alone for nine times as long as that took.',
		},
		{
			displayName: 'Delivered When the Run',
			name: 'deliveredWhen',
			type: 'options',
			default: 'succeeds',
			description:
				'When events count as delivered. Until then the same events are handed over again, with the same event ID.',
			options: [
				{
					name: 'Starts',
					value: 'starts',
					description: 'Handed over once. The only choice where n8n runs workflows with its engine 2.',
				},
				{
					name: 'Finishes',
					value: 'finishes',
					description: 'Handed over again only if n8n itself was stopped in the middle',
				},
				{
					name: 'Succeeds',
					value: 'succeeds',
					description: 'Handed over again after a failed run as well',
				},
			],
		},
		{
			displayName: 'Health Events',
			name: 'healthEvents',
			type: 'multiOptions',
			default: [],
			description:
				'What happens to the watching itself that starts the workflow. Problems are always shown as a failed run as well.',
			options: [
				{
					name: 'Batch Given Up',
					value: 'health.batchGivenUp',
					description: 'The workflow failed over the same events again and again',
				},
				{
					name: 'Directory Reachable Again',
					value: 'health.directoryReachable',
					description: 'Changes are read again',
				},
				{
					name: 'Directory Unreachable',
					value: 'health.directoryUnreachable',
					description: 'Changes cannot be read',
				},
				{
					name: 'Reconciled',
					value: 'health.reconciled',
					description: 'The trigger had to start anew and may have missed changes',
				},
			],
		},
		{
			displayName: 'Mask Sample',
			name: 'maskSample',
			type: 'boolean',
			default: true,
			description: 'Whether names and addresses are made unreadable in the sample that Execute Step shows',
		},
		conditionList(
			{ displayName: 'Only People Where', description: 'Conditions that must all hold for a person' },
			'The value the attribute must have, in upper or lower case',
		),
		{
			displayName: 'When Activated, Start',
			name: 'startFrom',
			type: 'options',
			default: 'continue',
			description: 'What to do about changes made while the workflow was not active',
			options: [
				{
					name: 'Where It Stopped',
					value: 'continue',
					description: 'Deliver what was changed meanwhile, as far as the directory still knows it',
				},
				{ name: 'From Now', value: 'now', description: 'Leave out what was changed meanwhile' },
			],
		},
	],
};

export const directoryTriggerFields: INodeProperties[] = [connectUsing, ...events, ...scope, options];
