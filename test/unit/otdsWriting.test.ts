import { openOtdsDirectory } from '../../lib/directory/otds/otdsDirectory';
import type { Group, Person } from '../../lib/directory/directory.types';
import type { OtdsDirectory } from '../../lib/directory/openDirectory';
import type { OtdsSettings } from '../../lib/directory/otds/otds.types';
import type { OtdsScript, ScriptedOtds } from '../support/scriptedOtds';
import { otdsSettings, startScriptedOtds } from '../support/scriptedOtds';

const ADA = '0b7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';
const OTHER = '1b7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';
const NURSES = 'aa7e1c52-3f0a-4f0e-9d52-6a1f2f3c4d5e';

const ada: Person = {
	id: ADA,
	dn: `oTPerson=${ADA},orgunit=users,partition=Staff,dc=identity,dc=opentext,dc=net`,
	username: 'ada',
	enabled: true,
	locked: false,
	attributes: {},
};
const nurses: Group = {
	id: NURSES,
	dn: `oTGroup=${NURSES},orgunit=groups,partition=Staff,dc=identity,dc=opentext,dc=net`,
	name: 'Nurses',
	kind: 'group',
};
const user = (uuid: string, attributes: object = {}) => ({
	...{ name: 'ada', id: 'ada', uuid, userPartitionID: 'Staff', location: ada.dn, attributes },
});

let server: ScriptedOtds;
let directory: OtdsDirectory;

async function open(answer: OtdsScript, own: Partial<OtdsSettings> = {}): Promise<void> {
	server = await startScriptedOtds((request, response) => {
		if (request.url === '/otdsws/rest/partitions') return partitions;
		return request.url.startsWith('/otdsws/rest/') ? answer(request, response) : undefined;
	});
	directory = openOtdsDirectory(otdsSettings(server.baseUrl, own));
}
const partitions = { body: { partitions: [{ name: 'Staff', isSynchronized: false }] } };

const write = async (values: string[]): Promise<void> => {
	if (directory.records.kind !== 'attributes') throw new Error('no attributes');
	await directory.records.attributes.write(ada, 'oTExtraAttr0', values);
};
const writes = () => server.requests.filter(({ method, url }) => method !== 'GET' && url.includes('/rest/'));

afterEach(async () => {
	await directory.close();
	await server.stop();
});

describe('Writing to a person in OTDS', () => {
	it('is addressed with the partition in the body', async () => {
		await open(() => ({ body: user(ADA, { oTExtraAttr0: ['a'] }) }));
		await write(['a']);
		expect(writes().map(({ method, url, body }) => [method, url, JSON.parse(body) as unknown])).toEqual([
			[
				'PATCH',
				'/otdsws/rest/users/ada',
				{ userPartitionID: 'Staff', values: [{ name: 'oTExtraAttr0', values: ['a'] }] },
			],
		]);
	});

	it('that kept only one of two values is an error that says what to choose', async () => {
		await open(() => ({ body: user(ADA, { oTExtraAttr0: ['a'] }) }));
		await expect(write(['a', 'b'])).rejects.toMatchObject({
			message: 'OTDS accepted 2 values for "oTExtraAttr0" and kept something else',
			advice: expect.stringContaining('One Value Holding All Records') as string,
		});
	});

	it('that kept a cut value is an error', async () => {
		await open(() => ({ body: user(ADA, { oTExtraAttr0: ['abc'] }) }));
		await expect(write(['abcdef'])).rejects.toThrow('kept something else');
	});

	it('never meets somebody else who goes by the same name now', async () => {
		await open(({ url }) =>
			url.startsWith('/otdsws/rest/users/')
				? { body: user(OTHER) }
				: { body: { users: [], nextPageCookie: null } },
		);
		await expect(write(['a'])).rejects.toThrow('There is no person');
		expect(writes()).toEqual([]);
	});

	it.each([
		['does not list', { body: { partitions: [] } }, 'does not tell'],
		['lists without saying more', { body: { partitions: [{ name: 'staff' }] } }, 'is synchronized'],
	])('in a partition that OTDS %s is refused', async (_what, listed, words) => {
		server = await startScriptedOtds(({ url }) => {
			if (url === '/otdsws/rest/partitions') return listed;
			return url.startsWith('/otdsws/rest/') ? { body: user(ADA) } : undefined;
		});
		directory = openOtdsDirectory(otdsSettings(server.baseUrl));
		await expect(write(['a'])).rejects.toThrow(words);
		expect(writes()).toEqual([]);
	});
});

