import { DomainError } from '../../domain.errors';
import type { PersonQuery } from '../directory.types';
import type { OtdsConnection, OtdsObject } from './otds.types';
import { findGroup, membersOf, noSuchGroup } from './otdsGroups';
import type { FoundGroup } from './otdsGroups';
import { membershipsOf } from './otdsObject';
import { objectsOf } from './otdsLookup';

/** How somebody belongs to the asked-for groups: in words, the shortest way; undefined = not at all. */
export type MemberWords = (object: OtdsObject) => string | undefined;

interface Path {
	uuid: string;
	names: string[];
}

/** @throws DomainError for a group that does not exist, or whose members cannot be read */
export async function memberWords(
	connection: OtdsConnection,
	{ groups: references, nested }: NonNullable<PersonQuery['memberOf']>,
): Promise<MemberWords> {
	const roots: Path[] = [];
	/** Of roles: by uuid of the person. */
	const named = new Map<string, string>();
	for (const reference of references) {
		const found = await findGroup(connection, reference);
		if (found === undefined) throw noSuchGroup(reference);
		const { name } = found.group;
		if (found.group.kind === 'group') {
			roots.push({ uuid: found.group.id, names: [name] });
			continue;
		}
		const members = await membersOf(connection, 'roles', roleOf(found));
		for (const { uuid } of members.users) if (!named.has(uuid)) named.set(uuid, wordsFor([name]));
		if (nested)
			roots.push(...members.groups.map((group) => ({ uuid: group.uuid, names: [name, group.name] })));
	}
	const words = expand(roots, nested && roots.length > 0 ? await loadChildren(connection) : new Map());
	const ranks = new Map([...words.keys()].map((uuid, rank) => [uuid, rank]));
	return (object) => {
		const direct = named.get(object.uuid);
		if (direct !== undefined) return direct;
		const [nearest] = membershipsOf(object)
			.filter((uuid) => ranks.has(uuid))
			.sort((one, other) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0));
		return nearest === undefined ? undefined : words.get(nearest);
	};
}

/** Breadth first, so that the words name the shortest way; each group once, so that circles end. */
function expand(
	roots: readonly Path[],
	children: ReadonlyMap<string, readonly OtdsObject[]>,
): Map<string, string> {
	const words = new Map<string, string>();
	let level = [...roots].sort((one, other) => one.names.length - other.names.length);
	while (level.length > 0) {
		const next: Path[] = [];
		for (const { uuid, names } of level) {
			if (words.has(uuid)) continue;
			words.set(uuid, wordsFor(names));
			for (const child of children.get(uuid) ?? [])
				next.push({ uuid: child.uuid, names: [...names, child.name] });
		}
		level = next;
	}
	return words;
}

/** Groups by the uuid of a group they are members of: one walk instead of a request a group. */
async function loadChildren(connection: OtdsConnection): Promise<Map<string, OtdsObject[]>> {
	const children = new Map<string, OtdsObject[]>();
	for await (const group of objectsOf(connection, 'groups', {})) {
		for (const parent of membershipsOf(group)) {
			const siblings = children.get(parent);
			if (siblings === undefined) children.set(parent, [group]);
			else siblings.push(group);
		}
	}
	return children;
}

function roleOf({ group, object }: FoundGroup): OtdsObject {
	if (object !== undefined) return object;
	throw new DomainError(`The members of the access role "${group.name}" cannot be read`, {
		advice:
			'An access role gives partitions and groups access to a resource. Choose a group or a role of OTDS instead.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

const wordsFor = ([root = '', ...through]: string[]): string =>
	`member of ${root}${through.length > 0 ? ` through ${through.join(' and ')}` : ''}`;
