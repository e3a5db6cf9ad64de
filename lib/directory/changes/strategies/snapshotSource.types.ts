import type { Group, Person } from '../../directory.types';
import type { Snapshot } from '../changes.types';

/** An entry as a walk met it. */
export interface SeenEntry {
	entryId: string;
	/** Only what is to be remembered; `HAS_DEVICE` among its attributes says that a person has one. */
	snapshot: Snapshot;
	/** ISO 8601, UTC; absent where the server does not tell. */
	createdAt?: string;
	modifiedAt?: string;
	/** Neither = an entry that is remembered for its name only. */
	person?: Person;
	group?: Group;
}

export interface SnapshotPage {
	/** Equal to that of an earlier page only when it holds the same entries, unchanged. */
	fingerprint: string;
	entryIds: readonly string[];
	/** In the order of `entryIds`. Made when asked for: most pages of most walks need no comparison. */
	entries(): SeenEntry[];
}

/** A directory that tells no changes, but can be read as a whole. Every method may reject with DomainError. */
export interface SnapshotSource {
	/** Everything there is, groups before people; ends only when it was complete. No request is open between two pages. */
	walk(): AsyncIterable<SnapshotPage>;
	/** As a walk met it; undefined = none that can be seen. */
	group(entryId: string): Promise<Group | undefined>;
	/** Whether a direct read finds them no more: whom a walk did not meet may only have left what is walked over. */
	isGone(entryId: string, entry: Snapshot): Promise<boolean>;
	/** Whether a change of this attribute is told; others may be remembered to judge by. Lower case. */
	isNews(attribute: string): boolean;
}
