import { stringList } from './bodies.ts';
import type { Answer, Exchange, Route, Server } from './exchange.types.ts';
import { NO_CONTENT } from './exchange.types.ts';
import { listObjects } from './listing.ts';
import { administers, requireAdministration } from './logins.ts';
import { jsonOf } from './objectJson.ts';
import { Refusal } from './otds.errors.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';
import { addressed } from './objects.routes.ts';

type Change = 'add' | 'remove';

/** What an object is a member of: `/users/{id}/memberof`, `/users/{id}/roles` and the like. */
export function parentRoutes(
	server: Server,
	kind: StoredKind,
	parents: 'groups' | 'roles',
	name: string,
): Route[] {
	const change = (what: Change) => (exchange: Exchange) => {
		const member = addressed(server, kind, exchange);
		const found = stringList(exchange.body()).map((id) => server.store.named(parents, id));
		for (const { partition } of found) requireAdministration(exchange.login, partition);
		for (const parent of found) apply(server, what, parent, member);
		return NO_CONTENT;
	};
	return [
		{
			method: 'GET',
			path: `${kind}/:/${name}`,
			answer: (exchange) => {
				const { memberOf } = addressed(server, kind, exchange);
				const found = [...memberOf].map((uuid) => server.store.get(uuid));
				return told(server, exchange, { [parents]: found.filter((parent) => parent.kind === parents) });
			},
		},
		{ method: 'POST', path: `${kind}/:/${name}`, answer: change('add') },
		{ method: 'POST', path: `${kind}/:/${name}/deletionset`, answer: change('remove') },
	];
}

/** Members of groups and roles. That their bodies are like those of memberof is inferred. */
export function memberRoutes(server: Server, kind: 'groups' | 'roles'): Route[] {
	const members = (exchange: Exchange): StoredObject[] =>
		[...addressed(server, kind, exchange).members]
			.map((uuid) => server.store.get(uuid))
			.sort((one, other) => one.sequence - other.sequence);
	const ofKind = (wanted: StoredKind) => (exchange: Exchange) =>
		listObjects(server, wanted, exchange, `${kind}/${exchange.parameters[0]}/${wanted}`, (after) =>
			members(exchange).filter((member) => member.kind === wanted && member.sequence > after),
		);
	const change = (what: Change, among: readonly StoredKind[]) => (exchange: Exchange) => {
		const group = addressed(server, kind, exchange);
		const found = stringList(exchange.body()).map((id) => firstNamed(server, among, id));
		for (const { partition } of found) requireAdministration(exchange.login, partition);
		for (const member of found) apply(server, what, group, member);
		return NO_CONTENT;
	};
	const changes = (name: string, among: readonly StoredKind[]): Route[] => [
		{ method: 'POST', path: `${kind}/:/${name}`, answer: change('add', among) },
		{ method: 'POST', path: `${kind}/:/${name}/deletionset`, answer: change('remove', among) },
	];
	return [
		{
			method: 'GET',
			path: `${kind}/:/members`,
			answer: (exchange) => {
				const found = members(exchange);
				return told(server, exchange, {
					users: found.filter((member) => member.kind === 'users'),
					groups: found.filter((member) => member.kind === 'groups'),
				});
			},
		},
		{ method: 'GET', path: `${kind}/:/users`, answer: ofKind('users') },
		{ method: 'GET', path: `${kind}/:/groups`, answer: ofKind('groups') },
		...changes('members', ['users', 'groups']),
		...changes('users', ['users']),
		...changes('groups', ['groups']),
	];
}

function apply({ store }: Server, change: Change, group: StoredObject, member: StoredObject): void {
	if (change === 'add') store.addMember(group.uuid, member.uuid);
	else store.removeMember(group.uuid, member.uuid);
}

function firstNamed({ store }: Server, among: readonly StoredKind[], id: string): StoredObject {
	let refused: unknown;
	for (const kind of among) {
		try {
			return store.named(kind, id);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			refused = error;
		}
	}
	throw refused;
}

/** Objects under the names of their collections; those of partitions that the login does not administer are left out. */
function told(
	server: Server,
	{ login }: Exchange,
	collections: Record<string, readonly StoredObject[]>,
): Answer {
	const parts = Object.entries(collections).map(([name, objects]) => {
		const seen = objects.filter(({ partition }) => administers(login, partition));
		return `"${name}":[${seen.map((object) => jsonOf(object, 'list', server.store.isGroup)).join(',')}]`;
	});
	return { status: 200, json: `{${parts.join(',')}}` };
}
