export type StoredKind = 'users' | 'groups' | 'roles';

/** A user, group or role as the simulator keeps it. Read-only for everybody but the store. */
export interface StoredObject {
	readonly kind: StoredKind;
	readonly uuid: string;
	readonly partition: string;
	/** Order of creation: pages follow it, and a cookie remembers it. */
	readonly sequence: number;
	/** How paths and lists name it: `name@partition`, or the bare name. Changes with the name. */
	id: string;
	name: string;
	bareId: boolean;
	orgUnit: string;
	/** DN of where it stands. */
	location: string;
	description: string | undefined;
	/** What was set by somebody, under the server's spelling; what the server itself adds is not in here. */
	attributes: Map<string, string[]>;
	/** uuids of groups and roles. */
	memberOf: Set<string>;
	/** uuids; empty for users. */
	members: Set<string>;
	password: string | undefined;
	/** ISO 8601, to the second. */
	createdAt: string;
	modifiedAt: string;
	lastLoginAt: string | undefined;
	passwordChangedAt: string | undefined;
	/** JSON texts until the next change: pages of thousands of objects are joined from them. */
	rendered: { keys?: string; list?: string };
}

export interface StoredPartition {
	readonly name: string;
	readonly uuid: string;
	readonly description: string;
	/** Mirrors another directory. */
	readonly synchronized: boolean;
	/** False for the server's own. */
	readonly listed: boolean;
	/** Name → DN. */
	readonly orgUnits: Map<string, string>;
}

export interface StoredAccessRole {
	readonly name: string;
	readonly uuid: string;
	readonly description: string;
	readonly partitions: readonly string[];
}
