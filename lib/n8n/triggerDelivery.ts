import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import type { Delivery, HandOff } from '../directory/changes/delivery.types';
import type { ChangeEvent } from '../directory/changes/event.types';
import { digest } from '../directory/changes/eventId';

/** When a batch counts as delivered. */
export type DeliveredWhen = 'starts' | 'finishes' | 'succeeds';

export type Emitter = Pick<ITriggerFunctions, 'emit'> & {
	helpers: Pick<ITriggerFunctions['helpers'], 'createDeferredPromise'>;
};

/** Starts a run of the workflow for each batch. */
export function handOffTo(trigger: Emitter, when: DeliveredWhen): HandOff {
	return when === 'starts' ? handOffWithoutWaiting(trigger) : handOffUntilEnd(trigger, when);
}

/** n8n has it; whether the run gets anywhere is not looked at. The key lets n8n leave out a batch it had before it was killed. */
function handOffWithoutWaiting(trigger: Emitter): HandOff {
	return async (events) => {
		const key = `directory-push-${digest(events.map(({ eventId }) => eventId))}`;
		trigger.emit([events.map(itemOf)], undefined, undefined, key);
		return { status: 'delivered' };
	};
}

function handOffUntilEnd(trigger: Emitter, when: 'finishes' | 'succeeds'): HandOff {
	return async (events) => {
		const done = trigger.helpers.createDeferredPromise<IRun>();
		trigger.emit([events.map(itemOf)], undefined, done);
		try {
			return judge(await done.promise, when);
		} catch (error) {
			return { status: 'failed', reason: startFailure(error) };
		}
	};
}

/**
 * A run parked in a Wait node has taken the batch over, however it goes on. n8n settles with nothing when a run was refused
 * before its first node.
 */
function judge(run: IRun | undefined, when: 'finishes' | 'succeeds'): Delivery {
	if (!run) return { status: 'failed', reason: 'n8n did not let the run start' };
	if (run.status === 'success' || run.status === 'waiting') return { status: 'delivered' };
	if (when === 'finishes' && (run.status === 'error' || run.status === 'canceled'))
		return { status: 'delivered' };
	return { status: 'failed', reason: failureOf(run) };
}

function failureOf({ data, status }: IRun): string {
	const { error, lastNodeExecuted } = data.resultData;
	const message = error?.message ?? `the run ended as "${status}"`;
	return lastNodeExecuted === undefined ? message : `${message} (node "${lastNodeExecuted}")`;
}

function startFailure(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

export function itemOf(event: ChangeEvent): INodeExecutionData {
	const json: IDataObject = JSON.parse(JSON.stringify(event)) as IDataObject;
	return { json };
}
