import type { WatchSession } from './changes.types';
import type { WatchScope } from './event.types';
import type { EventStage } from './eventStage.types';
import { LockClock } from './lockClock';
import { stagesOf } from './security/stages';

/** What concludes events from more than one change, in the order in which it must see them. */
export type StagesOf = (session: WatchSession, scope: WatchScope, now: () => Date) => EventStage[];

/** Locks that end by themselves come first: the others count and sum up what they lead to. */
export const everyStage: StagesOf = (session, scope, now) => [
	new LockClock(session, scope, now),
	...stagesOf(session, scope, now),
];
