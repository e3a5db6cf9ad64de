import type { INodeProperties } from 'n8n-workflow';

const recipientFields: INodeProperties[] = [
	{
		displayName: 'Send To',
		name: 'sendTo',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Devices of the Recipient',
				value: 'recipient',
				description: 'All devices of the person that Directory → Audience → Find found',
			},
			{ name: 'Device Tokens', value: 'tokens', description: 'Devices whose registration tokens you have' },
		],
		default: 'recipient',
		description: 'Whose devices get the message',
	},
	{
		displayName: 'Recipient',
		name: 'recipient',
		type: 'json',
		required: true,
		default: '={{ $json.recipient }}',
		displayOptions: { show: { sendTo: ['recipient'] } },
		description: 'The person as Directory → Audience → Find emits it, with their devices',
	},
	{
		displayName: 'Device Tokens',
		name: 'tokens',
		type: 'string',
		typeOptions: { password: true },
		required: true,
		default: '',
		placeholder: 'dGhpcyBpcyBh…, cXVpdGUgYSBs…',
		displayOptions: { show: { sendTo: ['tokens'] } },
		description:
			'One or several FCM registration tokens with commas between them, or an expression that gives a list',
	},
];

const contentFields: INodeProperties[] = [
	{
		displayName: 'Title',
		name: 'title',
		type: 'string',
		default: '',
		placeholder: 'e.g. Welcome, {{ $json.recipient.displayName }}',
		description: 'First line of the notification',
	},
	{
		displayName: 'Body',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 3 },
		default: '',
		description: 'Text of the notification',
	},
	{
		displayName: 'Link',
		name: 'link',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://intranet.example.com/welcome',
		description:
			'Opened when a notification of a web app is tapped. Mobile apps receive it as "link" in the data. Must begin with https://.',
	},
	{
		displayName: 'Data',
		name: 'data',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Value',
		default: {},
		options: [
			{
				displayName: 'Value',
				name: 'values',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						description:
							'Not "from", "message_type", "messageId", "correlationId" or "ackUrl"; nothing that begins with "google." or "gcm."',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						default: '',
						description: 'Text that the app receives',
					},
				],
			},
		],
		description: 'Values that the app receives besides the text. Nobody sees them on the screen.',
	},
];

const acknowledgmentFields: INodeProperties[] = [
	{
		displayName: 'Request Acknowledgment',
		name: 'requestAcknowledgment',
		type: 'boolean',
		noDataExpression: true,
		default: false,
		description:
			'Whether the app gets a signed link ("ackUrl" in the data) by which this person, and nobody else, can answer. The Acknowledgment Trigger receives the answers.',
	},
	{
		displayName: 'Allowed Actions',
		name: 'allowedActions',
		type: 'multiOptions',
		options: [
			{ name: 'Acknowledge', value: 'acknowledged' },
			{ name: 'Approve', value: 'approved' },
			{ name: 'Dismiss', value: 'dismissed' },
			{ name: 'Reject', value: 'rejected' },
		],
		default: ['acknowledged'],
		displayOptions: { show: { requestAcknowledgment: [true] } },
		description: 'The buttons the person gets',
	},
	{
		displayName: 'Valid For (Days)',
		name: 'validForDays',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 366 },
		default: 14,
		displayOptions: { show: { requestAcknowledgment: [true] } },
		description: 'How long the link can be used',
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
			displayName: 'Dry Run',
			name: 'dryRun',
			type: 'boolean',
			default: false,
			description: 'Whether the service only checks the message and sends nothing',
		},
		{
			displayName: 'Message Key',
			name: 'messageKey',
			type: 'string',
			default: '',
			description:
				'What tells this message from others. Sending with the same key again replaces the notification instead of adding one. Without it the ID of the event is used, and where there is none, the execution.',
		},
		{
			displayName: 'Never Fail the Run',
			name: 'neverFail',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description:
				'Whether to go on even if the service or the credential was unusable or recipients remain to be sent to. The results say who got nothing; the trigger will not try again.',
		},
		{
			displayName: 'Priority',
			name: 'priority',
			type: 'options',
			options: [
				{ name: 'High', value: 'high', description: 'Wakes a sleeping device: for what is urgent' },
				{ name: 'Normal', value: 'normal', description: 'May wait until the device wakes up' },
			],
			default: 'high',
			description: 'How urgently the device is woken',
		},
		{
			displayName: 'Send Again When Unsure',
			name: 'sendAgainWhenUnsure',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description:
				'Whether to repeat a message at once when the connection broke before the service answered. A device that gets it twice shows it once.',
		},
		{
			displayName: 'Time to Live (Seconds)',
			name: 'timeToLive',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 2419200 },
			default: 86400,
			description:
				'How long the service keeps the message for a device that is switched off, at most four weeks. 0 = deliver now or never.',
		},
	],
};

/** n8n draws the credentials above the first field that decides about one: the switch stands first, so that they are on top. */
export const sendProperties: INodeProperties[] = [
	...acknowledgmentFields,
	...recipientFields,
	...contentFields,
	options,
];
