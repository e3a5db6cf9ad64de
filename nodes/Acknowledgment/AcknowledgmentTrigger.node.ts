import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { toNodeError } from '../../lib/n8n/errors';
import { acknowledgmentSigningTest, signingOf } from '../../lib/n8n/acknowledgmentSigning';
import { acceptTap, showConfirmation } from '../../lib/n8n/acknowledgmentWebhook';

export class AcknowledgmentTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Acknowledgment Trigger',
		name: 'acknowledgmentTrigger',
		icon: { light: 'file:acknowledgmentTrigger.svg', dark: 'file:acknowledgmentTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ "/" + $parameter["path"] }}',
		description: 'Starts the workflow when a person acknowledges a push message',
		eventTriggerDescription: 'Waiting for someone to acknowledge',
		activationMessage: 'People can now acknowledge messages at the production URL.',
		triggerPanel: {
			header: 'See what an answer looks like',
			executionsHelp: {
				inactive:
					'<b>While building the workflow</b>, click "Execute step" and open the link of a message with <code>/webhook-test/</code> in place of <code>/webhook/</code>; pressing a button there shows the answer here. The page then says that nothing was recorded, since only this step ran.<br /><br /><b>Once it works</b>, publish it: from then on every answer starts it. These runs appear in the executions list.',
				active:
					'<b>While building the workflow</b>, click "Execute step" and open the link of a message with <code>/webhook-test/</code> in place of <code>/webhook/</code>; pressing a button there shows the answer here. The page then says that nothing was recorded, since only this step ran.<br /><br /><b>The workflow is active</b>: every answer starts it. These runs appear in the <a data-key="executions">executions list</a>.',
			},
			activationHint: 'Publish the workflow so that people can answer.',
		},
		defaults: { name: 'Acknowledgment Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'acknowledgmentSigningApi', required: true, testedBy: 'acknowledgmentSigningTest' },
		],
		webhooks: [
			{
				name: 'setup',
				httpMethod: 'GET',
				responseMode: 'onReceived',
				isFullPath: true,
				path: '={{$parameter["path"]}}',
				restartWebhook: false,
				ndvHideMethod: true,
			},
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: '={{$parameter["answer"]}}',
				responseData: 'noData',
				isFullPath: true,
				path: '={{$parameter["path"]}}',
				restartWebhook: false,
			},
		],
		properties: [
			{
				displayName:
					'One such workflow serves all others: every message whose credential has this secret and this public URL is answered here. Opening a link shows a page; pressing a button on it starts the workflow.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Path',
				name: 'path',
				type: 'string',
				required: true,
				default: 'acknowledgments',
				placeholder: 'acknowledgments',
				description:
					'Last part of the address. The Public Acknowledgment URL of the credential must lead here; no other workflow may use the same path.',
			},
			{
				displayName: 'Answer the Person',
				name: 'answer',
				type: 'options',
				noDataExpression: true,
				default: 'responseNode',
				description:
					'When to tell the person that their answer is recorded. If the workflow fails before, they are asked to try again.',
				options: [
					{
						name: 'After the Workflow Recorded It',
						value: 'responseNode',
						description:
							'As soon as Directory → Acknowledgment → Record has written it. Without that node everyone is asked to try again.',
					},
					{
						name: 'Immediately',
						value: 'onReceived',
						description: 'Says only that the answer has arrived, whatever becomes of it',
					},
					{
						name: 'When the Workflow Has Finished',
						value: 'lastNode',
						description:
							'For workflows that record it elsewhere: a run that ends, or parks in a Wait node, without an error counts as recorded',
					},
				],
			},
		],
	};

	methods = { credentialTest: { acknowledgmentSigningTest } };

	/** n8n registers the address itself. Publishing without a usable secret fails here, where a person sees why. */
	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			async create(this: IHookFunctions): Promise<boolean> {
				// At a start of n8n nobody watches, and a throw would take the address down: taps are refused one by one instead.
				if (['init', 'leadershipChange'].includes(this.getActivationMode())) return true;
				try {
					signingOf(await this.getCredentials('acknowledgmentSigningApi'));
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		if (this.getWebhookName() === 'setup') return await showConfirmation(this);
		return await acceptTap(this);
	}
}
