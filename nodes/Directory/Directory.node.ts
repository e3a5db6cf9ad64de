import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { acknowledgmentSigningTest } from '../../lib/n8n/acknowledgmentSigning';
import { directorySessions } from '../../lib/n8n/directorySession';
import { testLdapCredential } from '../../lib/n8n/ldapConnection';
import { describeOperations, runOperation } from '../../lib/n8n/operations';
import { testOtdsCredential } from '../../lib/n8n/otdsConnection';
import { resources } from './actions/resources';
import { connectUsing } from './directory.fields';
import { getAttributes } from './methods/getAttributes';
import { searchGroups } from './methods/searchGroups';

export class Directory implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Directory',
		name: 'directory',
		icon: { light: 'file:directory.svg', dark: 'file:directory.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Find people, groups and devices in a directory, and record who acknowledged what',
		defaults: { name: 'Directory' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Device tokens: whoever has one can push to that device.
		sensitiveOutputFields: ['recipient.devices[*].token', 'device.token'],
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
			{
				name: 'recordDirectoryApi',
				displayName: 'Record Directory (Optional)',
				required: false,
				testedBy: 'ldapConnectionTest',
				displayOptions: { show: { authentication: ['openTextDirectoryServices'] } },
			},
			{
				name: 'acknowledgmentSigningApi',
				required: true,
				testedBy: 'acknowledgmentSigningTest',
				displayOptions: { show: { resource: ['acknowledgment'] } },
			},
		],
		properties: [connectUsing, ...describeOperations(resources)],
	};

	methods = {
		credentialTest: {
			ldapConnectionTest: testLdapCredential,
			otdsConnectionTest: testOtdsCredential,
			acknowledgmentSigningTest,
		},
		listSearch: { searchGroups },
		loadOptions: { getAttributes },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return runOperation(this, resources, directorySessions);
	}
}
