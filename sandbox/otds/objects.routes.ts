import { attributeValues, optionalText, refuseCustomAttributes, requiredText } from './bodies.ts';
import type { JsonBody } from './bodies.ts';
import type { Answer, Exchange, Route, Server } from './exchange.types.ts';
import { NO_CONTENT } from './exchange.types.ts';
import { listObjects } from './listing.ts';
import { requireAdministration } from './logins.ts';
import { folded } from './names.ts';
import { jsonOf } from './objectJson.ts';
import { badRequest } from './otds.errors.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';

/** Lists, reads and writes; `kind` names the collection. */
export const objectRoutes = (server: Server, kind: StoredKind): Route[] => [
	{ method: 'GET', path: kind, answer: (exchange) => listObjects(server, kind, exchange, kind) },
	{
		method: 'GET',
		path: `${kind}/:`,
		answer: (exchange) => told(server, addressed(server, kind, exchange)),
	},
	{ method: 'POST', path: kind, answer: (exchange) => told(server, create(server, kind, exchange), 201) },
	{
		method: 'DELETE',
		path: `${kind}/:`,
		answer: (exchange) => {
			server.store.remove(addressed(server, kind, exchange).uuid);
			return NO_CONTENT;
		},
	},
	...changeRoutes(server, kind),
];

const changeRoutes = (server: Server, kind: StoredKind): Route[] => [
	{
		method: 'PATCH',
		path: `${kind}/:`,
		answer: (exchange) => {
			const object = addressed(server, kind, exchange);
			const body = exchange.body();
			if (requiredText(body, 'userPartitionID') !== object.partition)
				throw badRequest(`userPartitionID is not the partition of ${object.name}`);
			modify(server, object, body);
			return told(server, object);
		},
	},
	{
		method: 'PUT',
		path: `${kind}/:`,
		answer: (exchange) => {
			const object = addressed(server, kind, exchange);
			modify(server, object, exchange.body());
			return told(server, object);
		},
	},
];

/** Without attrsAsKeys the official samples of one object tell attributes as a list; none shows it asked for one object. */
const told = ({ store }: Server, object: StoredObject, status = 200): Answer => ({
	status,
	json: jsonOf(object, 'list', store.isGroup),
});

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
