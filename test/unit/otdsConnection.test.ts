import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import type { DomainError } from '../../lib/domain.errors';
import { openOtdsConnection } from '../../lib/directory/otds/otdsConnection';
import type { OtdsConnection, OtdsPage, OtdsSettings } from '../../lib/directory/otds/otds.types';
import type { OtdsScript, ScriptedOtds } from '../support/scriptedOtds';
import { TOKEN, otdsSettings, startScriptedOtds } from '../support/scriptedOtds';

const UUID = '0b7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';
const user = (attributes: object = {}, name = 'ada', uuid = UUID) => ({
	name,
	id: `${name}@Staff`,
	uuid,
	userPartitionID: 'Staff',
	location: `oTPerson=${uuid},orgunit=users,partition=Staff`,
	attributes,
});
const page = (users: unknown[], nextPageCookie: string | null = null) => ({
	body: { users, actualPageSize: users.length, requestedPageSize: 250, nextPageCookie },
});

let server: ScriptedOtds | undefined;
let connection: OtdsConnection;

async function open(script: OtdsScript, own: Partial<OtdsSettings> = {}): Promise<ScriptedOtds> {
	server = await startScriptedOtds(script);
	connection = openOtdsConnection(otdsSettings(server.baseUrl, own));
	return server;
}
const onRest =
	(script: OtdsScript): OtdsScript =>
	(request, response) =>
		request.url.startsWith('/otdsws/rest/') ? script(request, response) : undefined;

async function refusal(promise: Promise<unknown>): Promise<DomainError> {
	try {
		await promise;
	} catch (error) {
		return error as DomainError;
	}
	throw new Error('it was not refused');
}
async function pages(): Promise<OtdsPage[]> {
	const found: OtdsPage[] = [];
	for await (const { fingerprint, objects } of connection.walk('users', {}))
		found.push({ fingerprint, objects });
	return found;
}

afterEach(async () => {
	await connection.close();
	await server?.stop();
	server = undefined;
});

const TICKET_LOGIN = { method: 'ticket', userName: 'push@Staff', password: 'pass-word-9' } as const;

