import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_LIMITS } from '../../lib/directory/changes/event.types';
import { conditionList } from './directory.fields';
import { healthEvents } from './directoryTrigger.events';
import { readChangesBy } from './directoryTrigger.readChangesBy';

const {
	bulk: { changes: bulkChanges, windowMs },
	unusualChanges,
	nestedMembers,
} = DEFAULT_LIMITS;
const bulkMinutes = windowMs / 60_000;

const delivery: INodeProperties[] = [
	{
		displayName: 'Attempts',
		name: 'attempts',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 50 },
		default: 5,
		description: 'How often events are handed to the workflow, with growing pauses, before they are given up',
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
		displayName: 'Mask Sample',
		name: 'maskSample',
		type: 'boolean',
		default: true,
		description: 'Whether names and addresses are made unreadable in the sample that Execute Step shows',
	},
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
];

const scope: INodeProperties[] = [
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
		displayName: 'Include Own Changes',
		name: 'includeOwn',
		type: 'boolean',
		default: false,
		description:
			'Whether what the login of the credential changes starts the workflow as well. Without it, a workflow that adds a member does not start itself. Works where the directory records who did it: OpenLDAP with an access log.',
	},
	{
		displayName: 'Leave Out Changes By',
		name: 'leaveOutActors',
		type: 'string',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Account' },
		default: [],
		placeholder: 'e.g. cn=provisioning,ou=services,dc=example,dc=org',
		description:
			'DNs of accounts whose changes start nothing, such as the one of a provisioning system. Privileged access is told whoever granted it. Works where the directory records who did it: OpenLDAP with an access log.',
	},
	conditionList(
		{ displayName: 'Only People Where', description: 'Conditions that must all hold for a person' },
		'The value the attribute must have, in upper or lower case',
	),
];

const limits: INodeProperties[] = [
	{
		displayName: 'Accept Deletions With Code',
		name: 'acceptedAbsence',
		type: 'string',
		default: '',
		description:
			'When many entries seem gone at once, the trigger holds their deletions back and shows a code. Enter it here to say that they are really deleted. It fits exactly those entries.',
	},
	{
		displayName: 'Bulk Limit',
		name: 'bulkLimit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: bulkChanges,
		displayOptions: { show: { '/securityEvents': ['security.bulkChange'] } },
		description: 'More events than this within the bulk window are a bulk change, told as one summary',
	},
	{
		displayName: 'Bulk Window (Minutes)',
		name: 'bulkWindow',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1440 },
		default: bulkMinutes,
		displayOptions: { show: { '/securityEvents': ['security.bulkChange'] } },
		description: 'How long events are counted together. The summary comes when that time is over.',
	},
	{
		displayName: 'Count Nested Above',
		name: 'nestedLimit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: nestedMembers,
		displayOptions: { show: { '/includeNested': [true] } },
		description:
			'When a group of more people than this is put into a watched group or taken out, that is one event with their number, instead of one event for each of them',
	},
	{
		displayName: 'Unusual Limit per Hour',
		name: 'unusualLimit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: unusualChanges,
		displayOptions: { show: { '/securityEvents': ['security.unusualGroupChange'] } },
		description: 'More members than this added to one group, or removed from it, within an hour are unusual',
	},
];

const byName = (one: INodeProperties, other: INodeProperties): number =>
	one.displayName.localeCompare(other.displayName);

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [...delivery, ...scope, ...limits, healthEvents, readChangesBy].sort(byName),
};
