import type { INodeProperties } from 'n8n-workflow';

/** What may start a workflow, by whom or what it is about. */
export const eventLists: INodeProperties[] = [
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
			{
				name: 'First Device Registered',
				value: 'user.firstDeviceRegistered',
				description: 'A person who had no device for push messages got one',
			},
			{
				name: 'Locked',
				value: 'user.locked',
				description: 'An account was locked, mostly after too many wrong passwords',
			},
			{
				name: 'Moved or Renamed',
				value: 'user.moved',
				description: 'A person got another place or name in the directory tree',
			},
			{
				name: 'Password Reset Required',
				value: 'user.passwordResetRequired',
				description: 'A person must choose a new password at the next login',
			},
			{
				name: 'Unlocked',
				value: 'user.unlocked',
				description: 'The lock of an account was taken away, or its time was over',
			},
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
			{
				name: 'Created',
				value: 'group.created',
				description: 'A group was added to the directory, whatever groups are watched',
			},
			{ name: 'Deleted', value: 'group.deleted', description: 'A group was removed from the directory' },
			{ name: 'Member Added', value: 'group.memberAdded', description: 'A person was put into a group' },
			{
				name: 'Member Removed',
				value: 'group.memberRemoved',
				description: 'A person was taken out of a group',
			},
		],
	},
	{
		displayName: 'Security Events',
		name: 'securityEvents',
		type: 'multiOptions',
		default: [],
		description: 'What looks like a risk or a mistake that starts the workflow',
		options: [
			{
				name: 'Bulk Change',
				value: 'security.bulkChange',
				description:
					'So many of the ticked events at once that one summary replaces the rest of them. The limit is under Options.',
			},
			{
				name: 'Privileged Access Granted',
				value: 'security.privilegedAccessGranted',
				description: 'A person came into a privileged group, directly or through other groups',
			},
			{
				name: 'Privileged Access Revoked',
				value: 'security.privilegedAccessRevoked',
				description: 'A person is in no way a member of a privileged group any more',
			},
			{
				name: 'Unusual Group Change',
				value: 'security.unusualGroupChange',
				description: 'One group gained or lost many members within an hour. The limit is under Options.',
			},
		],
	},
];

export const healthEvents: INodeProperties = {
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
			name: 'Deletions Held Back',
			value: 'health.deletionsHeldBack',
			description: 'So many entries seem gone at once that nothing is told until you accept it',
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
			description: 'The trigger had to compare everything or to start anew, and may have missed changes',
		},
	],
};
