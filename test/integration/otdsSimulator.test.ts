import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import type { OtdsSimulator, OtdsStoredUser } from '../../sandbox/otds/otdsSimulator.ts';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator.ts';
import type { Called, Caller } from '../support/otdsCaller';
import { callerOf, clientCaller } from '../support/otdsCaller';

jest.setTimeout(60_000);

interface Told {
	id: string;
	uuid: string;
	name: string;
	numMembers?: number;
	attributes: Record<string, string[]>;
	values: Array<{ name: string; values: string[] }>;
}

let otds: OtdsSimulator;
let call: Caller;
let ada: OtdsStoredUser;

beforeEach(async () => {
	otds = await startOtdsSimulator();
	call = await clientCaller(otds);
	ada = otds.addUser('Staff', {
		name: 'ada & co@example.com',
		password: 'right',
		attributes: { mail: ['ada@example.com'], oTDepartment: ['Nursing'] },
	});
});
afterEach(() => otds.stop());

const listOf = (answer: Called, kind = 'users'): Told[] => answer.json[kind] as Told[];
const namesOf = (answer: Called, kind = 'users'): string[] => listOf(answer, kind).map(({ name }) => name);
const one = (answer: Called): Told => answer.json as unknown as Told;
const valuesOf = (told: Told, name: string) => told.values.find((value) => value.name === name)?.values;
const pathOf = (user: { id: string }) => `/rest/users/${encodeURIComponent(user.id)}`;
const patch = (values: unknown, userPartitionID = 'Staff') => ({
	method: 'PATCH',
	body: { userPartitionID, values },
});
const login = (userName: string, password: string) =>
	callerOf(otds)('/rest/authentication/credentials', { method: 'POST', body: { userName, password } });