describe('A membership in OTDS', () => {
	it('is changed on the side of the person, with the name and partition of the group', async () => {
		const memberships: string[] = [];
		await open(({ method }) => {
			if (method === 'POST') memberships.push(`oTGroup=${NURSES},dc=identity`);
			return method === 'POST' ? { body: '' } : { body: user(ADA, { oTMemberOf: memberships }) };
		});
		expect(await directory.client.addMember(nurses, ada)).toBe('added');
		expect(writes().map(({ url, body }) => [url, body])).toEqual([
			['/otdsws/rest/users/ada/memberof', '{"stringList":["Nurses@Staff"]}'],
		]);
	});

	it('that the server accepted and did not change is an error', async () => {
		await open(() => ({ body: user(ADA) }));
		await expect(directory.client.addMember(nurses, ada)).rejects.toThrow('as they were before');
	});

	it('in an access role cannot be changed', async () => {
		await open(() => ({ body: user(ADA) }));
		await expect(directory.client.addMember({ ...nurses, kind: 'accessRole' }, ada)).rejects.toThrow(
			'access role',
		);
	});
});

describe('An access role of OTDS', () => {
	it('is found by its name, after groups and roles, and says that its members cannot be read', async () => {
		await open(({ url }) => {
			if (url.startsWith('/otdsws/rest/accessroles/')) return { body: { name: 'Access to cs' } };
			return { body: { groups: [], roles: [], users: [], nextPageCookie: null } };
		});
		expect(await directory.client.group({ by: 'name', value: 'Access to cs' })).toMatchObject({
			name: 'Access to cs',
			kind: 'accessRole',
		});
		const memberOf = { groups: [{ by: 'name' as const, value: 'Access to cs' }], nested: true };
		await expect(directory.client.persons({ memberOf })[Symbol.asyncIterator]().next()).rejects.toThrow(
			'cannot be read',
		);
	});
});

describe('A role of OTDS', () => {
	it('is found among the roles of a person on whichever page it stands', async () => {
		const role = (uuid: string) => ({ name: uuid, id: uuid, uuid, location: `oTRole=${uuid}` });
		await open(({ url }) => {
			if (!url.includes('/roles')) return { body: user(ADA) };
			const isSecond = url.includes('next_page_cookie=more');
			return {
				body: isSecond ? { roles: [role(NURSES)] } : { roles: [role(OTHER)], nextPageCookie: 'more' },
			};
		});
		const approvers = { ...nurses, kind: 'role' as const, dn: `oTRole=${NURSES}` };
		expect(await directory.client.addMember(approvers, ada)).toBe('exists');
	});

	it('whose members are told in another way does not pass for one without members', async () => {
		const role = { name: 'Approvers', id: 'Approvers', uuid: NURSES, location: 'oTRole=x' };
		await open(({ url }) => {
			if (url.includes('/members')) return { body: { items: [] } };
			return { body: { groups: [], roles: [role], users: [], nextPageCookie: null } };
		});
		const memberOf = { groups: [{ by: 'name' as const, value: 'Approvers' }], nested: false };
		await expect(directory.client.persons({ memberOf })[Symbol.asyncIterator]().next()).rejects.toThrow(
			'did not list the members of the role "Approvers"',
		);
	});
});
