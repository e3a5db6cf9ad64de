import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Device, Recipient } from '../directory/devices/device.types';

/** An item that carries on the ids of the event it answers to, so that the whole chain can be told apart from others. */
export function inChain(context: IExecuteFunctions, index: number, json: IDataObject): INodeExecutionData {
	const input = context.getInputData()[index]?.json ?? {};
	for (const id of ['correlationId', 'eventId']) {
		if (json[id] === undefined && typeof input[id] === 'string') json[id] = input[id];
	}
	return { json };
}

export function recipientJson(recipient: Recipient): IDataObject {
	return {
		...recipient,
		devices: recipient.devices.map(deviceJson),
		attributes: { ...recipient.attributes },
	};
}

export const deviceJson = (device: Device): IDataObject => ({ ...device });
