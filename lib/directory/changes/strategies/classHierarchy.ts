import type { LdapConnection } from '../../ldap/ldap.types';

/**
 * Which object classes are kinds of which: `inetOrgPerson` is an `organizationalPerson` is a `person`. OpenLDAP stores only the
 * classes that were written, and its log repeats them, while its searches know the schema: a recorded entry must be judged alike.
 */
export type ClassHierarchy = ReadonlyMap<string, readonly string[]>;

/** The common ones, for servers that do not show their schema. */
const STANDARD: ReadonlyArray<[string, string[]]> = [
	['inetorgperson', ['organizationalperson']],
	['organizationalperson', ['person']],
	['residentialperson', ['person']],
	['user', ['organizationalperson']],
];

export async function readClassHierarchy(connection: LdapConnection): Promise<ClassHierarchy> {
	const hierarchy = new Map<string, readonly string[]>(STANDARD);
	const { entry } = await connection.rootDse();
	const subschema = entry.first('subschemaSubentry');
	const schema = subschema === undefined ? undefined : await connection.read(subschema, ['objectClasses']);
	for (const description of schema?.values('objectClasses') ?? []) {
		const { names, superiors } = parseObjectClass(description);
		for (const name of names) hierarchy.set(name, superiors);
	}
	return hierarchy;
}

/** RFC 4512 §4.1.1: `( oid NAME 'a' | ( 'a' 'b' ) … SUP c | ( c $ d ) … )`; names in lower case. */
export function parseObjectClass(description: string): { names: string[]; superiors: string[] } {
	const names = /\bNAME\s+(?:'([^']+)'|\(([^)]*)\))/.exec(description);
	const superiors = /\bSUP\s+(?:\(([^)]*)\)|([\w.-]+))/.exec(description);
	return {
		names: words(names?.[1] ?? names?.[2]?.replaceAll("'", '')),
		superiors: words(superiors?.[1]?.replaceAll('$', ' ') ?? superiors?.[2]),
	};
}

const words = (text: string | undefined): string[] => (text ?? '').toLowerCase().split(/\s+/).filter(Boolean);

/** Entries have few combinations of classes; a directory with more than these is asked anew. */
const COMBINATIONS_KEPT = 1_000;
const known = new WeakMap<ClassHierarchy, Map<string, ReadonlySet<string>>>();

/** The classes and all they are kinds of, in lower case. */
export function withSuperiors(classes: readonly string[], hierarchy: ClassHierarchy): ReadonlySet<string> {
	const combinations = known.get(hierarchy) ?? new Map<string, ReadonlySet<string>>();
	known.set(hierarchy, combinations);
	const key = classes.join('\n');
	const all = combinations.get(key) ?? climbed(classes, hierarchy);
	if (combinations.size >= COMBINATIONS_KEPT) combinations.clear();
	combinations.set(key, all);
	return all;
}

function climbed(classes: readonly string[], hierarchy: ClassHierarchy): ReadonlySet<string> {
	const all = new Set<string>();
	const waiting = classes.map((name) => name.toLowerCase());
	for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
		if (all.has(name)) continue;
		all.add(name);
		waiting.push(...(hierarchy.get(name) ?? []));
	}
	return all;
}
