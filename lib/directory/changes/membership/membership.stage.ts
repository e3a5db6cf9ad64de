import type { EntryChange, WatchSession } from '../changes.types';
import type { ChangeEvent, WatchScope } from '../event.types';
import { DEFAULT_LIMITS } from '../event.types';
import type { EventStage, MemoryWrite, StageMemory, StageResult } from '../eventStage.types';
import { LeftOutActors } from '../leftOut';
import { EffectiveMembership } from './effectiveMembership';
import { MemberEvents } from './memberEvents';
import { memberInScope, nameInScope } from './memberInScope';

/**
 * Turns the direct memberships of the watched groups into effective ones: what changes nothing effectively is left out, and what
 * came or went through other groups is added. A direct member is told by the event that there is already.
 */
export class MembershipStage implements EventStage {
	readonly name = 'membership';
	readonly nextDueAt = undefined;
	readonly #membership: EffectiveMembership;
	readonly #events: MemberEvents;
	readonly #leftOut: LeftOutActors;

	constructor(session: WatchSession, scope: WatchScope, now: () => Date) {
		const ticked = <Kind extends ChangeEvent['event']>(kind: Kind): Kind | undefined =>
			scope.events.has(kind) ? kind : undefined;
		this.#membership = new EffectiveMembership(session, session.watchedGroups ?? [], this.name, now);
		this.#leftOut = new LeftOutActors(session, scope);
		this.#events = new MemberEvents(this.#membership, {
			session,
			now,
			gained: ticked('group.memberAdded'),
			lost: ticked('group.memberRemoved'),
			nestedMembers: (scope.limits ?? DEFAULT_LIMITS).nestedMembers,
			isNamed: (member) => nameInScope(member, scope),
			isTold: (member, described) => memberInScope(member, described, scope),
		});
	}

	async start(memory: StageMemory, isFresh: boolean): Promise<MemoryWrite[]> {
		return await this.#membership.start(memory, isFresh);
	}

	async process(changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult> {
		const direct = new Map(events.filter(isMemberEvent).map((event) => [event.eventId, event]));
		const effective: ChangeEvent[] = [];
		this.#membership.expect(changes);
		for (const change of changes) {
			// The graph must be whole, whoever wrote.
			if (this.#leftOut.leavesOut(change)) await this.#membership.apply(change);
			else effective.push(...this.#leftOut.kept(change, await this.#events.of(change, direct)));
		}
		const confirmed = new Set(effective.map(({ eventId }) => eventId));
		const kept = events.filter((event) => !isMemberEvent(event) || confirmed.has(event.eventId));
		const added = effective.filter(({ eventId }) => !direct.has(eventId));
		return { events: inOrder(kept, added), memory: this.#membership.takeWrites() };
	}

	async due(): Promise<StageResult> {
		return { events: [], memory: [] };
	}
}

const isMemberEvent = ({ event }: ChangeEvent): boolean =>
	event === 'group.memberAdded' || event === 'group.memberRemoved';

/** Each of `added` before what happened later; neither list is sorted in itself. */
export function inOrder(events: readonly ChangeEvent[], added: readonly ChangeEvent[]): ChangeEvent[] {
	const merged: ChangeEvent[] = [];
	let next = 0;
	for (const event of events) {
		for (let one = added[next]; one && one.occurredAt < event.occurredAt; one = added[++next])
			merged.push(one);
		merged.push(event);
	}
	return [...merged, ...added.slice(next)];
}
