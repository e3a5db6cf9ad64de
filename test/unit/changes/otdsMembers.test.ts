import { OtdsMembers } from '../../../lib/directory/changes/strategies/otdsMembers';
import { OtdsSnapshotSource } from '../../../lib/directory/changes/strategies/otdsSnapshot.source';
import { openOtdsConnection } from '../../../lib/directory/otds/otdsConnection';
import { membersOf } from '../../../lib/directory/otds/otdsGroups';
import type { OtdsConnection, OtdsObject } from '../../../lib/directory/otds/otds.types';
import { failureOf } from '../../support/ldap';
import type { OtdsScript, ScriptedOtds } from '../../support/scriptedOtds';
import { otdsSettings, startScriptedOtds } from '../../support/scriptedOtds';

let server: ScriptedOtds;
let connection: OtdsConnection;
let script: OtdsScript;

const BASE = 'partition=Staff,dc=identity,dc=opentext,dc=net';
const user = (uuid: string, title = '') => ({
	uuid,
	name: uuid,
	id: `${uuid}@Staff`,
	userPartitionID: 'Staff',
	location: `oTPerson=${uuid},${BASE}`,
	attributes: { title: [title] },
});
const group = { ...user('g'), location: `oTGroup=g,${BASE}` };
const ROLE: OtdsObject = {
	uuid: 'r',
	id: 'Role',
	name: 'Role',
	partition: 'Staff',
	location: `oTRole=r,${BASE}`,
	attributes: {},
};

beforeEach(async () => {
	script = () => undefined;
	server = await startScriptedOtds((request, response) => script(request, response));
	connection = openOtdsConnection(otdsSettings(server.baseUrl));
});
afterEach(async () => {
	await connection.close();
	await server.stop();
});

const scope = { events: new Set<never>(), base: '', conditions: [], groups: [], attributes: [] };
const isToken = (url: string): boolean => url.endsWith('/oauth2/token');

describe('members of groups and roles in OTDS', () => {
	it('reads all pages, also under one cookie that stays', async () => {
		let page = 0;
		script = ({ url }) => {
			if (isToken(url)) return undefined;
			const nextPageCookie = ++page < 3 ? 'the search' : null;
			return { body: { users: [user(`u${page}`)], groups: [], nextPageCookie } };
		};
		const { users } = await membersOf(connection, 'roles', ROLE);
		expect(users.map(({ uuid }) => uuid)).toEqual(['u1', 'u2', 'u3']);
	});

	it('never returns a part of them for all', async () => {
		script = ({ url }) =>
			isToken(url) ? undefined : { body: { users: [user('u1')], nextPageCookie: `next ${Math.random()}` } };
		expect((await failureOf(membersOf(connection, 'roles', ROLE))).message).toMatch(/same page again/);
		script = ({ url }) => (isToken(url) ? undefined : { body: { persons: [] } });
		expect((await failureOf(membersOf(connection, 'groups', ROLE))).message).toBe(
			'OTDS did not list the members of the group "Role"',
		);
	});

	it('describes a listed member without a question, and asks again when time has passed', async () => {
		let title = 'Nurse';
		script = ({ url }) => {
			if (isToken(url)) return undefined;
			if (url.includes('/members')) return { body: { users: [user('u', title)], groups: [] } };
			if (url.includes('/groups/')) return { body: group };
			return { body: user('u', title) };
		};
		let now = 0;
		const source = new OtdsSnapshotSource(connection, { ...scope, attributes: ['title'] });
		const members = new OtdsMembers(
			connection,
			source,
			[],
			() => new Map(),
			() => now,
		);
		await members.direct({ id: 'g', dn: group.location });
		const asked = server.requests.length;
		title = 'Doctor';
		const value = user('u').location;
		expect(await members.describe({ value, is: 'dn' })).toMatchObject({ person: { title: 'Nurse' } });
		expect(await members.describe({ value: value.toLowerCase(), is: 'dn' })).toMatchObject({ is: 'person' });
		expect(server.requests).toHaveLength(asked);
		now = 60_000;
		expect(await members.describe({ value, is: 'dn' })).toMatchObject({ person: { title: 'Doctor' } });
	});

	it('takes nobody for gone whom OTDS still finds by uuid', async () => {
		const source = new OtdsSnapshotSource(connection, scope);
		const isKnown = (url: string): boolean => url.endsWith('/users/04f2');
		script = ({ url }) => {
			if (isToken(url)) return undefined;
			return isKnown(url) ? { body: user('04f2') } : { status: 404, body: { status: 404, error: 'none' } };
		};
		const account = { enabled: true, locked: false, passwordResetRequired: false };
		const before = { kind: 'person' as const, name: 'ann', dn: `oTPerson=04f2,${BASE}`, account };
		expect(await source.isGone('04f2', { ...before, attributes: {}, members: [] })).toBe(false);
		expect(await source.isGone('04f3', { ...before, attributes: {}, members: [] })).toBe(true);
	});
});
