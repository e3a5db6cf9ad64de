import type { DomainError } from '../../domain.errors';
import type { OpenWatch } from './changes.types';
import type { Clock } from './clock.types';
import type { DeliveryOptions, HandOff } from './delivery.types';
import type { WatchScope } from './event.types';
import type { StagesOf } from './eventStages';
import type { StateStore } from './stateStore.types';

export interface WatcherPorts {
	open: OpenWatch;
	/** Asked for when the loop begins, after an earlier watcher of the same node has let go of it. */
	openStore(): Promise<StateStore>;
	handOff: HandOff;
	/** Shows a problem to the people who run the workflow; called once a problem. */
	report(problem: DomainError): void;
	clock: Clock;
	/** What concludes events from more than one change; absent = all there is. */
	stagesOf?: StagesOf;
}

export interface WatcherOptions {
	scope: WatchScope;
	/** Pause between two reads that found nothing, in milliseconds. */
	pollIntervalMs: number;
	delivery: DeliveryOptions;
	/** Only a person's first event within this time; undefined = all. */
	firstEventPeriodMs?: number;
	/** Forget where an earlier activation stopped. */
	startFromNow: boolean;
}
