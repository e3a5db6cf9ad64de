import { normalizeDn } from '../distinguishedName';
import type { Group } from '../directory.types';
import { groupOf } from './families';
import type { LdapFamily } from './family.types';
import type { LdapEntry } from './ldap.types';

/** A group with the names of its direct members. */
export interface LoadedGroup {
	group: Group;
	memberDns: string[];
	memberUsernames: string[];
}

export function loadedGroupOf(entry: LdapEntry, family: LdapFamily): LoadedGroup {
	const valuesOf = (kind: 'dn' | 'username'): string[] =>
		family.memberAttributes
			.filter(({ values }) => values === kind)
			.flatMap(({ attribute }) => entry.values(attribute))
			// groupOfNames must have a member: empty groups hold an empty DN.
			.filter((value) => value !== '');
	return { group: groupOf(entry, family), memberDns: valuesOf('dn'), memberUsernames: valuesOf('username') };
}

/** Who belongs to the asked-for groups, and how: key → words such as `member of Nurses through Ward staff`. */
export interface Members {
	/** By normalised DN, with the DN as the group spells it. */
	byDn: Map<string, { dn: string; why: string }>;
	/** By lower-case username. */
	byUsername: Map<string, { username: string; why: string }>;
}

/**
 * Breadth first over the loaded groups, so that `why` names the shortest way; each group once, so that circles end. `all` holds
 * every group that may be nested, by normalised DN; empty = direct members only.
 */
export function expandMembers(roots: readonly LoadedGroup[], all: ReadonlyMap<string, LoadedGroup>): Members {
	const members: Members = { byDn: new Map(), byUsername: new Map() };
	const visited = new Set(roots.map(({ group }) => keyOf(group.dn)));
	let level = roots.map((loaded) => ({ loaded, path: [loaded.group.name] }));
	while (level.length > 0) {
		const next: typeof level = [];
		for (const { loaded, path } of level) {
			collect(loaded, path, members);
			for (const dn of loaded.memberDns) {
				const key = keyOf(dn);
				const nested = all.get(key);
				if (nested === undefined || visited.has(key)) continue;
				visited.add(key);
				next.push({ loaded: nested, path: [...path, nested.group.name] });
			}
		}
		level = next;
	}
	return members;
}

function collect(
	{ memberDns, memberUsernames }: LoadedGroup,
	path: string[],
	{ byDn, byUsername }: Members,
): void {
	const why = wordsFor(path);
	for (const dn of memberDns) {
		const key = keyOf(dn);
		if (!byDn.has(key)) byDn.set(key, { dn, why });
	}
	for (const username of memberUsernames) {
		const key = username.toLowerCase();
		if (!byUsername.has(key)) byUsername.set(key, { username, why });
	}
}

const wordsFor = ([root = '', ...through]: string[]): string =>
	`member of ${root}${through.length > 0 ? ` through ${through.join(' and ')}` : ''}`;

/** A member value that is no DN can still be compared with itself. */
export function keyOf(dn: string): string {
	try {
		return normalizeDn(dn);
	} catch {
		return dn.toLowerCase();
	}
}
