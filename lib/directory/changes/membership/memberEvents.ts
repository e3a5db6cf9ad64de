import type { EntryChange, MemberDescription, MemberValue, WatchSession } from '../changes.types';
import type { ChangeEvent, EventGroup, EventKind, EventUser, SecurityFinding } from '../event.types';
import { eventIdOf } from '../eventId';
import { eventGroup, eventUser, namedOnly } from '../eventSubject';
import { concludedEvent } from '../security/concludedEvent';
import type { EffectiveMembership } from './effectiveMembership';
import { MemberChange } from './memberChange';
import type { AffectedMember, MembershipDifference } from './membershipDifference';

/** For the explanation of a security event. */
export interface MemberFacts {
	gained: boolean;
	group: EventGroup;
	user: EventUser | null;
	nestedGroup?: ChangeEvent['nestedGroup'];
}

/** What is told of a difference, and of whom. */
export interface MemberTelling {
	session: WatchSession;
	now: () => Date;
	/** undefined = not ticked. */
	gained: EventKind | undefined;
	lost: EventKind | undefined;
	/** More people than this who come or go with one group are one event. */
	nestedMembers: number;
	/** Judged by the name alone: of a long list nobody is read. */
	isNamed(member: MemberValue): boolean;
	isTold(member: MemberValue, described: MemberDescription): boolean;
	security?(facts: MemberFacts): SecurityFinding;
}

/** Events about a change of effective membership: one a person, or one for a large group that came or went. */
export class MemberEvents {
	constructor(
		private readonly membership: EffectiveMembership,
		private readonly telling: MemberTelling,
	) {}

	/** `told`: events there are already, by id. They are returned in their place. */
	async of(change: EntryChange, told: ReadonlyMap<string, ChangeEvent>): Promise<ChangeEvent[]> {
		const differences = await this.membership.apply(change);
		const events: ChangeEvent[] = [];
		const about = new MemberChange(this.membership, change, differences);
		for (const difference of differences) {
			const kind = difference.gained ? this.telling.gained : this.telling.lost;
			if (kind === undefined) continue;
			events.push(...(await this.#eventsOf(kind, about, difference, told)));
		}
		return events;
	}

	async #eventsOf(
		kind: EventKind,
		about: MemberChange,
		difference: MembershipDifference,
		told: ReadonlyMap<string, ChangeEvent>,
	): Promise<ChangeEvent[]> {
		const named = difference.members.filter(({ key }) => this.telling.isNamed(about.valueOf(key)));
		if (difference.nested && named.length > this.telling.nestedMembers) {
			return [this.#summary(kind, about, difference, named)];
		}
		const events: ChangeEvent[] = [];
		for (const member of named) {
			const event =
				told.get(this.#idOf(kind, about, difference, member.key)) ??
				(await this.#memberEvent(kind, about, difference, member));
			if (event && !about.isToldOtherwise(member, difference, namesIn(event))) events.push(event);
		}
		return events;
	}

	#idOf(kind: EventKind, about: MemberChange, { root }: MembershipDifference, subject: string): string {
		return eventIdOf({
			kind,
			directoryId: this.telling.session.identity.directoryId,
			subject,
			group: this.#rootGroup(root).id,
			changeId: about.change.changeId,
		});
	}

	/** undefined for a group, whose members are told instead, and for nobody to be told of. */
	async #memberEvent(
		kind: EventKind,
		about: MemberChange,
		difference: MembershipDifference,
		{ key, path }: AffectedMember,
	): Promise<ChangeEvent | undefined> {
		const member = about.valueOf(key);
		const described = await this.telling.session.describeMember(member);
		if (described.is === 'group') return undefined;
		if (!this.telling.isTold(member, described)) return undefined;
		return this.#event(kind, about, difference, {
			subject: key,
			user: described.person ? eventUser(described.person) : namedOnly(member),
			via: path.map(({ group }) => group.name),
			isDirect: path.length === 0,
		});
	}

	#summary(
		kind: EventKind,
		about: MemberChange,
		difference: MembershipDifference,
		members: readonly AffectedMember[],
	): ChangeEvent {
		const nested = difference.nested;
		if (!nested) throw new TypeError('a summary is about a nested group');
		const path = members[0]?.path ?? [];
		const { id, dn, name } = nested.group;
		return this.#event(kind, about, difference, {
			subject: nested.key,
			user: null,
			via: path.slice(0, path.indexOf(nested)).map(({ group }) => group.name),
			isDirect: false,
			nestedGroup: { id, dn, name, members: members.length },
		});
	}

	#event(
		kind: EventKind,
		about: MemberChange,
		difference: MembershipDifference,
		whom: {
			subject: string;
			user: EventUser | null;
			via: string[];
			isDirect: boolean;
			nestedGroup?: ChangeEvent['nestedGroup'];
		},
	): ChangeEvent {
		const { subject, user, via, isDirect, nestedGroup } = whom;
		const { change } = about;
		const root = this.#rootGroup(difference.root);
		const group: EventGroup = { ...eventGroup(root), membership: isDirect ? 'direct' : 'effective', via };
		const facts: MemberFacts = { gained: difference.gained, group, user, nestedGroup };
		const security = this.telling.security?.(facts);
		return concludedEvent(this.telling, {
			event: kind,
			occurredAt: change.occurredAt,
			actor: change.actor,
			lastModifier: change.lastModifier,
			about: { subject, group: root.id, changeId: change.changeId },
			user,
			group,
			changes: about.shown(subject, difference),
			...(nestedGroup ? { nestedGroup } : {}),
			...(security ? { security } : {}),
		});
	}

	#rootGroup(root: number): EventGroupSource {
		const node = this.membership.graph.roots[root];
		if (!node) throw new TypeError('a difference names no root');
		return node.group;
	}
}

type EventGroupSource = Parameters<typeof eventGroup>[0];

const namesIn = ({ user }: ChangeEvent): { dn: string | null; username: string | null } => ({
	dn: user?.dn ?? null,
	username: user?.username ?? null,
});
