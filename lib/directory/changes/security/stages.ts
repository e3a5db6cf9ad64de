import type { WatchSession } from '../changes.types';
import type { WatchScope } from '../event.types';
import type { EventStage } from '../eventStage.types';
import { BulkChangeStage } from './bulkChange.stage';
import { UnusualGroupChangeStage } from './unusualGroupChange.stage';
import { MembershipStage } from '../membership/membership.stage';
import { PrivilegedAccessStage } from './privilegedAccess.stage';

/**
 * What concludes events from more than one change, in the order in which it must see them: the last one sums up what the others
 * told. `now` is the watcher's clock: for `detectedAt`, and for what may be forgotten.
 */
export function stagesOf(session: WatchSession, scope: WatchScope, now: () => Date): EventStage[] {
	const { events, nested } = scope;
	const stages: EventStage[] = [];
	if (nested === true && session.watchedGroups && anyOf(events, 'group.memberAdded', 'group.memberRemoved')) {
		stages.push(new MembershipStage(session, scope, now));
	}
	if (
		session.privilegedGroups.length > 0 &&
		anyOf(events, 'security.privilegedAccessGranted', 'security.privilegedAccessRevoked')
	) {
		stages.push(new PrivilegedAccessStage(session, scope, now));
	}
	if (events.has('security.unusualGroupChange'))
		stages.push(new UnusualGroupChangeStage(session, scope, now));
	if (events.has('security.bulkChange')) stages.push(new BulkChangeStage(session, scope, now));
	return stages;
}

const anyOf = (ticked: WatchScope['events'], ...kinds: Array<Parameters<typeof ticked.has>[0]>): boolean =>
	kinds.some((kind) => ticked.has(kind));
