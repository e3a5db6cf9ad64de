import type { DirectoryFamily, EntryReference, Known } from '../directory.types';
import type { AttributeChange } from './changes.types';

export const PERSON_EVENTS = [
	'user.created',
	'user.enabled',
	'user.disabled',
	'user.updated',
	'user.deleted',
] as const;
export const GROUP_EVENTS = ['group.memberAdded', 'group.memberRemoved'] as const;
export const HEALTH_EVENTS = [
	'health.batchGivenUp',
	'health.directoryReachable',
	'health.directoryUnreachable',
	'health.reconciled',
] as const;

export type ChangeEventKind = (typeof PERSON_EVENTS)[number] | (typeof GROUP_EVENTS)[number];
export type HealthEventKind = (typeof HEALTH_EVENTS)[number];
export type EventKind = ChangeEventKind | HealthEventKind;

/** What to look at. Part of the workflow: holds no person. */
export interface WatchScope {
	events: ReadonlySet<EventKind>;
	/** DN below which people are watched; empty = the credential's base DN. */
	base: string;
	/** A person matches when all of them hold. */
	conditions: ReadonlyArray<{ attribute: string; value: string }>;
	/** Empty = all groups. */
	groups: readonly EntryReference[];
	/** For user.updated; empty = every attribute a person's entry may hold. */
	attributes: readonly string[];
}

export interface EventUser {
	/** null where only the name in the group is known. */
	id: string | null;
	dn: string | null;
	username: string | null;
	displayName: string | null;
	mail: string | null;
	department: string | null;
	title: string | null;
	location: string | null;
	manager: string | null;
	enabled: Known<boolean>;
	locked: Known<boolean>;
}

export interface EventGroup {
	id: string;
	dn: string;
	name: string;
	kind: 'group' | 'role' | 'accessRole';
	membership: 'direct';
	via: string[];
}

export interface EventSource {
	directory: DirectoryFamily;
	strategy: string;
	/** Why this strategy. */
	reason: string;
	/** Whether every transition is seen, or the net difference between two reads. */
	transitions: 'each' | 'net';
}

/** An item of the trigger: a stable contract, described in docs/events.md and docs/event.schema.json. */
export interface ChangeEvent {
	event: EventKind;
	/** The same for the same happening, however often it is delivered. */
	eventId: string;
	correlationId: string;
	/** ISO 8601, UTC. */
	occurredAt: string;
	detectedAt: string;
	/** Detected more than five minutes after it happened, e.g. after an outage. */
	late: boolean;
	actor: string | null;
	lastModifier: string | null;
	user: EventUser | null;
	group: EventGroup | null;
	changes: AttributeChange[];
	source: EventSource;
	/** Health events only: what happened, and what to do about it. */
	health?: { message: string; advice: string; eventIds?: string[] };
	/** Test mode only: a real entry, not a real change. */
	sample?: true;
}
