import type { INodeProperties } from 'n8n-workflow';

import { attributeChoice, connectUsing, groupList } from './directory.fields';
import { eventLists } from './directoryTrigger.events';
import { options } from './directoryTrigger.options';

/** The ticked events in words. A group and a person may both be created: the group is named. */
export const subtitle =
	'={{ ["personEvents", "groupEvents", "securityEvents"].flatMap(list => $parameter[list] || []).map(e => (/^group\\.(created|deleted)/.test(e) ? "group " : "") + e.split(".")[1].replace(/([A-Z])/g, " $1").toLowerCase()).join(", ") }}';

const scope: INodeProperties[] = [
	groupList(
		{
			displayName: 'Privileged Groups',
			name: 'privilegedGroups',
			displayOptions: {
				show: {
					securityEvents: ['security.privilegedAccessGranted', 'security.privilegedAccessRevoked'],
				},
			},
			description:
				'Groups whose members have special rights, such as administrators. In Active Directory, without any, the built-in ones (Domain Admins and the like). Elsewhere at least one is needed.',
		},
		'The group that gives special rights',
	),
	groupList(
		{
			displayName: 'Watched Groups',
			name: 'watchedGroups',
			description: 'Whose members are watched. Without any, all groups are.',
		},
		'The group to watch',
	),
	{
		displayName: 'Include Nested Groups',
		name: 'includeNested',
		type: 'boolean',
		default: false,
		displayOptions: { show: { groupEvents: ['group.memberAdded', 'group.memberRemoved'] } },
		description:
			'Whether people also count who are in a watched group because they are in a group inside it. Needs at least one watched group.',
	},
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

export const directoryTriggerFields: INodeProperties[] = [connectUsing, ...eventLists, ...scope, options];
