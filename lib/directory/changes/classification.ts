import type { Group, Person } from '../directory.types';
import type { AttributeChange, EntryChange, MemberValue, WatchSession } from './changes.types';
import type { ChangeEvent, ChangeEventKind, WatchScope } from './event.types';
import { correlationIdOf, eventIdOf } from './eventId';
import { sourceOf } from './eventSource';
import { eventGroup, eventUser, namedOnly } from './eventSubject';
import { isLate } from './late';
import { memberInScope } from './membership/memberInScope';
import { memberKey } from './memberKey';
import { personEventKinds } from './personEventKinds';
import { matchesScope } from './scope';
import { isWatched } from './watchedGroup';

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

	/** In a fixed order, so that a replay gives the same. */
	async eventsOf(change: EntryChange): Promise<ChangeEvent[]> {
		const events = change.person ? this.#personEvents(change, change.person) : [];
		if (change.device) events.push(...(await this.#deviceEvents(change, change.device.owner)));
		if (change.group) {
			events.push(...this.#groupEvents(change, change.group));
			events.push(...(await this.#memberEvents(change, change.group)));
		}
		return events;
	}

	#personEvents(change: EntryChange, person: Person): ChangeEvent[] {
		const kinds = this.#kindsInScope(change, person).filter((kind) => this.scope.events.has(kind));
		return kinds.map((kind) =>
			this.#event(kind, change, {
				subject: change.entryId,
				user: eventUser(person, change),
				group: null,
				changes: changesShown(kind, change),
			}),
		);
	}

	/** Who leaves the watched part of the directory is told to have moved: nothing else tells those who watch it. */
	#kindsInScope(change: EntryChange, person: Person): ChangeEventKind[] {
		const kinds = personEventKinds(change);
		if (matchesScope(person, this.scope)) return kinds;
		const cameFrom = { ...person, dn: change.previousDn ?? person.dn };
		return matchesScope(cameFrom, this.scope) ? kinds.filter((kind) => kind === 'user.moved') : [];
	}

	/** Of an owner who is gone or hidden there is nobody to tell of. */
	async #deviceEvents(change: EntryChange, owner: MemberValue): Promise<ChangeEvent[]> {
		const kind = 'user.firstDeviceRegistered';
		if (!this.scope.events.has(kind)) return [];
		const person = change.person ?? (await this.session.describeMember(owner)).person;
		if (!person || !matchesScope(person, this.scope)) return [];
		if (await this.session.hadDeviceBefore(owner, change.occurredAt)) return [];
		const about = { subject: memberKey(owner), user: eventUser(person), group: null, changes: [] };
		return [this.#event(kind, change, about)];
	}

	/** Base and conditions are about people. A group that is new cannot have been chosen for watching. */
	#groupEvents(change: EntryChange, group: Group): ChangeEvent[] {
		const kind = groupEventKind(change);
		if (kind === undefined || !this.scope.events.has(kind)) return [];
		if (kind === 'group.deleted' && !isWatched(this.session, group)) return [];
		const about = { subject: change.entryId, user: null, group: eventGroup(group), changes: [] };
		return [this.#event(kind, change, about)];
	}

	async #memberEvents(change: EntryChange, group: Group): Promise<ChangeEvent[]> {
		if (!isWatched(this.session, group)) return [];
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
		if (described.is === 'group' || !memberInScope(member, described, this.scope)) return [];
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

	#event(
		kind: ChangeEventKind,
		change: EntryChange,
		about: Pick<ChangeEvent, 'user' | 'group' | 'changes'> & { subject: string },
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
			late: isLate(detectedAt, change.occurredAt),
			actor: change.actor,
			lastModifier: change.lastModifier,
			user: about.user,
			group: about.group,
			changes: about.changes,
			source: sourceOf(this.session, kind),
		};
	}
}

function changesShown(kind: ChangeEventKind, change: EntryChange): AttributeChange[] {
	if (kind === 'user.created' || kind === 'user.deleted') return [];
	if (kind !== 'user.moved') return change.attributes;
	const { previousDn, dn, previousName, person } = change;
	const isMoved = previousDn !== undefined && previousDn !== dn;
	return [
		...(isMoved ? [{ attribute: 'dn', before: [previousDn], after: [dn] }] : []),
		...(previousName === undefined ? [] : [renamed(previousName, person?.username)]),
	];
}

const renamed = (before: string, after: string | undefined): AttributeChange => ({
	attribute: 'name',
	before: [before],
	after: after === undefined ? 'unknown' : [after],
});

function groupEventKind({ operation }: EntryChange): ChangeEventKind | undefined {
	if (operation === 'created') return 'group.created';
	return operation === 'deleted' ? 'group.deleted' : undefined;
}
