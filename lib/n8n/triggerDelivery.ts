import type { IDataObject, INodeExecutionData, IRun, ITriggerFunctions } from 'n8n-workflow';

import type { Clock } from '../directory/changes/clock.types';
import type { Delivery, HandOff } from '../directory/changes/delivery.types';
import type { ChangeEvent } from '../directory/changes/event.types';
import { digest } from '../directory/changes/eventId';
import { DomainError } from '../domain.errors';

/** When a batch counts as delivered. */
export type DeliveredWhen = 'starts' | 'finishes' | 'succeeds';

export type Emitter = Pick<ITriggerFunctions, 'emit'> & {
	helpers: Pick<ITriggerFunctions['helpers'], 'createDeferredPromise'>;
};

/** Nothing is read while a run lasts, and n8n never ends some: when the queue of its workers was emptied, for example. */
const OVERDUE_AFTER_MS = 60 * 60_000;

export interface RunReporting {
	report(problem: DomainError): void;
	clock: Pick<Clock, 'sleep'>;
}

/** Starts a run of the workflow for each batch. */
export function handOffTo(trigger: Emitter, when: DeliveredWhen, reporting: RunReporting): HandOff {
	return when === 'starts' ? handOffWithoutWaiting(trigger) : handOffUntilEnd(trigger, when, reporting);
}

/** n8n has it; whether the run gets anywhere is not looked at. The key lets n8n leave out a batch it had before it was killed. */
function handOffWithoutWaiting(trigger: Emitter): HandOff {
	return async (events) => {
		const key = `directory-push-${digest(events.map(({ eventId }) => eventId))}`;
		trigger.emit([events.map(itemOf)], undefined, undefined, key);
		return { status: 'delivered' };
	};
}

function handOffUntilEnd(trigger: Emitter, when: 'finishes' | 'succeeds', reporting: RunReporting): HandOff {
	return async (events) => {
		const ended = new AbortController();
		try {
			const done = trigger.helpers.createDeferredPromise<IRun>();
			trigger.emit([events.map(itemOf)], undefined, done);
			void reportWhenOverdue(reporting, ended.signal);
			return judge(await done.promise, when);
		} catch (error) {
			return { status: 'failed', reason: startFailure(error) };
		} finally {
			ended.abort();
		}
	};
}

async function reportWhenOverdue(reporting: RunReporting, ended: AbortSignal): Promise<void> {
	await reporting.clock.sleep(OVERDUE_AFTER_MS, ended);
	if (ended.aborted) return;
	reporting.report(
		new DomainError('Changes wait because a run of this workflow has lasted for more than an hour', {
			advice:
				'Nothing is lost. If the run is still under way, let it end, or give it less to do. If it is not in the list of executions any more, restart n8n: the same events are handed over again.',
			recovery: 'skip',
		}),
	);
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
