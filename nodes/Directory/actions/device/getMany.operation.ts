import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Device } from '../../../../lib/directory/devices/device.types';
import { lookUpPerson } from '../../../../lib/directory/personLookup';
import { deviceJson, inChain } from '../../../../lib/n8n/directoryItems';
import { limitParameter, userParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { userFields } from '../user.fields';
import { hintAtUnreadable } from './device.hints';

export const getMany: Operation<DirectorySession> = {
	name: 'getMany',
	displayName: 'Get Many',
	action: 'Get many devices',
	description: 'Get the devices of a user, or of everyone',
	properties: [
		{
			displayName: 'Devices Of',
			name: 'devicesOf',
			type: 'options',
			default: 'user',
			options: [
				{ name: 'Everyone', value: 'everyone' },
				{ name: 'One User', value: 'user' },
			],
		},
		...userFields('').map((field) => ({ ...field, displayOptions: { show: { devicesOf: ['user'] } } })),
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			displayOptions: { show: { returnAll: [false] } },
			description: 'Max number of results to return',
		},
	],

	async execute(context, session, index) {
		const limit = limitParameter(context, index);
		const items: INodeExecutionData[] = [];
		for await (const device of wanted(context, session, index)) {
			items.push(inChain(context, index, { device: deviceJson(device) }));
			if (items.length >= limit) break;
		}
		return items;
	},

	afterRun: (context, session) => hintAtUnreadable(context, session.devices),
};

async function* wanted(
	context: IExecuteFunctions,
	{ client, devices }: DirectorySession,
	index: number,
): AsyncIterable<Device> {
	if (context.getNodeParameter('devicesOf', index, 'user') === 'everyone') {
		yield* devices.all();
		return;
	}
	const person = await lookUpPerson(client, userParameter(context, index));
	yield* (await devices.devicesOf([person])).get(person.id) ?? [];
}
