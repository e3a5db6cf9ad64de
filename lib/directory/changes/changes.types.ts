import type { AccountState, DirectoryIdentity, Group, Person } from '../directory.types';
import type { ChangeEventKind, WatchScope } from './event.types';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** 'each' = every transition; 'net' = only the difference between two reads; 'no' = not at all. */
export type Sight = 'each' | 'net' | 'no';

export interface Detection {
	sight: Sight;
	/** Why not, and what an administrator can do about it. Always present with 'no'. */
	reason?: string;
}

export type Detections = Record<ChangeEventKind, Detection>;

/** Values as text; binary ones as base64. 'unknown' = the server did not record them: never invented. */
export interface AttributeChange {
	attribute: string;
	before: string[] | 'unknown';
	after: string[] | 'unknown';
}

/** A value of a group's member attribute, and what it names a member by. */
export interface MemberValue {
	value: string;
	is: 'dn' | 'username';
}

/** One write to one entry (logs), or the difference between two reads of it (everything else). */
export interface EntryChange {
	/** Names this change for good: a replay finds the same id. */
	changeId: string;
	operation: 'created' | 'modified' | 'renamed' | 'deleted';
	entryId: string;
	/** After the change; of a deleted entry, its last one. */
	dn: string;
	/** Present when it was renamed or moved, also together with other changes. */
	previousDn?: string;
	/** Present when a person was renamed where names are no part of the DN. */
	previousName?: string;
	/** ISO 8601, UTC, from the server. */
	occurredAt: string;
	/** DN of who did it; only where the server recorded that. */
	actor: string | null;
	/** DN of who wrote the entry last, where the server keeps that. */
	lastModifier: string | null;
	/** Without secrets. */
	attributes: AttributeChange[];
	/** Present when the change touched what an account's state is read from. */
	account?: {
		before: AccountState;
		after: AccountState;
		/** ISO 8601, UTC: when a lock of `after` ends by itself, which no server writes. Absent = never, or not known. */
		lockedUntil?: string;
	};
	members: { added: MemberValue[]; removed: MemberValue[] };
	/** As known for display: today's entry, or what was last recorded of a deleted one. Absent = not a person. */
	person?: Person;
	group?: Group;
	/** A device entry of ours that was added: whose it is. */
	device?: { owner: MemberValue };
}

/** What a strategy without a log remembers of an entry. */
export interface Snapshot {
	dn: string;
	kind: 'person' | 'group' | 'device';
	name?: string;
	account: AccountState;
	/** Watched attributes, lower-case name → values. */
	attributes: Record<string, string[]>;
	members: MemberValue[];
	/** Of a person: ids of groups, where memberships are told from their side. */
	memberOf?: string[];
	/** How many changes of the entry were told; absent = none. */
	generation?: number;
}

export interface SnapshotWrite {
	entryId: string;
	/** undefined = forget the entry. */
	snapshot: Snapshot | undefined;
}

export interface SnapshotReader {
	get(entryIds: readonly string[]): Promise<Map<string, Snapshot>>;
	/** Of everything remembered, in no order: what a complete walk did not meet is gone. */
	entryIds(): AsyncIterable<readonly string[]>;
}

export interface ChangePage<Cursor extends JsonValue> {
	changes: EntryChange[];
	/** Commit it once all of `changes` are delivered. */
	cursor: Cursor;
	/** Commit them together with the cursor. */
	snapshots: SnapshotWrite[];
}

export type Verdict = { intact: true } | { intact: false; reason: string };

/**
 * A way to learn of changes. The only source of events: whatever wakes the watcher up, it reads through this.
 * Every method may reject with DomainError. A strategy's header says what it cannot see.
 */
export interface ChangeStrategy<Cursor extends JsonValue = JsonValue> {
	readonly name: string;
	/** Why it was chosen, for people. */
	readonly reason: string;
	readonly detects: Detections;
	/** Whether changes carry the values from before. */
	readonly previousValues: boolean;
	/** Needs a store that keeps snapshots. */
	readonly needsSnapshots: boolean;
	/** What stored state depends on besides the directory: another key makes it foreign. */
	readonly scopeKey: string;
	/** Milliseconds to leave the server alone after the last read, where a read is expensive; absent = nothing to spare it. */
	readonly restMs?: number;
	/** Taken from the server, before anything is read: what happens later is found from here. */
	position(): Promise<Cursor>;
	/** Everything there is now, to be remembered and never emitted. Nothing for strategies that read a log. */
	baseline(): AsyncIterable<SnapshotWrite[]>;
	/** Whether everything since the cursor can still be read. */
	verify(cursor: Cursor): Promise<Verdict>;
	/**
	 * For strategies that remember entries: everything there is, compared with that, after a gap. The net of what was missed. Pages
	 * carry a position taken before; it counts only once all of them are delivered. @throws DomainError where too much seems gone
	 */
	reconcile?(snapshots: SnapshotReader): AsyncIterable<ChangePage<Cursor>>;
	/** In order. The consumer commits a page before it asks for the next; while it holds one, no search is open. */
	read(cursor: Cursor, snapshots: SnapshotReader): AsyncIterable<ChangePage<Cursor>>;
}

export interface MemberDescription {
	/** 'other' = an entry that is neither: a role, a device. 'unknown' = gone, or not visible. */
	is: 'person' | 'group' | 'other' | 'unknown';
	person?: Person;
	group?: Group;
}

/** A group with the members it names itself. */
export interface DirectMembers {
	group: Group;
	members: readonly MemberValue[];
}

/** A live channel. It only wakes the watcher up: what happened is read through the strategy. */
export interface WakeUp {
	/**
	 * Resolves when the directory says that something changed since the last call, or when `signal` aborts. Rejects with DomainError
	 * when the channel is of no use any more; reading goes on without it.
	 */
	next(signal: AbortSignal): Promise<void>;
}

/** One connection to a directory and the strategy that fits it. */
export interface WatchSession {
	identity: DirectoryIdentity;
	strategy: ChangeStrategy;
	/** The watched groups with names turned into entries; undefined = all groups. */
	watchedGroups: readonly Group[] | undefined;
	/** Whose effective members have privileged access; empty when no such event is ticked. */
	privilegedGroups: readonly Group[];
	/** DN of the login, where changes are told with the DN of who did them. */
	ownDn?: string;
	wakeUp?: WakeUp;
	/** As the directory shows them now, complete; undefined = no group that can be seen. */
	directMembers(group: Pick<Group, 'id' | 'dn'>): Promise<DirectMembers | undefined>;
	/** Every group that can be seen; spares asking of each member of a long list whether it is one. Absent = it costs too much. */
	groups?(): AsyncIterable<Group>;
	/** Whether this person has a device that was registered before that moment (ISO 8601). Asked when one is registered. */
	hadDeviceBefore(owner: MemberValue, at: string): Promise<boolean>;
	/** For display. A member that is gone or cannot be read is 'unknown', never an error. */
	describeMember(member: MemberValue): Promise<MemberDescription>;
	/** Whom describeMember will be asked for next, so that they can be read together. Replaces those of the call before; [] = no more. */
	expectMembers?(members: readonly MemberValue[]): Promise<void>;
	close(): Promise<void>;
}

export type OpenWatch = (scope: WatchScope) => Promise<WatchSession>;
