import type { OtdsSimulator } from '../../sandbox/otds/otdsSimulator.ts';

export interface Called {
	status: number;
	text: string;
	/** The JSON of the answer; {} when there is none. */
	json: Record<string, unknown>;
}

export interface Call {
	method?: string;
	body?: unknown;
	/** Sent as they are, instead of the JSON of `body`. */
	rawBody?: string;
	headers?: Record<string, string>;
}

export type Caller = (path: string, call?: Call) => Promise<Called>;

/** Requests to a path below the base URL, as it is given. */
export const callerOf =
	({ baseUrl }: Pick<OtdsSimulator, 'baseUrl'>, login: Record<string, string> = {}): Caller =>
	async (path, { method = 'GET', body, rawBody, headers = {} } = {}) => {
		const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
		const type: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' };
		const response = await fetch(`${baseUrl}${path}`, {
			method,
			body: sent,
			// No connection outlives its answer: after a restart none of them would be any good.
			headers: { connection: 'close', ...type, ...login, ...headers },
		});
		const text = await response.text();
		const isJson = /json/.test(response.headers.get('content-type') ?? '');
		return { status: response.status, text, json: isJson ? (JSON.parse(text) as Called['json']) : {} };
	};

/** Logs a client in (the one that administers everything, unless another is given). */
export async function clientCaller(
	otds: OtdsSimulator,
	{ clientId, clientSecret } = otds.oauth,
): Promise<Caller> {
	const answer = await callerOf(otds)('/oauth2/token', {
		method: 'POST',
		rawBody: new URLSearchParams({ grant_type: 'client_credentials' }).toString(),
		headers: {
			'content-type': 'application/x-www-form-urlencoded',
			authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
		},
	});
	return callerOf(otds, { authorization: `Bearer ${String(answer.json.access_token)}` });
}