describe('The login to OTDS', () => {
	it('sends the token of the client with each request, and asks for it once', async () => {
		const otds = await open(onRest(() => ({ body: user() })));
		await Promise.all([connection.object('users', 'a'), connection.object('users', 'b')]);
		expect(otds.to('/oauth2/token').map(({ body }) => body)).toEqual([
			'grant_type=client_credentials&client_id=push&client_secret=scripted-secret',
		]);
		expect(otds.to('/rest/users/a')[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
	});

	it('sends the ticket of a user as cookie and as header', async () => {
		const otds = await open(
			({ url }) => ({ body: url.endsWith('/credentials') ? { ticket: '*OTDSSSO*a+b/c=' } : user() }),
			{ login: TICKET_LOGIN },
		);
		await connection.object('users', 'a');
		expect(otds.to('/rest/users/a')[0]?.headers).toMatchObject({
			cookie: 'OTDSTicket=*OTDSSSO*a+b/c=',
			otdsticket: '*OTDSSSO*a+b/c=',
		});
	});

	it.each([
		[{ ticket: null, failureReason: 'Authentication failed' }, 'Authentication failed'],
		[{ ticket: '*OTDSSSO*x', continuation: true }, 'second step'],
	])('is refused by an answer of 200 that says %j', async (body, words) => {
		await open(() => ({ body }), { login: TICKET_LOGIN });
		const error = await refusal(connection.get(['currentuser']));
		// The number makes a watcher wait an hour before it tries again.
		expect(error).toMatchObject({ failure: 'credential-invalid', recovery: 'abort', code: '200' });
		expect(error.message).toContain(words);
	});

	it('refuses a ticket that would start another header', async () => {
		await open(() => ({ body: { ticket: 'a\r\nx: y' } }), { login: TICKET_LOGIN });
		expect((await refusal(connection.get(['currentuser']))).message).toContain('no ticket');
	});

	it('does not try a refused login again at once, so that a long run locks no account', async () => {
		const otds = await open(() => ({ status: 401, body: { error: 'invalid_client' } }));
		await refusal(connection.get(['currentuser']));
		const error = await refusal(connection.get(['currentuser']));
		expect(error).toMatchObject({ failure: 'credential-invalid', code: '401' });
		expect(otds.requests).toHaveLength(1);
	});

	it.each([
		[400, { status: 1034, error: 'Expired OTDS SSO ticket', errorDetails: null }],
		[401, {}],
	])('is renewed once for all requests that meet %i', async (status, body) => {
		let isExpired = true;
		const otds = await open(({ url }) => {
			if (url.endsWith('/token')) {
				const isRenewal = otds.to('/oauth2/token').length > 1;
				if (isRenewal) isExpired = false;
				return undefined;
			}
			return isExpired ? { status, body } : { body: user() };
		});
		await Promise.all(['a', 'b', 'c'].map((id) => connection.object('users', id)));
		expect(otds.to('/oauth2/token')).toHaveLength(2);
	});

	it('is renewed exactly once: what is refused then is refused', async () => {
		const otds = await open(onRest(() => ({ status: 401 })));
		expect(await refusal(connection.object('users', 'a'))).toMatchObject({ failure: 'credential-invalid' });
		expect(otds.to('/oauth2/token')).toHaveLength(2);
		expect(otds.to('/rest/users/a')).toHaveLength(2);
	});

	it('shows neither secret nor token in an error, even when the server repeats them', async () => {
		await open(onRest(() => ({ status: 500, body: { error: `scripted-secret ${TOKEN}` } })));
		const error = await refusal(connection.object('users', 'a'));
		expect(JSON.stringify([error.message, error.advice, String(error.cause)])).not.toMatch(
			/scripted-secret|scripted-token/,
		);
		expect(error.message).toContain('[hidden]');
	});
});

describe('A request to OTDS', () => {
	it('encodes an id as one segment of the path', async () => {
		const otds = await open(onRest(() => ({ body: user() })));
		await connection.object('users', 'R&D /ä?#@Content Server Members');
		expect(otds.requests[1]?.url).toBe(
			'/otdsws/rest/users/R%26D%20%2F%C3%A4%3F%23%40Content%20Server%20Members',
		);
	});

	it.each(['..', '.', ''])('refuses the id "%s", which would be another address', async (id) => {
		const otds = await open(onRest(() => ({ body: user() })));
		expect((await refusal(connection.object('users', id))).message).toContain('cannot be part of an address');
		expect(otds.requests.filter(({ url }) => url.includes('/rest/'))).toEqual([]);
	});

	it('says that the client must administer the partition when it is forbidden', async () => {
		await open(
			onRest(() => ({ status: 403, body: { status: 7, error: 'Forbidden', errorDetails: 'Staff' } })),
		);
		const error = await refusal(connection.object('users', 'a'));
		expect(error).toMatchObject({ failure: 'permission-denied', code: '7' });
		expect(error.message).toContain('Forbidden: Staff');
		expect(error.advice).toContain('must administer the partition');
	});

	it('finds nothing where OTDS says 404', async () => {
		await open(onRest(() => ({ status: 404, body: { status: 1, error: 'not found' } })));
		expect(await connection.object('users', 'a')).toBeUndefined();
	});

	it.each([429, 503])('is to be tried again after the time that %i names', async (status) => {
		await open(onRest(() => ({ status, headers: { 'retry-after': '7' } })));
		expect(await refusal(connection.object('users', 'a'))).toMatchObject({
			recovery: 'retry',
			retryAfterMs: 7000,
		});
	});

	it.each([200, 404])("takes a proxy's page with %i for no answer of OTDS", async (status) => {
		const headers = { 'content-type': 'text/html' };
		await open(onRest(() => ({ status, headers, body: '<html>Sign in</html>' })));
		expect((await refusal(connection.object('users', 'a'))).message).toContain('no JSON (text/html)');
	});

	it('follows no redirect: the login must not travel on', async () => {
		const otds = await open(
			onRest(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1/login?x=1' } })),
		);
		const error = await refusal(connection.object('users', 'a'));
		expect(error.message).toContain('redirects to http://127.0.0.1:1 ');
		expect(otds.requests).toHaveLength(2);
	});

	it('ends when there is no answer in time', async () => {
		await open(
			onRest(() => undefined),
			{ operationTimeoutMs: 50 },
		);
		expect(await refusal(connection.object('users', 'a'))).toMatchObject({
			recovery: 'retry',
			failure: 'temporarily-unavailable',
		});
	});

	it('ends when no secure connection comes about in time', async () => {
		const silent = createServer();
		silent.listen(0, '127.0.0.1');
		await once(silent, 'listening');
		const { port } = silent.address() as AddressInfo;
		connection = openOtdsConnection(
			otdsSettings(`https://127.0.0.1:${port}/otdsws`, { connectTimeoutMs: 50 }),
		);
		const error = await refusal(connection.get(['currentuser']));
		silent.close();
		expect(error.message).toContain('no connection within 50 ms');
		expect(error).toMatchObject({ recovery: 'retry', failure: 'temporarily-unavailable' });
	});

	it('is made anew when the server had closed the kept connection', async () => {
		let isFirst = true;
		const otds = await open(
			onRest((_request, response) => {
				if (isFirst) {
					isFirst = false;
					response.socket?.destroy();
					return undefined;
				}
				return { body: user() };
			}),
		);
		expect(await connection.object('users', 'a')).toMatchObject({ uuid: UUID });
		expect(otds.to('/rest/users/a')).toHaveLength(2);
	});

	it('is refused after the connection was closed', async () => {
		await open(onRest(() => ({ body: user() })));
		await connection.close();
		expect((await refusal(connection.object('users', 'a'))).message).toContain('was closed');
	});
});

describe('A walk through OTDS', () => {
	it('goes from cookie to cookie, encoded, until there is none', async () => {
		const otds = await open(
			onRest(({ url }) =>
				url.includes('next_page_cookie') ? page([user({}, 'bob', 'b')], '') : page([user()], 'a+/=='),
			),
		);
		expect((await pages()).flatMap(({ objects }) => objects.map(({ name }) => name))).toEqual(['ada', 'bob']);
		expect(otds.to('/rest/users')[1]?.url).toContain('next_page_cookie=a%2B%2F%3D%3D');
	});

	it('keeps no page that was left, so that its memory is free while the next one is waited for', async () => {
		await open(onRest(() => page([user()])));
		const kept: OtdsPage[] = [];
		for await (const one of connection.walk('users', {})) kept.push(one);
		expect(() => kept[0]?.objects).toThrow('the page was left');
	});

	it('visits the partitions of the settings one after another', async () => {
		const otds = await open(
			onRest(() => page([])),
			{ partitions: ['Staff', 'R&D'] },
		);
		await pages();
		expect(otds.to('/rest/users').map(({ url }) => new URL(url, 'http://x').searchParams.toString())).toEqual(
			[
				'page_size=250&attrsAsKeys=true&where_partition_name=Staff',
				'page_size=250&attrsAsKeys=true&where_partition_name=R%26D',
			],
		);
	});

	it('ends with an error when the same page comes again and again', async () => {
		const otds = await open(onRest(() => page([user()], 'same')));
		expect((await refusal(pages())).message).toContain('again and again');
		expect(otds.to('/rest/users')).toHaveLength(2);
	});

	it('goes on when only the cookie stays: it may name the search', async () => {
		let count = 0;
		await open(onRest(() => page([user({}, 'u', `u${++count}`)], count < 3 ? 'same' : null)));
		expect(await pages()).toHaveLength(3);
	});

	it.each([{ body: {} }, { body: { users: null } }, { body: [] }, { body: '' }])(
		'takes %j for no page, never for an empty one',
		async (answer) => {
			await open(onRest(() => answer));
			expect((await refusal(pages())).message).toContain('without a list of users');
		},
	);

	it('ends with an error when an answer breaks off', async () => {
		await open(
			onRest((_request, response) => {
				response.writeHead(200, { 'content-length': '5000' }).write('{"users":[');
				response.destroy();
				return undefined;
			}),
		);
		expect(await refusal(pages())).toMatchObject({ recovery: 'retry' });
	});

	it('ends with an error when an answer is larger than any page', async () => {
		await open(
			onRest((_request, response) => {
				response.writeHead(200);
				const chunk = Buffer.alloc(1 << 20, 0x20);
				const more = (): void => {
					while (!response.destroyed && response.write(chunk)) /* until the buffer is full */ ;
					response.once('drain', more);
				};
				more();
				return undefined;
			}),
		);
		expect((await refusal(pages())).message).toContain('larger than');
	});
});

describe("A page's fingerprint", () => {
	async function fingerprintOf(users: unknown[], cookie: string | null = null): Promise<string | undefined> {
		const otds = await startScriptedOtds(onRest(() => page(users, cookie)));
		connection = openOtdsConnection(otdsSettings(otds.baseUrl));
		for await (const { fingerprint } of connection.walk('users', {})) {
			await connection.close();
			await otds.stop();
			return fingerprint;
		}
		return undefined;
	}

	it('is the same after a login, and with another cookie', async () => {
		const before = user({
			mail: ['a'],
			oTLastLoginTimestamp: ['2025-01-01'],
			modifyTimestamp: ['2025-01-01'],
		});
		const after = user({
			mail: ['a'],
			oTLastLoginTimestamp: ['2026-01-01'],
			modifyTimestamp: ['2026-01-01'],
		});
		expect(await fingerprintOf([before], 'one')).toBe(await fingerprintOf([after], 'other'));
	});

	it.each([
		['a value', { mail: ['b'] }],
		['a value that looks like a timestamp', { mail: ['a', '"modifyTimestamp":["x"]'] }],
		['a flag', { mail: ['a'], accountDisabled: ['true'] }],
	])('changes with %s', async (_what, attributes) => {
		expect(await fingerprintOf([user(attributes)])).not.toBe(await fingerprintOf([user({ mail: ['a'] })]));
	});

	it('does not let a value hide a change behind what looks like a timestamp', async () => {
		const hidden = (text: string) => user({ title: [`"modifyTimestamp":[${text}]`] });
		expect(await fingerprintOf([hidden('a')])).not.toBe(await fingerprintOf([hidden('b')]));
	});
});

describe('The base URL', () => {
	it.each([
		'',
		'host/otdsws',
		'ftp://host/otdsws',
		'https://me:secret@host/otdsws',
		'https://host/otdsws?a=b',
	])('is not "%s", and the error does not repeat it', (baseUrl) => {
		expect(() => openOtdsConnection(otdsSettings(baseUrl))).toThrow(
			new Error('The base URL of OTDS cannot be used'),
		);
	});
});

describe('The identity', () => {
	it('is the address with its tenant, the same for every node of a cluster', async () => {
		const otds = await open(onRest(() => ({ body: {} })));
		const identity = await connection.identity();
		expect(identity).toEqual({
			family: 'otds',
			vendor: 'OpenText Directory Services',
			directoryId: `otds:${new URL(otds.baseUrl).host}/otdsws`,
			serverId: identity.directoryId,
			endpoint: otds.baseUrl,
		});
	});
});
