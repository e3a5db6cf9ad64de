import type { WatchSession } from '../changes.types';
import type { WatchScope } from '../event.types';
import type { EventStage } from '../eventStage.types';

/**
 * What concludes events from more than one change, in the order in which it must see them: the last one sums up what the others
 * told. `now` is the watcher's clock, for `detectedAt` alone.
 */
export function stagesOf(_session: WatchSession, _scope: WatchScope, _now: () => Date): EventStage[] {
	return [];
}
