/** The directory in domain terms. Nothing here knows LDAP or REST: each transport translates. */

export type DirectoryFamily = 'openldap' | 'activeDirectory' | '389ds' | 'opendj' | 'otds' | 'ldap';

export interface DirectoryIdentity {
	family: DirectoryFamily;
	/** Product and version as the server tells them, for people. */
	vendor: string;
	/** Stable over restarts and the same for every replica of one directory; part of each eventId. */
	directoryId: string;
	/** Names the very server that answers: log positions of one server mean nothing on another. */
	serverId: string;
	/** `ldap://host:port` or base URL, without credentials. */
	endpoint: string;
}

/** True, false, or what the server does not tell. */
export type Known<T> = T | 'unknown';

/** Normalised account state: what events are classified from. */
export interface AccountState {
	enabled: Known<boolean>;
	locked: Known<boolean>;
	passwordResetRequired: Known<boolean>;
}

/** A person as the directory describes them. Absent attributes are absent here, never ''. */
export interface Person {
	/** Stable id (entryUUID, objectGUID, nsUniqueId, OTDS uuid). */
	id: string;
	dn: string;
	username?: string;
	displayName?: string;
	mail?: string;
	department?: string;
	title?: string;
	location?: string;
	/** As stored: a DN, a uuid, an id or a mail address. */
	manager?: string;
	/** BCP 47 language tag from the locale attribute of the directory conventions. */
	locale?: string;
	enabled: Known<boolean>;
	locked: Known<boolean>;
	/** The attributes that were asked for by name; binary values as base64. */
	attributes: Record<string, string[]>;
}

export interface Group {
	id: string;
	dn: string;
	name: string;
	kind: 'group' | 'role' | 'accessRole';
	description?: string;
}

/** How an analyst names an entry. `auto` recognises a DN, a uuid, a mail address, else a user or group name. */
export interface EntryReference {
	by: 'auto' | 'id' | 'dn' | 'username' | 'mail' | 'name';
	value: string;
}

export interface AttributeCondition {
	attribute: string;
	operator: 'equals';
	value: string;
}

export interface PersonQuery {
	/** Members of any of these groups. */
	memberOf?: { groups: EntryReference[]; nested: boolean };
	/** All of them must hold. */
	conditions?: AttributeCondition[];
	/** Leave out accounts that are known to be disabled. */
	onlyEnabled?: boolean;
	/** Extra attributes to return in `Person.attributes`. */
	attributes?: string[];
	/** Stop after this many persons. */
	limit?: number;
}

/** A person and the rule by which they were found. */
export interface FoundPerson {
	person: Person;
	/** In plain words, e.g. `member of Nurses through Ward staff`. */
	why: string;
}

export interface GroupQuery {
	/** Part of the name; absent = all. */
	nameContains?: string;
	limit?: number;
}

export interface AttributeDescription {
	name: string;
	description?: string;
}
