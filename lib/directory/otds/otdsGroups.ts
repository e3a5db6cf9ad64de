import { createHash } from 'node:crypto';

import { DomainError } from '../../domain.errors';
import type { EntryReference, Group } from '../directory.types';
import type { OtdsConnection, OtdsJson, OtdsObject } from './otds.types';
import { groupOf, isFields, objectOf } from './otdsObject';
import { goesInCircles } from './otdsPages';
import { isOutOfSight, lookUp, objectsOf } from './otdsLookup';

/** A group or role, and its object; an access role has none that could be relied on. */
export interface FoundGroup {
	group: Group;
	object: OtdsObject | undefined;
}

/** Groups first, then roles. */
export async function* groupsAndRoles(connection: OtdsConnection): AsyncGenerator<Group, void, undefined> {
	for await (const object of objectsOf(connection, 'groups', {})) yield groupOf(object, 'group');
	try {
		for await (const object of objectsOf(connection, 'roles', {})) yield groupOf(object, 'role');
	} catch (error) {
		if (!isOutOfSight(error)) throw error;
	}
}

/** Groups first, then roles, then the access role of that name. @throws DomainError when several fit */
export async function findGroup(
	connection: OtdsConnection,
	reference: EntryReference,
): Promise<FoundGroup | undefined> {
	const group = await lookUp(connection, 'groups', reference);
	if (group !== undefined) return { group: groupOf(group, 'group'), object: group };
	const role = await findRole(connection, reference);
	if (role !== undefined) return { group: groupOf(role, 'role'), object: role };
	const isName = reference.by === 'auto' || reference.by === 'name';
	return isName ? await findAccessRole(connection, reference.value.trim()) : undefined;
}

async function findRole(
	connection: OtdsConnection,
	reference: EntryReference,
): Promise<OtdsObject | undefined> {
	try {
		return await lookUp(connection, 'roles', reference);
	} catch (error) {
		if (!isOutOfSight(error)) throw error;
		return undefined;
	}
}

async function findAccessRole(connection: OtdsConnection, name: string): Promise<FoundGroup | undefined> {
	try {
		const json = await connection.get(['accessroles', name]);
		return json === undefined ? undefined : { group: accessRoleOf(json, name), object: undefined };
	} catch (error) {
		if (!isOutOfSight(error)) throw error;
		return undefined;
	}
}

/** Access roles say to whom a resource is given; which of their fields is an id is inferred: the name stands in for one. */
function accessRoleOf(json: OtdsJson, asked: string): Group {
	const fields = isFields(json) ? json : {};
	const textOf = (...names: string[]): string | undefined =>
		names
			.map((name) => fields[name])
			.find((value): value is string => typeof value === 'string' && value !== '');
	const name = textOf('name') ?? asked;
	return {
		id: textOf('uuid', 'id') ?? name,
		dn: textOf('location') ?? '',
		name,
		kind: 'accessRole',
		description: textOf('description'),
	};
}

/**
 * Members of a group or role, as OTDS lists them: `{users:[…], groups:[…]}`. Memberships of people name groups only: of a role there is
 * no other way.
 * @throws DomainError rather than to return a part of them
 */
export async function membersOf(
	connection: OtdsConnection,
	collection: 'groups' | 'roles',
	group: OtdsObject,
): Promise<{ users: OtdsObject[]; groups: OtdsObject[] }> {
	const users: OtdsObject[] = [];
	const groups: OtdsObject[] = [];
	for await (const page of pagesAt(connection, [collection, group.id, 'members'])) {
		// What is not understood must not pass for a group without members.
		if (!Array.isArray(page.users) && !Array.isArray(page.groups)) throw noMembers(collection, group);
		users.push(...listed(page.users));
		groups.push(...listed(page.groups));
	}
	return { users, groups };
}

/** The roles of a person, which do not show among their memberships. */
export async function rolesOf(connection: OtdsConnection, path: readonly string[]): Promise<OtdsObject[]> {
	const roles: OtdsObject[] = [];
	for await (const page of pagesAt(connection, path)) roles.push(...listed(page.roles));
	return roles;
}

/** One page, or several where OTDS sends a cookie. Nothing is there (404): an empty one. */
async function* pagesAt(
	connection: OtdsConnection,
	path: readonly string[],
): AsyncGenerator<Record<string, OtdsJson>, void, undefined> {
	const seen = new Set<string>();
	let cookie: string | undefined;
	do {
		const query: Record<string, string> = cookie === undefined ? {} : { next_page_cookie: cookie };
		const json = await connection.get(path, query);
		const { nextPageCookie, ...page } = isFields(json) ? json : {};
		cookie = typeof nextPageCookie === 'string' && nextPageCookie !== '' ? nextPageCookie : undefined;
		// A cookie may stay while the pages advance: only the same objects again are a circle.
		const isEmpty = Object.values(page).every((list) => !Array.isArray(list) || list.length === 0);
		const met = createHash('sha1')
			.update(isEmpty ? (cookie ?? '') : JSON.stringify(page))
			.digest('base64');
		if (cookie !== undefined && seen.has(met)) throw goesInCircles();
		seen.add(met);
		yield page;
	} while (cookie !== undefined);
}

const listed = (json: OtdsJson | undefined): OtdsObject[] => (Array.isArray(json) ? json.map(objectOf) : []);

const noMembers = (collection: 'groups' | 'roles', { name }: OtdsObject): DomainError =>
	new DomainError(`OTDS did not list the members of the ${collection.slice(0, -1)} "${name}"`, {
		advice: 'Choose another group, or let the login administer the partition it stands in.',
		recovery: 'skip',
		failure: 'permission-denied',
	});

export const noSuchGroup = ({ value }: EntryReference): DomainError =>
	new DomainError(`There is no group or role "${value.slice(0, 200)}" in the directory`, {
		advice:
			'Choose it from the list. It may have been renamed or removed, stand in another partition than those of the credential, or the login may not administer its partition.',
		recovery: 'skip',
		failure: 'not-found',
	});
