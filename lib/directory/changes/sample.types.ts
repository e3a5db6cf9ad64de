import type { Group, Person } from '../directory.types';
import type { MemberValue } from './changes.types';
import type { EventKind, WatchScope } from './event.types';

export interface SamplePerson {
	person: Person;
	/** ISO 8601, UTC. */
	changedAt: string;
}

export interface SampleGroup {
	group: Group;
	changedAt: string;
}

export interface SampleMember extends SampleGroup, SamplePerson {
	member: MemberValue;
}

/** Finds entries that could have been in an event. `groups`: only these; undefined = any. */
export interface SampleFinder {
	person(accept: (person: Person) => boolean): Promise<SamplePerson | undefined>;
	group(groups: readonly Group[] | undefined): Promise<SampleGroup | undefined>;
	member(
		groups: readonly Group[] | undefined,
		accept: (person: Person) => boolean,
	): Promise<SampleMember | undefined>;
}

export interface SampleRequest {
	/** The first ticked event. */
	kind: EventKind;
	scope: WatchScope;
	masked: boolean;
	now: Date;
}
