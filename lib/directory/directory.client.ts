import type {
	AttributeDescription,
	DirectoryIdentity,
	EntryReference,
	FoundPerson,
	Group,
	GroupQuery,
	Person,
	PersonQuery,
} from './directory.types';

/** The port every directory transport implements (LDAP today, OTDS REST next). Every method may reject with DomainError. */
export interface DirectoryClient {
	/** Connects when needed; rejects when the server cannot be reached or refuses the login. */
	identity(): Promise<DirectoryIdentity>;
	/** Streams with back-pressure; stops the server's work when the iteration is left early. */
	persons(query: PersonQuery): AsyncIterable<FoundPerson>;
	person(reference: EntryReference, attributes?: string[]): Promise<Person | undefined>;
	groups(query: GroupQuery): AsyncIterable<Group>;
	group(reference: EntryReference): Promise<Group | undefined>;
	/** What of a query this server cannot evaluate, so that everybody is read and judged here; undefined = nothing. A sentence. */
	evaluatedHere(query: PersonQuery): string | undefined;
	/** Direct membership. */
	addMember(group: Group, person: Person): Promise<'added' | 'exists'>;
	removeMember(group: Group, person: Person): Promise<'removed' | 'absent'>;
	/** User attributes of the schema, sorted by name. */
	attributes(): Promise<AttributeDescription[]>;
	close(): Promise<void>;
}

/** One naming step, outermost value unescaped: `{ attribute: 'ou', value: 'a,b' }`. */
export interface Rdn {
	attribute: string;
	value: string;
}

export interface TreeEntry {
	dn: string;
	/** Lower-case attribute name → values. */
	attributes: Readonly<Record<string, readonly string[]>>;
}

/**
 * A subtree in which we keep entries of our own (devices, acknowledgments). Only directories with writable entries offer it.
 * `path` is innermost first and is appended to `under`; values are escaped by the implementation (RFC 4514).
 */
export interface EntryTree {
	/** 'exists' when an entry of that name is already there (LDAP result 68): the base of idempotence. */
	add(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<'added' | 'exists'>;
	read(path: Rdn[], under: string, attributes: string[]): Promise<TreeEntry | undefined>;
	/** Direct children; `equals` narrows on the server to any of the values of ONE attribute. */
	children(
		under: string,
		attributes: string[],
		equals?: { attribute: string; values: string[] },
	): AsyncIterable<TreeEntry>;
	/** Sets each attribute to exactly these values. */
	replace(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<void>;
	remove(path: Rdn[], under: string): Promise<'removed' | 'absent'>;
}

/**
 * Attributes of people in which we keep records of our own (devices, acknowledgments): the way of directories that offer no subtree
 * for entries of ours.
 */
export interface PersonAttributes {
	/**
	 * Person id → values; every asked-for person is a key, however the server stores several values. For the very objects that
	 * `persons`, `person` or `all` gave it may answer from what was read along just then; for a copy it asks the server.
	 */
	read(persons: readonly Person[], attribute: string): Promise<Map<string, string[]>>;
	/** Sets exactly these values, and reads them back. @throws DomainError when the server kept something else */
	write(person: Person, attribute: string, values: readonly string[]): Promise<void>;
	/** Everybody who has a value. */
	all(attribute: string): AsyncIterable<{ person: Person; values: string[] }>;
}

/** Where devices and acknowledgments live. */
export type RecordPlace =
	| {
			kind: 'subtree';
			tree: EntryTree;
			devicesDn: string;
			acknowledgmentsDn: string;
			/** The DN under which a person stands in the records: their own, or a stand-in where that would mean nothing there. */
			ownerDn(person: Pick<Person, 'id' | 'dn'>): string;
	  }
	| {
			kind: 'attributes';
			attributes: PersonAttributes;
			/** Names of attributes; '' = none was chosen in the credential. */
			devicesAttribute: string;
			acknowledgmentsAttribute: string;
	  };

/** What of a person is kept in which attribute. */
export interface PersonConventions {
	managerAttribute: string;
	localeAttribute: string;
}

/** Directory conventions: kept once in the credential, used by every node. DNs may be relative to the base DN. */
export interface DirectoryConventions extends PersonConventions {
	/** DN of the subtree that holds device entries. */
	devicesDn: string;
	/** DN of the subtree that holds one container a message. */
	acknowledgmentsDn: string;
}
