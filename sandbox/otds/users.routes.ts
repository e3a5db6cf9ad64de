import { attributeValues, optionalText, refuseCustomAttributes, requiredText } from './bodies.ts';
import type { JsonBody } from './bodies.ts';
import type { Exchange, Route, Server } from './exchange.types.ts';
import { NO_CONTENT } from './exchange.types.ts';
import { listObjects } from './listing.ts';
import { requireAdministration } from './logins.ts';
import { folded } from './names.ts';
import { jsonOf } from './objectJson.ts';
import { badRequest } from './otds.errors.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';

/** Lists, reads and writes; `kind` names the collection. */
export function objectRoutes(server: Server, kind: StoredKind): Route[] {
	const { store } = server;
	// Without attrsAsKeys the official samples of one object tell attributes as a list; no sample asks for keys there.
	const told = (object: StoredObject, status = 200) => ({
		status,
		json: jsonOf(object, 'list', store.isGroup),
	});
	const object = (exchange: Exchange): StoredObject => addressed(server, kind, exchange);
	return [
		{ method: 'GET', path: kind, answer: (exchange) => listObjects(server, kind, exchange, kind) },
		{ method: 'GET', path: `${kind}/:`, answer: (exchange) => told(object(exchange)) },
		{ method: 'POST', path: kind, answer: (exchange) => told(create(server, kind, exchange), 201) },
		{
			method: 'PATCH',
			path: `${kind}/:`,
			answer: (exchange) => {
				const found = object(exchange);
				const body = exchange.body();
				if (requiredText(body, 'userPartitionID') !== found.partition)
					throw badRequest(`userPartitionID is not the partition of ${found.name}`);
				modify(server, found, body);
				return told(found);
			},
		},
		{
			method: 'PUT',
			path: `${kind}/:`,
			answer: (exchange) => {
				const found = object(exchange);
				modify(server, found, exchange.body());
				return told(found);
			},
		},
		{
			method: 'DELETE',
			path: `${kind}/:`,
			answer: (exchange) => {
				store.remove(object(exchange).uuid);
				return NO_CONTENT;
			},
		},
	];
}

export const passwordRoute = (server: Server): Route => ({
	method: 'PUT',
	path: 'users/:/password',
	answer: (exchange) => {
		const { uuid } = addressed(server, 'users', exchange);
		server.store.setPassword(uuid, requiredText(exchange.body(), 'newPassword'));
		return NO_CONTENT;
	},
});

/** The object of the path's first parameter. @throws Refusal 404, or 403 in a partition that the login does not administer */
export function addressed(
	{ store }: Server,
	kind: StoredKind,
	{ login, parameters }: Exchange,
): StoredObject {
	const object = store.named(kind, parameters[0] ?? '');
	requireAdministration(login, object.partition);
	return object;
}

function create({ store }: Server, kind: StoredKind, { login, body }: Exchange): StoredObject {
	const wanted = body();
	const partition = requiredText(wanted, 'userPartitionID');
	store.partition(partition);
	requireAdministration(login, partition);
	refuseCustomAttributes(wanted);
	return store.add(kind, partition, {
		name: requiredText(wanted, 'name'),
		description: optionalText(wanted, 'description'),
		orgUnit: unitOf(store, partition, optionalText(wanted, 'location')),
		attributes: attributeValues(wanted),
	});
}

function modify({ store }: Server, object: StoredObject, body: JsonBody): void {
	const values = attributeValues(body);
	const description = optionalText(body, 'description');
	if (values.length === 0 && description === undefined) throw badRequest('There is nothing to change');
	if (values.length > 0) store.setAttributes(object.uuid, values);
	if (description !== undefined) store.setDescription(object.uuid, description);
}

/** Name of the unit of a DN. */
function unitOf(store: Server['store'], partition: string, dn: string | undefined): string | undefined {
	if (dn === undefined) return undefined;
	const units = [...store.partition(partition).orgUnits];
	const unit = units.find(([, unitDn]) => folded(unitDn) === folded(dn));
	if (!unit) throw badRequest(`location is no organizational unit of ${partition}`);
	return unit[0];
}
