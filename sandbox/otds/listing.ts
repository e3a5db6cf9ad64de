import type { Answer, Exchange, Server } from './exchange.types.ts';
import { administers, requireAdministration } from './logins.ts';
import { folded } from './names.ts';
import { jsonOf } from './objectJson.ts';
import { badRequest, forbidden, notFound } from './otds.errors.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';

type Fits = (object: StoredObject) => boolean;
type Source = (after: number) => Iterable<StoredObject>;

/** `{<kind>, actualPageSize, requestedPageSize, nextPageCookie}` of everything, or of `source`, that fits the query. */
export function listObjects(
	server: Server,
	kind: StoredKind,
	{ login, query }: Exchange,
	place: string,
	source: Source = (after) => server.store.objects(kind, after),
): Answer {
	if (login.administers !== 'everything' && login.administers.length === 0) throw forbidden('any partition');
	const fits = filterOf(server, kind, login, query);
	const walk = JSON.stringify([login.name, place, ...CONDITIONS.map((name) => query.get(name))]);
	const page = server.paging.page(query, walk, (after) => only(source(after), fits));
	const style = query.get('attrsAsKeys')?.toLowerCase() === 'true' ? 'keys' : 'list';
	const texts = page.objects.map((object) => jsonOf(object, style, server.store.isGroup));
	const rest = JSON.stringify({
		actualPageSize: texts.length,
		nextPageCookie: page.nextPageCookie,
		requestedPageSize: page.requestedPageSize,
	});
	return { status: 200, json: `{"${kind}":[${texts.join(',')}],${rest.slice(1)}` };
}

const CONDITIONS = ['where_partition_name', 'where_filter', 'where_location', 'where_state', 'limit'];

function* only(objects: Iterable<StoredObject>, fits: Fits): Iterable<StoredObject> {
	for (const object of objects) if (fits(object)) yield object;
}

function filterOf(server: Server, kind: StoredKind, login: Exchange['login'], query: URLSearchParams): Fits {
	const conditions: Fits[] = [(object) => administers(login, object.partition)];
	const partition = query.get('where_partition_name');
	if (partition !== null && partition !== '') {
		server.store.partition(partition);
		requireAdministration(login, partition);
		conditions.push((object) => object.partition === partition);
	}
	const location = query.get('where_location');
	if (location !== null && location !== '') conditions.push(inUnit(server, location));
	const state = query.get('where_state');
	if (state !== null && state !== '' && kind === 'users') conditions.push(inState(state));
	const text = query.get('where_filter');
	if (text !== null && text !== '') conditions.push(containing(text));
	return (object) => conditions.every((fits) => fits(object));
}

function inUnit({ store }: Server, dn: string): Fits {
	const units = [...store.partitions.values()].flatMap(({ orgUnits }) => [...orgUnits.values()]);
	if (!units.some((unit) => folded(unit) === folded(dn))) throw notFound(`Location ${dn}`);
	const ending = `,${folded(dn)}`;
	return ({ location }) => folded(location).endsWith(ending);
}

function inState(state: string): Fits {
	if (state !== 'enabled' && state !== 'disabled')
		throw badRequest('where_state is either enabled or disabled');
	return ({ attributes }) => (attributes.get('accountDisabled')?.[0] === 'true') === (state === 'disabled');
}

/** The grammar of where_filter is not documented: here it is a text contained in a name, mail address or description. */
function containing(text: string): Fits {
	const part = folded(text);
	return ({ name, description, attributes }) =>
		[name, description, ...['displayName', 'mail'].map((attribute) => attributes.get(attribute)?.[0])].some(
			(value) => value !== undefined && folded(value).includes(part),
		);
}
