import type { AccountState, DirectoryFamily } from '../directory.types';
import type { LdapFilter } from './filter';

/** Reads the values of one attribute, in whatever form the caller holds an entry. */
export type AttributeReader = (attribute: string) => string[];

/** One row of the table of server differences: all that is particular to a server family stands here, nothing elsewhere. */
export interface LdapFamily {
	family: DirectoryFamily;
	/** Stable id, first present wins. `guid` = mixed-endian bytes of Active Directory. */
	idAttributes: Array<{ attribute: string; encoding: 'text' | 'guid' }>;
	usernameAttributes: string[];
	displayNameAttributes: string[];
	departmentAttributes: string[];
	locationAttributes: string[];
	personFilter: LdapFilter;
	groupFilter: LdapFilter;
	/** Attributes of a group that name its members, with what their values are and the classes of groups that have them. */
	memberAttributes: Array<{ attribute: string; values: 'dn' | 'username'; groupClasses: string[] }>;
	/** Must be asked for by name: many are operational. */
	stateAttributes: string[];
	accountState(read: AttributeReader): AccountState;
	/**
	 * What each part of the state is read from, where a write may touch only some of `stateAttributes`: a log then tells nothing of the
	 * other parts. Absent = each part depends on all of them.
	 */
	stateSources?: Record<keyof AccountState, readonly string[]>;
	/**
	 * When a lock ends by itself: milliseconds since 1970. No server writes that end down. `lockoutMs` = how long the server's policy
	 * keeps accounts locked, 0 = until somebody unlocks them. Absent, or undefined = not known.
	 */
	lockedUntil?(read: AttributeReader, lockoutMs: number | undefined): number | undefined;
}
