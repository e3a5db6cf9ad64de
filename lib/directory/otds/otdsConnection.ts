import { DomainError } from '../../domain.errors';
import type { DirectoryIdentity } from '../directory.types';
import type {
	OtdsCollection,
	OtdsConnection,
	OtdsJson,
	OtdsObject,
	OtdsPartition,
	OtdsQuery,
	OtdsSettings,
} from './otds.types';
import { isExpired, jsonOf, refusedError } from './otdsErrors';
import type { OtdsPlace } from './otdsErrors';
import type { OtdsAnswer } from './otdsHttp';
import { OtdsHttp } from './otdsHttp';
import { OtdsLoginSession } from './otdsLogin';
import { objectOf } from './otdsObject';
import type { AnsweredPage } from './otdsPages';
import { CircleGuard, PageReader } from './otdsPages';
import { partitionsOf } from './otdsPartitions';

interface RestCall {
	method: 'GET' | 'POST' | 'PUT' | 'PATCH';
	path: readonly string[];
	query?: Readonly<Record<string, string>>;
	body?: OtdsJson;
}

/** Connects and logs in at the first request. @throws DomainError for a base URL that cannot be one */
export function openOtdsConnection(settings: OtdsSettings): OtdsConnection {
	const { baseUrl } = settings;
	const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
	// A login in the URL would be sent beside ours, and shown wherever the address is.
	const isUsable = url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '';
	if (isUsable && url.search + url.hash === '') return new RestConnection(settings);
	throw new DomainError('The base URL of OTDS cannot be used', {
		advice: 'Enter it like https://host/otdsws, without a login, "?" or "#" in it.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}

class RestConnection implements OtdsConnection {
	readonly settings: OtdsSettings;
	readonly #http: OtdsHttp;
	readonly #reader = new PageReader();
	readonly #login: OtdsLoginSession;
	readonly #place: OtdsPlace;
	#partitions: Promise<OtdsPartition[]> | undefined;

	constructor(settings: OtdsSettings) {
		this.settings = settings;
		const { login } = settings;
		const secrets = new Set([login.method === 'oauth2' ? login.clientSecret : login.password]);
		this.#place = { endpoint: settings.baseUrl, secrets: () => [...secrets] };
		this.#http = new OtdsHttp(settings, this.#place);
		this.#login = new OtdsLoginSession(settings, this.#http, this.#place, secrets);
	}

	/**
	 * OTDS documents no id of its data. Address and tenant name it: they are the same for every node of a cluster, outlive restarts,
	 * and a poll needs no positions of one server that would mean nothing on another.
	 */
	async identity(): Promise<DirectoryIdentity> {
		await this.get(['currentuser']);
		const { host, pathname } = new URL(this.settings.baseUrl);
		const id = `otds:${host}${pathname}`;
		return {
			family: 'otds',
			vendor: 'OpenText Directory Services',
			directoryId: id,
			serverId: id,
			endpoint: this.settings.baseUrl,
		};
	}

	/** Roles are read without a partition: OpenText keeps those of applications in one of its own. */
	async *walk(collection: OtdsCollection, query: OtdsQuery): AsyncGenerator<AnsweredPage, void, undefined> {
		const chosen = collection === 'roles' ? [] : this.settings.partitions;
		const named = query.partition === undefined ? chosen : [query.partition];
		for (const partition of named.length > 0 ? named : [undefined]) {
			yield* this.#pages(collection, { ...query, partition });
		}
	}

	async object(collection: OtdsCollection, id: string): Promise<OtdsObject | undefined> {
		const json = await this.get([collection, id]);
		return json === undefined ? undefined : objectOf(json);
	}

	async get(
		path: readonly string[],
		query?: Readonly<Record<string, string>>,
	): Promise<OtdsJson | undefined> {
		const action = `read ${shown(path)}`;
		const answer = await this.#call({ method: 'GET', path, query }, action);
		if (answer.status === 404) {
			// A web server that is not OTDS knows none of its addresses either: only OTDS says so in JSON.
			jsonOf(answer, action, this.#place);
			return undefined;
		}
		return jsonOf(answer, action, this.#place);
	}

	async send(
		method: 'POST' | 'PUT' | 'PATCH',
		path: readonly string[],
		body: OtdsJson,
	): Promise<OtdsJson | undefined> {
		const action = `write to ${shown(path)}`;
		const answer = await this.#call({ method, path, body }, action);
		if (answer.status === 404) throw refusedError(answer, action, this.#place);
		return jsonOf(answer, action, this.#place);
	}

	async partitions(): Promise<OtdsPartition[]> {
		const asked = (this.#partitions ??= this.get(['partitions']).then(partitionsOf));
		try {
			return await asked;
		} catch (error) {
			this.#partitions = undefined;
			throw error;
		}
	}

	async close(): Promise<void> {
		this.#http.close();
	}

	async *#pages(collection: OtdsCollection, query: OtdsQuery): AsyncGenerator<AnsweredPage, void, undefined> {
		const guard = new CircleGuard();
		let cookie: string | undefined;
		do {
			const parameters = {
				...pageParameters(collection, query, this.settings.pageSize),
				...(cookie === undefined ? {} : { next_page_cookie: cookie }),
			};
			const page = await this.#page(collection, parameters);
			guard.check(page);
			yield page;
			page.leave();
			({ cookie } = page);
		} while (cookie !== undefined);
	}

	async #page(collection: OtdsCollection, query: Readonly<Record<string, string>>): Promise<AnsweredPage> {
		const action = `list ${collection}`;
		const answer = await this.#call({ method: 'GET', path: [collection], query }, action);
		if (answer.status === 404) throw refusedError(answer, action, this.#place);
		return this.#reader.read(collection, answer.text, () => jsonOf(answer, action, this.#place));
	}

	/** Logs in once more when the login has expired; what is refused then is refused for good. 404 is left to the caller. */
	async #call(call: RestCall, action: string): Promise<OtdsAnswer> {
		const session = await this.#login.current();
		let answer = await this.#request(call, session.headers, action);
		if (isExpired(answer)) {
			const renewed = await this.#login.renewed(session);
			answer = await this.#request(call, renewed.headers, action);
		}
		const isFine = (answer.status >= 200 && answer.status < 300) || answer.status === 404;
		if (!isFine) throw refusedError(answer, action, this.#place);
		return answer;
	}

	#request(
		{ method, path, query = {}, body }: RestCall,
		login: Readonly<Record<string, string>>,
		action: string,
	): Promise<OtdsAnswer> {
		const url = new URL(`${this.settings.baseUrl}/rest/${path.map(segment).join('/')}`);
		for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
		const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
		const headers = { accept: 'application/json', ...type, ...login };
		return this.#http.request({
			method,
			url,
			headers,
			body: body === undefined ? undefined : JSON.stringify(body),
			action,
		});
	}
}

/** Encoded or not, `.` and `..` are steps in a path, and nothing names the whole collection. */
function segment(text: string): string {
	if (!/^\.{0,2}$/.test(text)) return encodeURIComponent(text);
	throw new DomainError(`"${text}" cannot be part of an address of OTDS`, {
		advice: 'Name the person or group by its id. If the field holds an expression, look at what it gives.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

const pageParameters = (
	collection: OtdsCollection,
	{ partition, location, state, filter }: OtdsQuery,
	pageSize: number,
): Record<string, string> => ({
	page_size: String(pageSize),
	attrsAsKeys: 'true',
	...(partition === undefined ? {} : { where_partition_name: partition }),
	...(filter === undefined ? {} : { where_filter: filter }),
	...(location === undefined ? {} : { where_location: location }),
	...(state === undefined || collection !== 'users' ? {} : { where_state: state }),
});

const shown = (path: readonly string[]): string => `/${path.join('/')}`.slice(0, 200);
