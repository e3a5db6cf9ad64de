import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { ACKNOWLEDGMENT_ACTIONS, isAcknowledgmentAction } from '../acknowledgment/acknowledgmentAction';
import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { messageIdOf } from '../push/messageId';
import type { PushMessage } from '../push/push.types';
import type { PushRecipient } from '../push/recipients';
import { readRecipient, readTokens } from '../push/recipients';
import type { Delivery } from '../push/delivery.types';
import type { LinkMaker } from './pushSession';

/** One input item, read and ready to be sent. */
export interface PreparedItem extends Delivery {
	recipient: Omit<PushRecipient, 'devices'> | undefined;
	correlationId: string;
	eventId: string | undefined;
}

type Problem = { field: string; problem: string };

/** Names the node itself puts into the data of every message. */
const OWN_NAMES = ['messageId', 'correlationId', 'ackUrl'];
const SECONDS_A_DAY = 86_400;

/** Reads the parameters of item `index`. What a person would have to change is a problem of this item, not an error of the run. */
export async function prepareItem(
	context: IExecuteFunctions,
	index: number,
	linkFor: LinkMaker | undefined,
): Promise<PreparedItem> {
	try {
		return await readItem(context, index, linkFor);
	} catch (error) {
		// An expression that fails, or a link that cannot be made, for this item.
		const problem = error instanceof Error ? error.message : String(error);
		return unreadableItem(context, index, { field: 'Parameters', problem });
	}
}

function unreadableItem(context: IExecuteFunctions, index: number, problem: Problem): PreparedItem {
	const input = context.getInputData()[index]?.json ?? {};
	const eventId = textIn(input.eventId);
	const messageId = messageIdFor(context, eventId);
	return {
		message: { messageId, title: '', body: '', data: {} },
		devices: [],
		problems: [problem],
		recipient: readRecipient(input.recipient),
		correlationId: textIn(input.correlationId) ?? messageId,
		eventId,
	};
}

async function readItem(
	context: IExecuteFunctions,
	index: number,
	linkFor: LinkMaker | undefined,
): Promise<PreparedItem> {
	const input = context.getInputData()[index]?.json ?? {};
	const eventId = textIn(input.eventId);
	const options = optionsOf(context, index);
	const messageId = messageIdFor(context, textIn(options.messageKey) ?? eventId);
	// One id all the way, also where the workflow did not start with a directory event.
	const correlationId = textIn(input.correlationId) ?? messageId;
	const problems: Problem[] = [];
	const { recipient, devices } = targetOf(context, index, input, problems);
	const message = contentOf(context, index, options, problems);
	message.messageId = messageId;
	Object.assign(message.data, { messageId, correlationId });
	if (linkFor && recipient && problems.length === 0) {
		const actions = allowedActionsOf(context, index, problems);
		const lifetimeSeconds = Number(context.getNodeParameter('validForDays', index, 14)) * SECONDS_A_DAY;
		const { id: recipientId, locale } = recipient;
		const grant = { messageId, recipientId, actions, correlationId, eventId, title: message.title, locale };
		if (actions.length > 0) message.data.ackUrl = await linkFor(grant, lifetimeSeconds);
	} else if (linkFor && !recipient) {
		problems.push({
			field: 'Request Acknowledgment',
			problem: 'a link belongs to one person. Send to the devices of a recipient, or switch it off',
		});
	}
	return { recipient, devices, message, problems, correlationId, eventId };
}

function messageIdFor(context: IExecuteFunctions, key: string | undefined): string {
	return messageIdOf({
		workflowId: context.getWorkflow().id ?? '',
		nodeId: context.getNode().id,
		key: key ?? `execution:${context.getExecutionId()}`,
	});
}

function targetOf(
	context: IExecuteFunctions,
	index: number,
	input: IDataObject,
	problems: Problem[],
): Pick<PreparedItem, 'recipient' | 'devices'> {
	if (context.getNodeParameter('sendTo', index) === 'tokens') {
		const devices = readTokens(context.getNodeParameter('tokens', index));
		if (!devices) problems.push({ field: 'Device Tokens', problem: 'neither text nor a list of texts' });
		return { recipient: readRecipient(input.recipient), devices: devices ?? [] };
	}
	const recipient = readRecipient(context.getNodeParameter('recipient', index));
	if (!recipient) {
		problems.push({
			field: 'Recipient',
			problem: 'not a recipient. Put Directory → Audience → Find before this node, or send to device tokens',
		});
	}
	return { recipient, devices: recipient?.devices ?? [] };
}

function contentOf(
	context: IExecuteFunctions,
	index: number,
	options: IDataObject,
	problems: Problem[],
): PushMessage {
	const text = (name: string): string => {
		const value = context.getNodeParameter(name, index, '');
		if (value === null || value === undefined) return '';
		if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
			return String(value);
		problems.push({ field: name, problem: 'an object or a list, not text' });
		return '';
	};
	const message: PushMessage = { messageId: '', title: text('title'), body: text('body'), data: {} };
	const link = text('link').trim();
	if (link !== '') message.link = link;
	addData(message.data, context.getNodeParameter('data.values', index, []), problems);
	if (options.priority === 'high' || options.priority === 'normal') message.priority = options.priority;
	// An expression without a value sets no time: as a number it would be 0, "deliver now or never".
	const timeToLive = textIn(options.timeToLive);
	if (timeToLive !== undefined) message.timeToLiveSeconds = Number(timeToLive);
	if (options.dryRun === true) message.dryRun = true;
	// Sent in earnest it cannot be taken back.
	else if (options.dryRun !== undefined && options.dryRun !== false)
		problems.push({ field: 'Dry Run', problem: 'neither true nor false' });
	return message;
}

function addData(data: Record<string, string>, rows: unknown, problems: Problem[]): void {
	if (!Array.isArray(rows)) return;
	for (const row of rows) {
		const { name, value } = isObject(row) ? row : {};
		const key = textIn(name)?.trim() ?? '';
		const field = `data.${key}`;
		if (OWN_NAMES.includes(key)) problems.push({ field, problem: 'this node sets it' });
		else if (Object.hasOwn(data, key)) problems.push({ field, problem: 'given twice' });
		else if (isObject(value) || Array.isArray(value))
			problems.push({ field, problem: 'an object or a list, not text' });
		// Defined, not assigned: a key like __proto__ is a name like any other.
		else
			Object.defineProperty(data, key, {
				value: asText(value),
				enumerable: true,
				writable: true,
				configurable: true,
			});
	}
}

/** Empty, and a problem, when it is not a list of known answers: a person must not get a button that nobody meant. */
function allowedActionsOf(
	context: IExecuteFunctions,
	index: number,
	problems: Problem[],
): AcknowledgmentAction[] {
	const chosen: unknown = context.getNodeParameter('allowedActions', index, []);
	const list: unknown[] = Array.isArray(chosen) ? chosen : [];
	const actions = list.filter(isAcknowledgmentAction);
	if (actions.length > 0 && actions.length === list.length) return actions;
	problems.push({
		field: 'Allowed Actions',
		problem: `not a list with one or more of ${ACKNOWLEDGMENT_ACTIONS.join(', ')}`,
	});
	return [];
}

function optionsOf(context: IExecuteFunctions, index: number): IDataObject {
	const options: unknown = context.getNodeParameter('options', index, {});
	return isObject(options) ? options : {};
}

function textIn(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function asText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
		? String(value)
		: '';
}

function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
