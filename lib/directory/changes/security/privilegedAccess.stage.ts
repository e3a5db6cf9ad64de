import type { EntryChange, WatchSession } from '../changes.types';
import type { ChangeEvent, SecurityFinding, WatchScope } from '../event.types';
import { DEFAULT_LIMITS } from '../event.types';
import type { EventStage, MemoryWrite, StageMemory, StageResult } from '../eventStage.types';
import { EffectiveMembership } from '../membership/effectiveMembership';
import type { MemberFacts } from '../membership/memberEvents';
import { MemberEvents } from '../membership/memberEvents';
import { inOrder } from '../membership/membership.stage';

/**
 * Who gets and loses privileged access, through nested groups as well. Tells of everybody and of every other account, whoever did it: base, conditions and
 * accounts that are left out do not count here. An account that is deleted is told as deleted, not as one that lost access.
 */
export class PrivilegedAccessStage implements EventStage {
	readonly name = 'privilegedAccess';
	readonly nextDueAt = undefined;
	readonly #membership: EffectiveMembership;
	readonly #events: MemberEvents;

	constructor(session: WatchSession, scope: WatchScope, now: () => Date) {
		const { events, limits } = scope;
		this.#membership = new EffectiveMembership(session, session.privilegedGroups, this.name, now);
		this.#events = new MemberEvents(this.#membership, {
			session,
			now,
			gained: events.has(GRANTED) ? GRANTED : undefined,
			lost: events.has(REVOKED) ? REVOKED : undefined,
			nestedMembers: (limits ?? DEFAULT_LIMITS).nestedMembers,
			isNamed: () => true,
			isTold: () => true,
			security: findingOf,
		});
	}

	async start(memory: StageMemory, isFresh: boolean): Promise<MemoryWrite[]> {
		return await this.#membership.start(memory, isFresh);
	}

	async process(changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult> {
		const found: ChangeEvent[] = [];
		this.#membership.expect(changes);
		for (const change of changes) found.push(...(await this.#events.of(change, NONE)));
		return { events: inOrder(events, found), memory: this.#membership.takeWrites() };
	}

	async due(): Promise<StageResult> {
		return { events: [], memory: [] };
	}
}

const GRANTED = 'security.privilegedAccessGranted';
const REVOKED = 'security.privilegedAccessRevoked';
const NONE = new Map<string, ChangeEvent>();

function findingOf({ gained, group, user, nestedGroup }: MemberFacts): SecurityFinding {
	const verb = gained ? 'became' : 'stopped being';
	const through = group.via.length > 0 ? ` through ${group.via.join(' and ')}` : '';
	if (nestedGroup) {
		const { members, name } = nestedGroup;
		const path = [...group.via, name].join(' and ');
		return {
			explanation: `${members} people ${verb} members of ${group.name} through ${path}`,
			count: members,
		};
	}
	const who = user?.displayName ?? user?.username ?? user?.dn ?? 'Somebody';
	return { explanation: `${who} ${verb} a member of ${group.name}${through}` };
}
