import type { INodeProperties } from 'n8n-workflow';

import { ACKNOWLEDGMENT_ACTIONS } from '../../../../lib/acknowledgment/acknowledgmentAction';

/** Filled for the item of the Acknowledgment Trigger: dropping the node behind it is enough. */
export const acknowledgmentFields: INodeProperties[] = [
	{
		displayName: 'Message ID',
		name: 'messageId',
		type: 'string',
		required: true,
		default: '={{ $json.acknowledgment.messageId }}',
		description: 'The message that was answered',
	},
	{
		displayName: 'Recipient ID',
		name: 'recipientId',
		type: 'string',
		required: true,
		default: '={{ $json.acknowledgment.recipientId }}',
		description: 'The ID of the person who answered; they must still be in the directory',
	},
	{
		displayName: 'Action',
		name: 'action',
		type: 'string',
		required: true,
		default: '={{ $json.acknowledgment.action }}',
		description: `What the person chose: ${ACKNOWLEDGMENT_ACTIONS.join(', ')}`,
	},
	{
		displayName: 'Time',
		name: 'at',
		type: 'string',
		default: '={{ $json.acknowledgment.at }}',
		description: 'When the answer arrived (ISO 8601). Empty means now.',
	},
	{
		displayName: 'Comment',
		name: 'comment',
		type: 'string',
		default: '={{ $json.acknowledgment.comment }}',
		description: 'What the person wrote, if anything',
	},
	{
		displayName: 'Device',
		name: 'device',
		type: 'string',
		default: '={{ $json.acknowledgment.device }}',
		description: 'What the answer came from, such as web or app',
	},
	{
		displayName: 'Correlation ID',
		name: 'correlationId',
		type: 'string',
		default: '={{ $json.acknowledgment.correlationId }}',
		description: 'The ID that ties the answer to the directory change that caused the message',
	},
];
