import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Operation } from '../../../../lib/n8n/operation.types';
import { errorJson } from '../../../../lib/n8n/operations';
import type { PreparedItem } from '../../../../lib/n8n/pushParameters';
import { prepareItem } from '../../../../lib/n8n/pushParameters';
import type { PushSession } from '../../../../lib/n8n/pushSession';
import { deliver } from '../../../../lib/push/deliver';
import type { DeliveryOutcome, DeviceOutcome } from '../../../../lib/push/delivery.types';
import { failureOfRecipient, failureOfRun, notesOn } from '../../../../lib/push/runVerdict';
import { sendProperties } from './send.properties';

export const send: Operation<PushSession> = {
	name: 'send',
	displayName: 'Send',
	action: 'Send a message',
	description: 'Send a push notification to the devices of a recipient or to device tokens',
	properties: sendProperties,

	async executeAll(context, { sender, linkFor }) {
		const items: PreparedItem[] = [];
		for (const index of context.getInputData().keys()) items.push(await prepareItem(context, index, linkFor));
		const result = await deliver(sender, items, { signal: context.getExecutionCancelSignal() });
		const failure = failureOfRun(result);
		const goesOn =
			context.getNodeParameter('options.neverFail', 0, false) === true || context.continueOnFail();
		if (failure && !goesOn) throw failure;
		addHints(context, result.outcomes);
		return items.map((item, index) => outputItem(context, item, result.outcomes[index], index));
	},
};

function outputItem(
	context: IExecuteFunctions,
	item: PreparedItem,
	outcome: DeliveryOutcome | undefined,
	index: number,
): INodeExecutionData {
	const json = resultJson(item, outcome);
	const failure = outcome && failureOfRecipient(outcome);
	if (!failure || context.getNode().onError !== 'continueErrorOutput')
		return { json, pairedItem: { item: index } };
	const { error, details } = errorJson(failure, failure.message);
	return { json: { error, details: { ...(details as IDataObject), ...json } }, pairedItem: { item: index } };
}

/** The stable contract of docs/push.md. Never holds a token. */
function resultJson(item: PreparedItem, outcome: DeliveryOutcome | undefined): IDataObject {
	const { message, correlationId, eventId, recipient } = item;
	return defined({
		messageId: message.messageId,
		correlationId,
		eventId,
		recipient: recipient && recipientJson(recipient),
		status: outcome?.status,
		accepted: outcome?.accepted ?? 0,
		reason: outcome?.reason,
		dryRun: message.dryRun,
		devices: outcome?.devices.map(deviceJson) ?? [],
	});
}

function recipientJson({
	id,
	dn,
	username,
	displayName,
}: NonNullable<PreparedItem['recipient']>): IDataObject {
	return defined({ id, dn, username, displayName });
}

function deviceJson(device: DeviceOutcome): IDataObject {
	return defined({ ...device });
}

function defined(fields: IDataObject): IDataObject {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function addHints(context: IExecuteFunctions, outcomes: DeliveryOutcome[]): void {
	const notes = notesOn(outcomes);
	if (notes.length === 0) return;
	context.addExecutionHints({ message: `${notes.join('. ')}.`, type: 'warning', location: 'outputPane' });
}