describe('logging in', () => {
	it('refuses requests without a login, and with one it never gave', async () => {
		const logins: Array<Record<string, string>> = [
			{},
			{ authorization: 'Bearer x' },
			{ cookie: 'OTDSTicket=*OTDSSSO*x*' },
		];
		for (const headers of logins) {
			const answer = await callerOf(otds)('/rest/users', { headers });
			expect(answer.status).toBe(401);
			expect(answer.json).toEqual({ status: 401, error: expect.any(String), errorDetails: null });
		}
	});

	it('takes a ticket as cookie, as header and as bearer', async () => {
		const { json } = await login(otds.admin.userName, otds.admin.password);
		const ticket = String(json.ticket);
		expect(ticket).toMatch(/^\*OTDSSSO\*/);
		const logins: Array<Record<string, string>> = [
			{ cookie: `a=b; OTDSTicket=${ticket}` },
			{ OTDSTicket: ticket },
			{ authorization: `Bearer ${ticket}` },
		];
		for (const headers of logins) {
			const answer = await callerOf(otds, headers)('/rest/currentuser');
			expect(answer.json).toMatchObject({ isAdmin: true, isSysAdmin: true, user: { name: 'otadmin' } });
		}
	});

	it('says that a ticket has expired with code 1034, and that a token has with 401', async () => {
		const { json } = await login(otds.admin.userName, otds.admin.password);
		otds.misbehave({ expireTickets: true });
		const withTicket = await callerOf(otds, { OTDSTicket: String(json.ticket) })('/rest/users');
		expect(withTicket.status).toBe(400);
		expect(withTicket.json).toEqual({ status: 1034, error: 'Expired OTDS SSO ticket', errorDetails: null });
		expect((await call('/rest/users')).status).toBe(401);
		expect((await (await clientCaller(otds))('/rest/users')).status).toBe(200);
	});

	it('refuses a wrong password with 401, or in a successful answer when told so', async () => {
		expect((await login(ada.id, 'wrong')).status).toBe(401);
		otds.misbehave({ failedLogins: 'body' });
		const answer = await login(ada.id, 'wrong');
		expect(answer.status).toBe(200);
		expect(answer.json).toMatchObject({ ticket: null, failureReason: expect.any(String) });
	});

	it.each([
		['disabled', () => otds.setEnabled(ada.uuid, false), 401],
		['locked', () => otds.setLocked(ada.uuid, true), 401],
	])('lets nobody in who is %s', async (_state, change, status) => {
		expect((await login(ada.id, 'right')).status).toBe(200);
		change();
		expect((await login(ada.id, 'right')).status).toBe(status);
	});

	it('asks for another step instead of giving a ticket after a reset and with a second factor', async () => {
		otds.requireReset(ada.uuid, true);
		expect((await login(ada.id, 'right')).json).toMatchObject({ continuation: true, ticket: null });
		otds.requireReset(ada.uuid, false);
		otds.misbehave({ secondFactor: true });
		expect((await login(ada.id, 'right')).json).toMatchObject({ continuation: true, ticket: null });
	});

	it('bumps the time of the last login', async () => {
		await login(ada.id, 'right');
		const told = one(await call(pathOf(ada)));
		expect(valuesOf(told, 'oTLastLoginTimestamp')?.[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
	});

	it.each([
		[{}, 400, 'invalid_request'],
		[{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
		[{ grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' }, 401, 'invalid_client'],
	])('refuses the token request %j', async (form, status, error) => {
		const answer = await callerOf(otds)('/oauth2/token', {
			method: 'POST',
			rawBody: new URLSearchParams(form as Record<string, string>).toString(),
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
		});
		expect(answer.status).toBe(status);
		expect(answer.json).toEqual({ error, error_description: expect.any(String) });
	});
});

describe('who may do what', () => {
	it('shows and changes nothing outside the partitions that a client administers', async () => {
		const mirrored = otds.addUser('AD Mirror', { name: 'bob' });
		const limited = await clientCaller(otds, otds.addClient(['AD Mirror']));
		expect(namesOf(await limited('/rest/users'))).toEqual(['bob']);
		expect((await limited('/rest/users?where_partition_name=Staff')).status).toBe(403);
		expect((await limited(pathOf(ada))).status).toBe(403);
		expect((await limited(pathOf(ada), patch([{ name: 'title', values: ['x'] }]))).status).toBe(403);
		expect((await limited(pathOf(mirrored))).status).toBe(200);
		expect((await limited('/rest/partitions')).json).toMatchObject({ partitions: [{ name: 'AD Mirror' }] });
	});

	it('lets a user without any administration see only who they are', async () => {
		const { json } = await login(ada.id, 'right');
		const asAda = callerOf(otds, { OTDSTicket: String(json.ticket) });
		expect((await asAda('/rest/currentuser')).json).toMatchObject({
			isAdmin: false,
			user: { uuid: ada.uuid },
		});
		for (const path of ['/rest/users', '/rest/groups', '/rest/partitions', pathOf(ada)])
			expect((await asAda(path)).status).toBe(403);
		otds.letAdminister(ada.uuid, ['Staff']);
		const again = callerOf(otds, { OTDSTicket: String((await login(ada.id, 'right')).json.ticket) });
		expect(namesOf(await again('/rest/users'))).toEqual([ada.name]);
	});
});

describe('pages', () => {
	beforeEach(() => {
		for (let number = 1; number < 10; number++) otds.addUser('Staff', { name: `user${number}` });
	});

	const next = (answer: Called, query = 'page_size=4') =>
		call(`/rest/users?${query}&next_page_cookie=${encodeURIComponent(String(answer.json.nextPageCookie))}`);

	it('gives everybody once, in one order, and ends without a cookie', async () => {
		const first = await call('/rest/users?page_size=4');
		const second = await next(first);
		const third = await next(second);
		expect([first, second, third].map((page) => listOf(page).length)).toEqual([4, 4, 2]);
		expect([first, second, third].flatMap((page) => namesOf(page)).slice(1, 4)).toEqual([
			'user1',
			'user2',
			'user3',
		]);
		expect(third.json).toMatchObject({ nextPageCookie: null, actualPageSize: 2, requestedPageSize: 4 });
	});

	it('does not shift when somebody of an earlier page goes, and shows who comes', async () => {
		const first = await call('/rest/users?page_size=4');
		otds.remove(listOf(first)[1]?.uuid ?? '');
		otds.remove(listOf(first)[3]?.uuid ?? '');
		otds.addUser('Staff', { name: 'late' });
		const second = await next(first, 'page_size=100');
		expect(namesOf(second)).toEqual(['user4', 'user5', 'user6', 'user7', 'user8', 'user9', 'late']);
	});

	it('refuses a cookie of another query, of another login, unencoded, made up, or of before a restart', async () => {
		const first = await call('/rest/users?page_size=4');
		const cookie = String(first.json.nextPageCookie);
		const other = await clientCaller(otds, otds.addClient(['Staff']));
		expect((await next(first, 'where_state=enabled')).status).toBe(400);
		expect((await call(`/rest/users?next_page_cookie=${cookie}`)).status).toBe(400);
		expect((await call('/rest/users?next_page_cookie=abc')).status).toBe(400);
		expect((await other(`/rest/users?next_page_cookie=${encodeURIComponent(cookie)}`)).status).toBe(400);
		await otds.restart();
		expect((await call('/rest/users')).status).toBe(401);
		call = await clientCaller(otds);
		expect((await next(first)).status).toBe(400);
	});

	it('never answers more than its own limit, or than the limit of the query', async () => {
		const small = await startOtdsSimulator({ pageSizeLimit: 2 });
		try {
			for (const name of ['a', 'b', 'c']) small.addUser('Staff', { name });
			const smallCall = await clientCaller(small);
			expect((await smallCall('/rest/users?page_size=100')).json).toMatchObject({
				actualPageSize: 2,
				requestedPageSize: 100,
				nextPageCookie: expect.any(String),
			});
		} finally {
			await small.stop();
		}
		const limited = await call('/rest/users?limit=5&page_size=4');
		expect(listOf(await next(limited, 'limit=5&page_size=4'))).toHaveLength(1);
	});

	it('narrows by partition, state, unit and text, ignores what it does not know, refuses what cannot be', async () => {
		otds.setEnabled(ada.uuid, false);
		otds.move(ada.uuid, 'nurses');
		const unit = 'orgunit=nurses,partition=Staff,dc=identity,dc=opentext,dc=net';
		for (const query of [
			'where_state=disabled',
			`where_location=${encodeURIComponent(unit)}`,
			'where_filter=ADA&colour=green',
		])
			expect(namesOf(await call(`/rest/users?${query}`))).toEqual([ada.name]);
		expect(listOf(await call('/rest/users?where_partition_name=AD+Mirror'))).toEqual([]);
		expect((await call('/rest/users?where_partition_name=Nowhere')).status).toBe(404);
		expect((await call('/rest/users?where_location=ou%3Dx')).status).toBe(404);
		expect((await call('/rest/users?where_state=asleep')).status).toBe(400);
		expect((await call('/rest/users?page_size=0')).status).toBe(400);
	});

	it('answers 50,000 people', async () => {
		for (let number = 10; number < 50_000; number++) otds.addUser('Staff', { name: `user${number}` });
		let page = await call('/rest/users?page_size=1000');
		const names = new Set(namesOf(page));
		while (page.json.nextPageCookie !== null) {
			page = await next(page, 'page_size=1000');
			for (const name of namesOf(page)) names.add(name);
		}
		expect(names.size).toBe(50_000);
	});
});

describe('objects', () => {
	it('tells every attribute as a list of texts, under its name only when asked for', async () => {
		const [keyed] = listOf(await call('/rest/users?attrsAsKeys=true'));
		expect(keyed?.values).toEqual([]);
		expect(keyed?.attributes).toMatchObject({ mail: ['ada@example.com'], accountDisabled: ['false'] });
		const [listed] = listOf(await call('/rest/users'));
		expect(listed?.attributes).toEqual({});
		expect(listed?.values).toContainEqual({ name: 'pwdReset', values: ['false'] });
	});

	it('finds by id and by location, percent-encoded, but not by uuid', async () => {
		for (const id of [ada.id, ada.location, ada.id.toUpperCase()])
			expect(one(await call(`/rest/users/${encodeURIComponent(id)}`)).uuid).toBe(ada.uuid);
		for (const id of [ada.uuid, 'nobody@Staff', '__proto__', 'constructor', '..%2f..%2fetc%2fpasswd']) {
			const answer = await call(`/rest/users/${id}`);
			expect(answer.status).toBe(404);
			expect(answer.json).toMatchObject({ status: 404, errorDetails: null });
		}
		expect((await call('/rest/users/%zz')).status).toBe(400);
		expect((await call('/rest/users/100%')).status).toBe(400);
	});

	it('can have ids without a partition, and knows them by both', async () => {
		const bare = otds.addUser('Staff', { name: 'ps@example.com', bareId: true });
		expect(bare.id).toBe('ps@example.com');
		for (const id of ['ps@example.com', 'ps@example.com@Staff'])
			expect(one(await call(`/rest/users/${encodeURIComponent(id)}`)).uuid).toBe(bare.uuid);
	});

	it('goes by a new name and by a new location at once, and no longer by the old ones', async () => {
		otds.addUser('Staff', { name: 'bob' });
		expect(() => otds.rename(ada.uuid, 'BOB')).toThrow(/exists/);
		otds.rename(ada.uuid, 'Ada');
		otds.rename(ada.uuid, 'ada');
		otds.move(ada.uuid, 'nurses');
		const told = one(await call('/rest/users/ada%40Staff'));
		expect(told).toMatchObject({
			uuid: ada.uuid,
			location: `oTPerson=${ada.uuid},orgunit=nurses,partition=Staff,dc=identity,dc=opentext,dc=net`,
		});
		expect((await call(pathOf(ada))).status).toBe(404);
		expect((await call(`/rest/users/${encodeURIComponent(ada.location)}`)).status).toBe(404);
		expect((await call('/rest/users/ada%2540Staff')).status).toBe(404);
	});

	it('have no id that another has', () => {
		otds.addUser('Staff', { name: 'ps@example.com', bareId: true });
		const twin = { name: 'ps@example.com', bareId: true };
		expect(() => otds.addUser('AD Mirror', twin)).toThrow(/exists/);
		expect(() => otds.addUser('Staff', { name: 'PS@example.com' })).toThrow(/exists/);
	});

	it('changes attributes with PATCH, all or none', async () => {
		const sent = [
			{ name: 'oTExtraAttr3', values: ['one', 'two'] },
			{ name: 'custom:shoe', values: ['41'] },
			{ name: 'OTDEPARTMENT', values: [''] },
		];
		const told = one(await call(pathOf(ada), patch(sent)));
		expect(valuesOf(told, 'oTExtraAttr3')).toEqual(['one', 'two']);
		expect(valuesOf(told, 'custom:shoe')).toEqual(['41']);
		expect(valuesOf(told, 'oTDepartment')).toBeUndefined();
		const half = [
			{ name: 'title', values: ['x'] },
			{ name: 'shoeSize', values: ['41'] },
		];
		expect((await call(pathOf(ada), patch(half))).status).toBe(400);
		expect(valuesOf(one(await call(pathOf(ada))), 'title')).toBeUndefined();
	});

	it.each([
		'__proto__',
		'constructor',
		'manager',
		'oTExtraAttr10',
		'custom:',
		'oTMemberOf',
		'modifyTimestamp',
		'',
	])('refuses to write the attribute "%s"', async (name) => {
		expect((await call(pathOf(ada), patch([{ name, values: ['x'] }]))).status).toBe(400);
	});

	it.each([
		[{ userPartitionID: 'Staff', values: 'title' }],
		[{ userPartitionID: 'Staff', values: [{ name: 'title', values: 'x' }] }],
		[{ userPartitionID: 'Staff', values: [{ name: 'title', values: [1] }] }],
		[{ userPartitionID: 'Staff', values: [null] }],
		[{ userPartitionID: 'Staff', values: [{ name: 'accountDisabled', values: ['yes'] }] }],
		[{ userPartitionID: 'AD Mirror', values: [{ name: 'title', values: ['x'] }] }],
		[{ values: [{ name: 'title', values: ['x'] }] }],
		[{ userPartitionID: 'Staff' }],
		[[]],
		['text'],
		[null],
	])('refuses the body %j', async (body) => {
		expect((await call(pathOf(ada), { method: 'PATCH', body })).status).toBe(400);
	});

	it('can hold a single value in each extra attribute', async () => {
		const strict = await startOtdsSimulator({ singleValuedExtras: true });
		try {
			const user = strict.addUser('Staff', { name: 'x' });
			const answer = await (
				await clientCaller(strict)
			)(pathOf(user), patch([{ name: 'oTExtraAttr1', values: ['a', 'b'] }]));
			expect(answer.status).toBe(400);
		} finally {
			await strict.stop();
		}
	});

	it('refuses malformed, foreign and huge bodies, other methods, other paths and dots', async () => {
		const malformed = await call(pathOf(ada), { method: 'PATCH', rawBody: '{"values":' });
		expect(malformed.status).toBe(400);
		const form = await call(pathOf(ada), {
			method: 'PATCH',
			rawBody: 'a=b',
			headers: { 'content-type': 'text/plain' },
		});
		expect(form.status).toBe(415);
		const huge = await call(pathOf(ada), { method: 'PATCH', rawBody: `"${'x'.repeat(1_100_000)}"` });
		expect(huge.status).toBe(413);
		expect((await call('/rest/currentuser', { method: 'DELETE' })).status).toBe(405);
		expect((await call('/rest/unheardOf')).status).toBe(404);
		expect((await call('/v1/users')).status).toBe(404);
		expect(await rawStatus('/otdsws/rest/users/../groups')).toBe(400);
		expect(await rawStatus('/otdsws/rest/users/%2e%2e/groups')).toBe(400);
		expect(await rawStatus('/etc/passwd')).toBe(404);
	});

	it('creates, resets the password, disables and deletes', async () => {
		const created = await call('/rest/users', {
			method: 'POST',
			body: {
				userPartitionID: 'Staff',
				name: 'new',
				description: 'first day',
				values: [{ name: 'sn', values: ['New'] }],
				customAttributes: [],
			},
		});
		expect(created.json).toMatchObject({
			id: 'new@Staff',
			description: 'first day',
			objectClass: 'oTPerson',
		});
		const again = { method: 'POST', body: { userPartitionID: 'Staff', name: 'NEW' } };
		expect((await call('/rest/users', again)).status).toBe(409);
		const password = { method: 'PUT', body: { newPassword: 'first' } };
		expect(await call('/rest/users/new%40Staff/password', password)).toMatchObject({ status: 204, text: '' });
		expect((await login('new@Staff', 'first')).json.ticket).not.toBeNull();
		const put = { method: 'PUT', body: { values: [{ name: 'accountDisabled', values: ['true'] }] } };
		expect(valuesOf(one(await call('/rest/users/new%40Staff', put)), 'accountDisabled')).toEqual(['true']);
		expect((await call('/rest/users/new%40Staff', { method: 'DELETE' })).status).toBe(204);
		expect((await call('/rest/users/new%40Staff')).status).toBe(404);
		const nowhere = { method: 'POST', body: { userPartitionID: 'Nowhere', name: 'new' } };
		expect((await call('/rest/users', nowhere)).status).toBe(404);
	});
});

/** As typed: fetch would resolve the dots. */
const rawStatus = (path: string): Promise<number | undefined> =>
	new Promise((resolve, reject) => {
		const sent = httpRequest({ host: '127.0.0.1', port: new URL(otds.baseUrl).port, path }, (response) => {
			response.resume();
			resolve(response.statusCode);
		});
		sent.on('error', reject).end();
	});

describe('memberships', () => {
	const list = (...ids: string[]) => ({ method: 'POST', body: { stringList: ids } });

	it('come and go on the side of the user, and are told by DNs that are not the location of the group', async () => {
		const nurses = otds.addGroup('Staff', { name: 'Nurses' });
		expect((await call(`${pathOf(ada)}/memberof`, list('Nurses@Staff'))).status).toBe(204);
		expect(namesOf(await call(`${pathOf(ada)}/memberof`), 'groups')).toEqual(['Nurses']);
		const [told] = listOf(await call('/rest/users?attrsAsKeys=true'));
		const dn = `oTGroup=${nurses.uuid},dc=identity,dc=opentext,dc=net`;
		expect(told?.attributes.oTMemberOf).toEqual([dn]);
		expect(nurses.location).not.toBe(dn);
		expect(listOf(await call('/rest/groups'), 'groups')[0]?.numMembers).toBe(1);
		expect((await call(`${pathOf(ada)}/memberof/deletionset`, list('Nurses@Staff'))).status).toBe(204);
		expect(namesOf(await call(`${pathOf(ada)}/memberof`), 'groups')).toEqual([]);
	});

	it('nest, and are seen and changed on the side of the group', async () => {
		otds.addGroup('Staff', { name: 'Ward' });
		otds.addGroup('Staff', { name: 'All' });
		expect((await call('/rest/groups/Ward%40Staff/memberof', list('All@Staff'))).status).toBe(204);
		expect((await call('/rest/groups/All%40Staff/members', list(ada.id))).status).toBe(204);
		const members = await call('/rest/groups/All%40Staff/members');
		expect([namesOf(members), namesOf(members, 'groups')]).toEqual([[ada.name], ['Ward']]);
		expect(namesOf(await call('/rest/groups/All%40Staff/users'))).toEqual([ada.name]);
		expect(namesOf(await call('/rest/groups/All%40Staff/groups'), 'groups')).toEqual(['Ward']);
		expect((await call('/rest/groups/All%40Staff/users/deletionset', list(ada.id))).status).toBe(204);
		expect(namesOf(await call('/rest/groups/All%40Staff/users'))).toEqual([]);
	});

	it('change for all of the named groups or for none', async () => {
		otds.addGroup('Staff', { name: 'Nurses' });
		expect((await call(`${pathOf(ada)}/memberof`, list('Nurses@Staff', 'None@Staff'))).status).toBe(404);
		expect(namesOf(await call(`${pathOf(ada)}/memberof`), 'groups')).toEqual([]);
		for (const body of [{}, { stringList: [] }, { stringList: 'Nurses@Staff' }, { stringList: [7] }])
			expect((await call(`${pathOf(ada)}/memberof`, { method: 'POST', body })).status).toBe(400);
		const itself = list('Nurses@Staff');
		expect((await call('/rest/groups/Nurses%40Staff/memberof', itself)).status).toBe(400);
	});

	it('of roles are kept apart from those of groups', async () => {
		const role = otds.addRole('OAuthClients', { name: 'Approver' });
		expect((await call(`${pathOf(ada)}/roles`, list(role.location))).status).toBe(204);
		expect(namesOf(await call(`${pathOf(ada)}/roles`), 'roles')).toEqual(['Approver']);
		expect(namesOf(await call(`${pathOf(ada)}/memberof`), 'groups')).toEqual([]);
		expect(otds.stored(ada.uuid)?.memberOf.size).toBe(1);
		const [told] = listOf(await call('/rest/users?attrsAsKeys=true'));
		expect(told?.attributes.oTMemberOf).toBeUndefined();
		expect(namesOf(await call('/rest/roles?where_filter=appr'), 'roles')).toEqual(['Approver']);
		expect(namesOf(await call('/rest/roles/Approver%40OAuthClients/users'))).toEqual([ada.name]);
	});

	it('take the administration of both sides', async () => {
		const mirrored = otds.addGroup('AD Mirror', { name: 'Finance' });
		const nurses = otds.addGroup('Staff', { name: 'Nurses' });
		const limited = await clientCaller(otds, otds.addClient(['Staff']));
		expect((await limited(`${pathOf(ada)}/memberof`, list(mirrored.id))).status).toBe(403);
		const stranger = otds.addUser('AD Mirror', { name: 'bob' });
		expect((await limited('/rest/groups/Nurses%40Staff/members', list(stranger.id))).status).toBe(403);
		expect([mirrored, nurses].map(({ uuid }) => otds.stored(uuid)?.members.size)).toEqual([0, 0]);
	});

	it('end with the group and with the member', async () => {
		const [ward, all] = ['Ward', 'All'].map((name) => otds.addGroup('Staff', { name }));
		otds.addMember(all?.uuid ?? '', ward?.uuid ?? '');
		otds.addMember(ward?.uuid ?? '', ada.uuid);
		otds.remove(ward?.uuid ?? '');
		expect(otds.stored(ada.uuid)?.memberOf.size).toBe(0);
		expect(otds.stored(all?.uuid ?? '')?.members.size).toBe(0);
	});
});

describe('partitions', () => {
	it('tell whether they are synchronized, and which units they have', async () => {
		otds.move(ada.uuid, 'nurses');
		expect((await call('/rest/partitions')).json).toMatchObject({
			partitions: [
				{ name: 'Staff', isSynchronized: false },
				{ name: 'AD Mirror', isSynchronized: true },
			],
		});
		expect((await call('/rest/partitions/AD%20Mirror')).json).toMatchObject({ name: 'AD Mirror' });
		expect((await call('/rest/partitions/Nowhere')).status).toBe(404);
		const units = await call('/rest/orgunits?where_partition_name=Staff');
		expect(namesOf(units, 'organizationalUnits')).toEqual(['users', 'groups', 'roles', 'nurses']);
	});

	it('are let into resources by access roles', async () => {
		otds.addAccessRole('Access to Push', { partitions: ['Staff'] });
		expect((await call('/rest/accessroles/Access%20to%20Push')).json).toMatchObject({
			name: 'Access to Push',
			userPartitions: [{ userPartition: 'Staff' }],
		});
		expect((await call('/rest/accessroles/None')).status).toBe(404);
		expect((await call('/rest/accessroles/__proto__')).status).toBe(404);
	});

	it('are reached below the path of a tenant, and over TLS', async () => {
		const tenant = await startOtdsSimulator({ tenant: 'acme', tls: true });
		try {
			expect(tenant.baseUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/otdstenant\/acme\/otdsws$/);
			expect(tenant.caPem).toContain('BEGIN CERTIFICATE');
			await expect(fetch(tenant.baseUrl)).rejects.toThrow();
			const sent = httpsRequest(`${tenant.baseUrl}/rest/users`, { ca: tenant.caPem, agent: false }).end();
			const [response] = (await once(sent, 'response')) as [IncomingMessage];
			response.resume();
			expect(response.statusCode).toBe(401);
		} finally {
			await tenant.stop();
		}
	});
});

describe('misbehaviour', () => {
	it('fails as often as told, where told', async () => {
		otds.misbehave({ failNext: { path: /groups/, status: 503, body: 'busy', times: 2 } });
		const statuses = [];
		for (const path of ['users', 'groups', 'groups', 'groups'])
			statuses.push((await call(`/rest/${path}`)).status);
		expect(statuses).toEqual([200, 503, 503, 200]);
	});

	it('breaks off one page in the middle', async () => {
		otds.misbehave({ breakPageAfter: 1 });
		expect((await call('/rest/users')).status).toBe(200);
		await expect(call('/rest/users')).rejects.toThrow();
		expect((await call('/rest/users')).status).toBe(200);
	});

	it('lets wait as long as told, and forgets who went away', async () => {
		otds.misbehave({ latencyMs: 60_000 });
		otds.resetRequests();
		const signal = AbortSignal.timeout(50);
		await expect(fetch(`${otds.baseUrl}/rest/users`, { signal })).rejects.toThrow();
		otds.behave();
		expect((await call('/rest/users')).status).toBe(200);
		expect(otds.requests()).toHaveLength(1);
	});

	it('drops connections until told to behave', async () => {
		otds.misbehave({ dropConnections: true });
		await expect(call('/rest/users')).rejects.toThrow();
		otds.behave();
		expect((await call('/rest/users')).status).toBe(200);
	});

	it('is gone when killed, and is back with what it held', async () => {
		await otds.kill();
		await expect(call('/rest/users')).rejects.toThrow();
		await otds.restart();
		call = await clientCaller(otds);
		expect(namesOf(await call('/rest/users'))).toEqual([ada.name]);
	});

	it('remembers what was asked', async () => {
		otds.resetRequests();
		await call('/rest/users?page_size=4');
		await call('/rest/users/none');
		expect(otds.requests()).toEqual([
			{ method: 'GET', path: '/otdsws/rest/users', query: { page_size: '4' }, status: 200 },
			{ method: 'GET', path: '/otdsws/rest/users/none', query: {}, status: 404 },
		]);
	});
});
