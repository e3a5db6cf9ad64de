import type { IExecuteFunctions, IDataObject } from 'n8n-workflow';

import { isAcknowledgmentAction } from '../acknowledgment/acknowledgmentAction';
import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';

const TRIGGER = 'acknowledgmentTrigger';

/** What became of one tap. With `messageId` and `recipientId` the trigger can tell that it was this tap that was recorded. */
export interface AcknowledgmentOutcome {
	status: 'recorded' | 'alreadyRecorded';
	/** The answer that counts: the first one. */
	action: AcknowledgmentAction;
	/** ISO 8601, UTC. */
	at: string;
	messageId?: string;
	recipientId?: string;
}

/**
 * Tells the person who tapped that their answer is recorded, when this run was started by an Acknowledgment Trigger; does nothing
 * otherwise. In queue mode n8n relays it from the worker to the process that holds the connection.
 */
export async function answerAcknowledgment(
	context: IExecuteFunctions,
	outcome: AcknowledgmentOutcome,
): Promise<void> {
	if (!startedByAcknowledgment(context)) return;
	const acknowledgment: IDataObject = { ...outcome };
	await context.sendResponse({ body: { acknowledgment }, headers: {}, statusCode: 200 });
}

/** Several triggers may lead to one node: only the one that has run in this execution started it. */
function startedByAcknowledgment(context: IExecuteFunctions): boolean {
	const triggers = context
		.getParentNodes(context.getNode().name)
		.filter(({ type, disabled }) => !disabled && type.split('.').at(-1) === TRIGGER);
	if (triggers.length === 0) return false;
	const runOf = context.getWorkflowDataProxy(0).$ as (nodeName: string) => { isExecuted?: unknown };
	return triggers.some(({ name }) => runOf(name).isExecuted === true);
}

/** What a run answered, if it came from answerAcknowledgment: anything else a workflow answers is not a record. */
export function outcomeOf(body: unknown): AcknowledgmentOutcome | undefined {
	if (!isObject(body) || !isObject(body.acknowledgment)) return undefined;
	const { status, action, at, messageId, recipientId } = body.acknowledgment;
	if (status !== 'recorded' && status !== 'alreadyRecorded') return undefined;
	if (!isAcknowledgmentAction(action) || typeof at !== 'string') return undefined;
	return { status, action, at, messageId: optionalText(messageId), recipientId: optionalText(recipientId) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;
const optionalText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
