import type { Group, Known, Person } from '../directory.types';
import type { EntryChange, MemberDescription, MemberValue, WatchSession } from './changes.types';
import type { ChangeEvent, ChangeEventKind, EventGroup, EventUser, WatchScope } from './event.types';
import { foldDn, liesBelow } from './entryName';
import { correlationIdOf, eventIdOf } from './eventId';
import { sourceOf } from './eventSource';
import { memberKey } from './memberKey';
import { matchesScope } from './scope';

/** Detected this long after it happened, an event is marked `late`. */
const LATE_AFTER_MS = 5 * 60_000;

/**
 * Turns changes into the events an analyst ticked. Compares normalised states before and after; of today's entry it takes what
 * is shown, never what happened.
 */
export class EventClassifier {
	constructor(
		private readonly session: WatchSession,
		private readonly scope: WatchScope,
		private readonly now: () => Date,
	) {}

	async eventsOf(change: EntryChange): Promise<ChangeEvent[]> {
		const events = change.person ? this.#personEvents(change, change.person) : [];
		if (change.group) events.push(...(await this.#memberEvents(change, change.group)));
		return events;
	}

	#personEvents(change: EntryChange, person: Person): ChangeEvent[] {
		if (!matchesScope(person, this.scope)) return [];
		const kinds = personEventKinds(change).filter((kind) => this.scope.events.has(kind));
		return kinds.map((kind) =>
			this.#event(kind, change, {
				subject: change.entryId,
				user: eventUser(person, change),
				changes: kind === 'user.created' || kind === 'user.deleted' ? [] : change.attributes,
			}),
		);
	}

	async #memberEvents(change: EntryChange, group: Group): Promise<ChangeEvent[]> {
		const watched = this.session.watchedGroups;
		if (watched && !watched.some((one) => isSameGroup(one, group))) return [];
		const events: ChangeEvent[] = [];
		for (const member of change.members.added) {
			events.push(...(await this.#memberEvent('group.memberAdded', change, group, member)));
		}
		for (const member of change.members.removed) {
			events.push(...(await this.#memberEvent('group.memberRemoved', change, group, member)));
		}
		return events;
	}

	async #memberEvent(
		kind: 'group.memberAdded' | 'group.memberRemoved',
		change: EntryChange,
		group: Group,
		member: MemberValue,
	): Promise<ChangeEvent[]> {
		if (!this.scope.events.has(kind)) return [];
		const described = await this.session.describeMember(member);
		// A group inside a group is no person: its own members are, and nesting is looked at by watching that group.
		if (described.is === 'group' || described.is === 'other') return [];
		if (!this.#memberInScope(member, described)) return [];
		const added = kind === 'group.memberAdded';
		const event = this.#event(kind, change, {
			subject: memberKey(member),
			user: described.person ? eventUser(described.person) : namedOnly(member),
			group: eventGroup(group),
			changes: [
				{ attribute: 'member', before: added ? [] : [member.value], after: added ? [member.value] : [] },
			],
		});
		return [event];
	}

	#memberInScope(member: MemberValue, { person }: MemberDescription): boolean {
		if (person) return matchesScope(person, this.scope);
		// Of somebody who is gone only the name is left: conditions on attributes cannot be asked of them.
		if (this.scope.conditions.length > 0) return false;
		return member.is === 'username' || liesBelow(member.value, this.scope.base);
	}

	#event(
		kind: ChangeEventKind,
		change: EntryChange,
		about: Pick<ChangeEvent, 'changes'> & { subject: string; user: EventUser; group?: EventGroup },
	): ChangeEvent {
		const detectedAt = this.now();
		const eventId = eventIdOf({
			kind,
			directoryId: this.session.identity.directoryId,
			subject: about.subject,
			group: about.group?.id ?? '',
			changeId: change.changeId,
		});
		return {
			event: kind,
			eventId,
			correlationId: correlationIdOf(eventId),
			occurredAt: change.occurredAt,
			detectedAt: detectedAt.toISOString(),
			late: detectedAt.getTime() - Date.parse(change.occurredAt) > LATE_AFTER_MS,
			actor: change.actor,
			lastModifier: change.lastModifier,
			user: about.user,
			group: about.group ?? null,
			changes: about.changes,
			source: sourceOf(this.session, kind),
		};
	}
}

/** A group that was deleted and made anew under its name is still the one that is watched; a renamed one as well. */
const isSameGroup = (watched: Group, group: Group): boolean =>
	watched.id === group.id || foldDn(watched.dn) === foldDn(group.dn);

function personEventKinds(change: EntryChange): ChangeEventKind[] {
	if (change.operation === 'created') return ['user.created'];
	if (change.operation === 'deleted') return ['user.deleted'];
	const kinds: ChangeEventKind[] = [];
	const transition =
		change.account && enabledTransition(change.account.before.enabled, change.account.after.enabled);
	if (transition) kinds.push(transition);
	if (change.attributes.length > 0) kinds.push('user.updated');
	return kinds;
}

/**
 * Without the value from before, a removed lock and a removed deactivation look alike: that is not reported as an enabled
 * account (the strategy declares that it cannot see it); a value that disables is unmistakable.
 */
function enabledTransition(before: Known<boolean>, after: Known<boolean>): ChangeEventKind | undefined {
	if (before === after || after === 'unknown') return undefined;
	if (after === false) return 'user.disabled';
	return before === false ? 'user.enabled' : undefined;
}

export function eventUser(person: Person, change?: EntryChange): EventUser {
	const account = change?.account;
	return {
		id: person.id,
		dn: person.dn,
		username: person.username ?? null,
		displayName: person.displayName ?? null,
		mail: person.mail ?? null,
		department: person.department ?? null,
		title: person.title ?? null,
		location: person.location ?? null,
		manager: person.manager ?? null,
		enabled: stateShown(account?.before.enabled, account?.after.enabled, person.enabled),
		locked: stateShown(account?.before.locked, account?.after.locked, person.locked),
	};
}

/** What the change did to it; what it left alone is as the entry shows, for a log tells of touched attributes only. */
function stateShown(
	before: Known<boolean> | undefined,
	after: Known<boolean> | undefined,
	today: Known<boolean>,
): Known<boolean> {
	return after === undefined || after === 'unknown' || after === before ? today : after;
}

function namedOnly(member: MemberValue): EventUser {
	return {
		id: null,
		dn: member.is === 'dn' ? member.value : null,
		username: member.is === 'username' ? member.value : null,
		displayName: null,
		mail: null,
		department: null,
		title: null,
		location: null,
		manager: null,
		enabled: 'unknown',
		locked: 'unknown',
	};
}

export function eventGroup(group: Group): EventGroup {
	return { id: group.id, dn: group.dn, name: group.name, kind: group.kind, membership: 'direct', via: [] };
}
