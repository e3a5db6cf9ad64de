import type { EventKind, WatchScope } from '../directory/changes/event.types';
import { tickedEvents } from './directoryTrigger.events';
import { numberOf, objectOf } from './directoryTrigger.fields';
import type { TriggerParameters } from './directoryTrigger.fields';
import { watchScopeOf } from './directoryTrigger.scope';
import type { DeliveredWhen } from './triggerDelivery';

const DAY_MS = 24 * 60 * 60_000;
/** Everything a trigger hands over stays in n8n's memory for the time of the run. */
const EVENTS_A_BATCH = 500;

export interface DirectoryTriggerSettings {
	/** In the order of the lists. */
	ticked: EventKind[];
	scope: WatchScope;
	deliveredWhen: DeliveredWhen;
	delivery: { attempts: number; batchSize: number };
	pollIntervalMs: number;
	firstEventPeriodMs: number | undefined;
	startFromNow: boolean;
	maskSample: boolean;
}

/** The node's fields, checked. @throws DomainError naming the field */
export function directoryTriggerSettings(node: TriggerParameters): DirectoryTriggerSettings {
	const options = objectOf(node.getNodeParameter('options', {}));
	const ticked = tickedEvents(node, options);
	const onlyFirst = node.getNodeParameter('onlyFirstEvent', false) === true;
	return {
		ticked,
		scope: watchScopeOf(node, ticked),
		deliveredWhen: deliveredWhen(options.deliveredWhen),
		delivery: { attempts: Math.floor(numberOf(options.attempts, 5, 1, 50)), batchSize: EVENTS_A_BATCH },
		pollIntervalMs: numberOf(options.pollInterval, 2, 1, 3600) * 1000,
		firstEventPeriodMs: onlyFirst
			? numberOf(node.getNodeParameter('firstEventDays', 1), 1, 0.001, 3650) * DAY_MS
			: undefined,
		startFromNow: options.startFrom === 'now',
		maskSample: options.maskSample !== false,
	};
}

const deliveredWhen = (value: unknown): DeliveredWhen =>
	value === 'starts' || value === 'finishes' ? value : 'succeeds';
