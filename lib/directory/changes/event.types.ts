import type { DirectoryFamily, EntryReference, Known } from '../directory.types';
import type { AttributeChange } from './changes.types';

export const PERSON_EVENTS = [
	'user.created',
	'user.enabled',
	'user.disabled',
	'user.locked',
	'user.unlocked',
	'user.passwordResetRequired',
	'user.updated',
	'user.moved',
	'user.deleted',
	'user.firstDeviceRegistered',
] as const;
export const GROUP_EVENTS = [
	'group.created',
	'group.deleted',
	'group.memberAdded',
	'group.memberRemoved',
] as const;
export const SECURITY_EVENTS = [
	'security.privilegedAccessGranted',
	'security.privilegedAccessRevoked',
	'security.unusualGroupChange',
	'security.bulkChange',
] as const;
export const HEALTH_EVENTS = [
	'health.batchGivenUp',
	'health.deletionsHeldBack',
	'health.directoryReachable',
	'health.directoryUnreachable',
	'health.reconciled',
] as const;

/** What a strategy sees, or does not see. */
export type ChangeEventKind = (typeof PERSON_EVENTS)[number] | (typeof GROUP_EVENTS)[number];
/** Concluded from several changes, or from a person's memberships as a whole. */
export type SecurityEventKind = (typeof SECURITY_EVENTS)[number];
export type HealthEventKind = (typeof HEALTH_EVENTS)[number];
export type EventKind = ChangeEventKind | SecurityEventKind | HealthEventKind;

export const STRATEGY_NAMES = [
	'accessLog',
	'changeLog',
	'dirSync',
	'usnChanged',
	'syncRepl',
	'modifyTimestamp',
] as const;
/** Ways of reading an LDAP directory that can be chosen by hand. */
export type StrategyName = (typeof STRATEGY_NAMES)[number];

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
	/** Absent = the best that the server and the login offer. */
	strategy?: StrategyName;
	/** Members of the watched groups through other groups count as well. Needs watched groups. */
	nested?: boolean;
	/** For privileged access; absent or empty = those the server family is known for. */
	privilegedGroups?: readonly EntryReference[];
	/** DNs of accounts whose changes are no news; never asked for privileged access. Where the server records who did it. */
	leftOutActors?: readonly string[];
	/** Whether what the credential's own login wrote is news as well. */
	includeOwn?: boolean;
	limits?: WatchLimits;
	/** The code under which an administrator accepted that many entries are gone. */
	acceptedAbsence?: string;
}

export interface WatchLimits {
	/** More changes than this within the window are one summary. */
	bulk: { changes: number; windowMs: number };
	/** More additions or removals than this, of one group within an hour, are unusual. */
	unusualChanges: number;
	/** Nesting or taking out a group of more people than this is one event with a count. */
	nestedMembers: number;
}

export const DEFAULT_LIMITS: WatchLimits = {
	bulk: { changes: 100, windowMs: 5 * 60_000 },
	unusualChanges: 20,
	nestedMembers: 100,
};

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
	membership: 'direct' | 'effective';
	/** Names of the groups between this one and the person, outermost first; empty for direct members. */
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

/** What a security event was concluded from. */
export interface SecurityFinding {
	/** In plain words. */
	explanation: string;
	count?: number;
	limit?: number;
	/** ISO 8601, UTC. */
	from?: string;
	to?: string;
	/** Event kind → number. */
	byKind?: Record<string, number>;
	/** Those with the most changes. */
	groups?: Array<{ id: string; name: string; changes: number }>;
	/** Some of the summed up events. */
	sample?: Array<{ event: string; userId: string | null; groupId: string | null; occurredAt: string }>;
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
	/** A whole group became or stopped being part of `group`: told once, with the number of people. `user` is null then. */
	nestedGroup?: { id: string; dn: string; name: string; members: number };
	/** Security events only. */
	security?: SecurityFinding;
	/** Health events only: what happened, and what to do about it. */
	health?: { message: string; advice: string; eventIds?: string[] };
	/** Test mode only: a real entry, not a real change. */
	sample?: true;
}
