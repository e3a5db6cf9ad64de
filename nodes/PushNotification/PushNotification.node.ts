import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { acknowledgmentSigningTest } from '../../lib/n8n/acknowledgmentSigning';
import { describeOperations, runOperation } from '../../lib/n8n/operations';
import { fcmConnectionTest } from '../../lib/n8n/pushConnection';
import { pushSessions } from '../../lib/n8n/pushSession';
import { message } from './actions/message/message.resource';

const resources = [message];

export class PushNotification implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Push Notification',
		name: 'pushNotification',
		icon: { light: 'file:pushNotification.svg', dark: 'file:pushNotification.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: "Send a push notification to people's mobile and web apps",
		defaults: { name: 'Push Notification' },
		usableAsTool: true,
		// On the error output, where n8n adds the fields of the input item.
		sensitiveOutputFields: ['recipient.devices[*].token'],
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'firebaseCloudMessagingApi',
				required: true,
				testedBy: 'fcmConnectionTest',
				displayOptions: { show: { authentication: ['fcm'] } },
			},
			{
				name: 'acknowledgmentSigningApi',
				required: true,
				testedBy: 'acknowledgmentSigningTest',
				displayOptions: { show: { requestAcknowledgment: [true] } },
			},
		],
		properties: [
			{
				displayName: 'Send Through',
				name: 'authentication',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'Firebase Cloud Messaging', value: 'fcm' }],
				default: 'fcm',
				description: 'The service that carries the message to the devices',
			},
			...describeOperations(resources),
		],
	};

	methods = { credentialTest: { fcmConnectionTest, acknowledgmentSigningTest } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, resources, pushSessions);
	}
}
