import type { INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { showSample, watchDirectory } from '../../lib/n8n/directoryTrigger.watch';
import { testLdapCredential } from '../../lib/n8n/ldapConnection';
import { testOtdsCredential } from '../../lib/n8n/otdsConnection';
import { directoryTriggerFields, subtitle } from './directoryTrigger.description';
import { getAttributes } from './methods/getAttributes';
import { searchGroups } from './methods/searchGroups';

export class DirectoryTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Directory Trigger',
		name: 'directoryTrigger',
		icon: { light: 'file:directory.svg', dark: 'file:directory.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle,
		description: 'Starts the workflow when people, groups or memberships change in a directory',
		eventTriggerDescription: 'Shows a real entry of the directory as a sample, with personal values masked',
		activationMessage: 'Changes in the directory start this workflow from now on.',
		triggerPanel: {
			header: 'See what an event looks like',
			executionsHelp: {
				inactive:
					'<b>While building the workflow</b>, click "Execute step": it shows an existing entry of your directory in the form of the first ticked event, marked as a sample. Nothing has to change for that.<br /><br /><b>Once it works</b>, publish it: from then on each change in the directory starts it, in batches of up to 500 events. These runs appear in the executions list.',
				active:
					'<b>While building the workflow</b>, click "Execute step": it shows an existing entry of your directory in the form of the first ticked event, marked as a sample.<br /><br /><b>The workflow is active</b>: each change in the directory starts it. These runs appear in the <a data-key="executions">executions list</a>.',
			},
			activationHint: 'Publish the workflow to be told of changes as they happen.',
		},
		defaults: { name: 'Directory Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		hints: [
			{
				message:
					'Several events arrive in one run, one item an event. The same event may arrive twice after a failure: its <code>eventId</code> is the same then.',
				type: 'info',
				location: 'outputPane',
				whenToDisplay: 'afterExecution',
			},
			{
				message:
					'The sample that <b>Execute step</b> shows has masked names and IDs, so the next steps find nobody. To try them, switch off <b>Options → Mask Sample</b>; they then work on a real person.',
				type: 'info',
				location: 'outputPane',
				whenToDisplay: 'afterExecution',
				displayCondition: '={{ $parameter["options"]["maskSample"] !== false }}',
			},
		],
		credentials: [
			{
				name: 'ldapDirectoryApi',
				required: true,
				testedBy: 'ldapConnectionTest',
				displayOptions: { show: { authentication: ['ldap'] } },
			},
			{
				name: 'openTextDirectoryServicesApi',
				required: true,
				testedBy: 'otdsConnectionTest',
				displayOptions: { show: { authentication: ['openTextDirectoryServices'] } },
			},
		],
		properties: directoryTriggerFields,
	};

	methods = {
		credentialTest: { ldapConnectionTest: testLdapCredential, otdsConnectionTest: testOtdsCredential },
		listSearch: { searchGroups },
		loadOptions: { getAttributes },
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		if (this.getMode() === 'manual') return { manualTriggerFunction: () => showSample(this) };
		return await watchDirectory(this);
	}
}
