import { openOtdsDirectory } from '../../lib/directory/otds/otdsDirectory';
import type { OtdsSettings } from '../../lib/directory/otds/otds.types';
import type {
	EntryReference,
	FoundPerson,
	Group,
	Person,
	PersonQuery,
} from '../../lib/directory/directory.types';
import type { OtdsDirectory } from '../../lib/directory/openDirectory';
import type { OtdsSimulator, OtdsStoredObject } from '../../sandbox/otds/otdsSimulator';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import { otdsSettings } from '../support/scriptedOtds';

let otds: OtdsSimulator;
let directory: OtdsDirectory;
const opened: OtdsDirectory[] = [];
const at: Record<string, OtdsStoredObject> = {};

function open(own: Partial<OtdsSettings> = {}): OtdsDirectory {
	const login = { method: 'oauth2' as const, ...otds.oauth };
	const settings = otdsSettings(otds.baseUrl, { login, pageSize: 2, ca: otds.caPem, ...own });
	const one = openOtdsDirectory(settings);
	opened.push(one);
	return one;
}

beforeAll(async () => {
	otds = await startOtdsSimulator({ singleValuedExtras: true, tls: true });
	directory = open();
	const add = (
		partition: string,
		name: string,
		attributes: Record<string, string[]>,
		bareId = false,
	): void => {
		at[name] = otds.addUser(partition, { name, attributes, bareId });
	};
	add('Staff', 'ada', { mail: ['ada@example.org'], oTDepartment: ['Surgery'], 'custom:shift': ['Night'] });
	add('Staff', 'bob', { oTDepartment: ['surgery'], oTExtraAttr9: ['ada@example.org'] });
	add('Staff', 'ps@example.com', { displayName: ['P S'], oTDepartment: ['Ward'] }, true);
	add('Staff', 'R&D / chief', { oTDepartment: ['Research'] });
	add('Staff', 'off', { oTDepartment: ['Surgery'] });
	add('AD Mirror', 'mia', { mail: ['mia@example.org'] });
	otds.addUser('AD Mirror', { name: 'ada', attributes: {} });
	otds.setEnabled(at.off?.uuid ?? '', false);
	for (const name of ['Clinic', 'Nurses', 'Ward staff']) at[name] = otds.addGroup('Staff', { name });
	at.Mirrored = otds.addGroup('AD Mirror', { name: 'Mirrored' });
	at.Approvers = otds.addRole('Staff', { name: 'Approvers' });
	const join = (group: string, member: string): void => otds.addMember(uuid(group), uuid(member));
	join('Clinic', 'Nurses');
	join('Nurses', 'Ward staff');
	join('Ward staff', 'Clinic');
	join('Nurses', 'ada');
	join('Ward staff', 'bob');
	join('Ward staff', 'ada');
	join('Clinic', 'off');
	join('Approvers', 'ps@example.com');
	join('Approvers', 'Ward staff');
});

afterAll(async () => {
	for (const one of opened) await one.close();
	await otds.stop();
});

afterEach(() => otds.behave());

const uuid = (name: string): string => at[name]?.uuid ?? '';

async function found(query: PersonQuery, from = directory): Promise<Record<string, string>> {
	const all: FoundPerson[] = [];
	for await (const one of from.client.persons(query)) all.push(one);
	return Object.fromEntries(all.map(({ person, why }) => [person.username ?? '', why]));
}
const named = (...names: string[]): EntryReference[] => names.map((value) => ({ by: 'name', value }));
async function person(value: string, by: EntryReference['by'] = 'auto'): Promise<Person> {
	const one = await directory.client.person({ by, value });
	if (one === undefined) throw new Error(`There is no ${value}`);
	return one;
}
async function group(value: string): Promise<Group> {
	const one = await directory.client.group({ by: 'auto', value });
	if (one === undefined) throw new Error(`There is no ${value}`);
	return one;
}

describe('People in OTDS', () => {
	it('are all found over pages, with a trusted authority', async () => {
		expect(Object.keys(await found({})).sort()).toEqual([
			'R&D / chief',
			'ada',
			'bob',
			'mia',
			'off',
			'ps@example.com',
		]);
	});

	it('are found by attributes whatever the case, and the server is asked for enabled ones only', async () => {
		otds.resetRequests();
		const conditions = [{ attribute: 'oTDepartment', operator: 'equals' as const, value: 'SURGERY' }];
		expect(await found({ conditions, onlyEnabled: true })).toEqual({
			ada: 'oTDepartment is SURGERY',
			bob: 'oTDepartment is SURGERY',
		});
		expect(otds.requests().every(({ query }) => query.where_state === 'enabled')).toBe(true);
		expect(directory.client.evaluatedHere({ conditions })).toContain('select people by attributes');
	});

	it('are found by a custom attribute, and by one that nobody has an error says so', async () => {
		const where = (attribute: string) => ({
			conditions: [{ attribute, operator: 'equals' as const, value: 'night' }],
		});
		expect(Object.keys(await found(where('custom:shift')))).toEqual(['ada']);
		await expect(found(where('custom:shifft'))).rejects.toThrow('Nobody in the directory has');
		await expect(found(where('userPassword'))).rejects.toThrow('is a secret');
		expect(await found(where('oTMobile'))).toEqual({});
	});

	it('are found as direct members, and nested over a circle with the shortest way in words', async () => {
		expect(await found({ memberOf: { groups: named('Clinic'), nested: false } })).toEqual({
			off: 'member of Clinic',
		});
		expect(await found({ memberOf: { groups: named('Clinic'), nested: true } })).toEqual({
			ada: 'member of Clinic through Nurses',
			bob: 'member of Clinic through Nurses and Ward staff',
			off: 'member of Clinic',
		});
	});

	it('are found as members of a role, directly and through its groups', async () => {
		expect(await found({ memberOf: { groups: named('Approvers'), nested: false } })).toEqual({
			'ps@example.com': 'member of Approvers',
		});
		expect(
			Object.keys(await found({ memberOf: { groups: named('Approvers'), nested: true } })).sort(),
		).toEqual(['ada', 'bob', 'off', 'ps@example.com']);
	});

	it('stop at the limit without another page', async () => {
		otds.resetRequests();
		expect(Object.keys(await found({ limit: 1 }))).toHaveLength(1);
		expect(otds.requests()).toHaveLength(1);
	});

	it('are those of the chosen partitions only', async () => {
		const mirror = open({ partitions: ['AD Mirror'] });
		expect(Object.keys(await found({}, mirror)).sort()).toEqual(['ada', 'mia']);
		expect(await mirror.client.person({ by: 'id', value: uuid('bob') })).toBeUndefined();
		expect(await mirror.client.person({ by: 'username', value: 'ada' })).toMatchObject({ username: 'ada' });
	});

	it('of a group that does not exist are an error', async () => {
		await expect(found({ memberOf: { groups: named('Nobody'), nested: true } })).rejects.toThrow(
			'no group or role "Nobody"',
		);
	});
});

describe('A person in OTDS', () => {
	it.each<[EntryReference['by'], () => string]>([
		['auto', () => uuid('bob')],
		['auto', () => uuid('bob').toUpperCase()],
		['auto', () => at.bob?.location ?? ''],
		['dn', () => `oTPerson=${uuid('bob')},dc=identity,dc=opentext,dc=net`],
		['auto', () => 'bob@Staff'],
		['id', () => 'bob@Staff'],
		['auto', () => ' BOB '],
		['username', () => 'bob'],
	])('is found by %s (%#)', async (by, value) => {
		expect(await directory.client.person({ by, value: value() })).toMatchObject({ id: uuid('bob') });
	});

	it('is found by mail and by an odd or bare id', async () => {
		expect((await person('ADA@example.org')).id).toBe(uuid('ada'));
		expect((await person('ps@example.com')).id).toBe(uuid('ps@example.com'));
		expect((await person('R&D / chief@Staff')).id).toBe(uuid('R&D / chief'));
	});

	it('leads to a manager that is kept as a mail address', async () => {
		const { manager } = await person('bob');
		expect((await person(manager ?? '')).username).toBe('ada');
	});

	it('is not guessed when two partitions have the name', async () => {
		await expect(directory.client.person({ by: 'username', value: 'ada' })).rejects.toThrow(
			/more than one person: ada in the partition (Staff and ada in the partition AD Mirror|AD Mirror and ada in the partition Staff)/,
		);
	});

	it('is nobody when there is none, and no empty name is looked up', async () => {
		expect(await directory.client.person({ by: 'auto', value: 'nobody@nowhere' })).toBeUndefined();
		await expect(directory.client.person({ by: 'auto', value: ' ' })).rejects.toThrow('No person was named');
		await expect(directory.client.person({ by: 'dn', value: 'no dn' })).rejects.toThrow('is not a DN');
	});
});

describe('Groups and roles in OTDS', () => {
	it('are listed with their kind', async () => {
		const all: string[] = [];
		for await (const { name, kind } of directory.client.groups({ nameContains: 'R' }))
			all.push(`${kind} ${name}`);
		expect(all.sort()).toEqual(['group Mirrored', 'group Nurses', 'group Ward staff', 'role Approvers']);
	});

	it('are listed without roles for a login that sees none', async () => {
		otds.misbehave({ failNext: { path: /\/rest\/roles/, status: 403, times: 9 } });
		const all: string[] = [];
		for await (const { name } of directory.client.groups({})) all.push(name);
		expect(all.sort()).toEqual(['Clinic', 'Mirrored', 'Nurses', 'Ward staff']);
	});

	it('are found by name, name with partition, uuid and DN', async () => {
		const { id, dn } = await group('nurses');
		expect(id).toBe(uuid('Nurses'));
		for (const value of ['Nurses@Staff', id, dn]) expect((await group(value)).id).toBe(id);
		expect((await group('Approvers')).kind).toBe('role');
	});

	it.each(['Nurses', 'Approvers'])('take a person into %s once, and let them go once', async (name) => {
		const [one, to] = [await person('R&D / chief@Staff'), await group(name)];
		expect(await directory.client.addMember(to, one)).toBe('added');
		expect(await directory.client.addMember(to, one)).toBe('exists');
		expect(otds.stored(to.id)?.members.has(one.id)).toBe(true);
		expect(await directory.client.removeMember(to, one)).toBe('removed');
		expect(await directory.client.removeMember(to, one)).toBe('absent');
		expect(otds.stored(to.id)?.members.has(one.id)).toBe(false);
	});

	it('of a synchronized partition take nobody unless the credential allows it', async () => {
		const [one, to] = [await person('bob'), await group('Mirrored')];
		await expect(directory.client.addMember(to, one)).rejects.toThrow(
			'is synchronized with another directory',
		);
		expect(await open({ writesToSynchronized: true }).client.addMember(to, one)).toBe('added');
	});

	it('find a member again who was renamed and moved meanwhile', async () => {
		const before = await person('R&D / chief@Staff');
		otds.rename(before.id, 'chief');
		otds.move(before.id, 'heads');
		otds.addUser('Staff', { name: before.username ?? '' });
		expect(await directory.client.addMember(await group('Nurses'), before)).toBe('added');
		expect(otds.stored(uuid('Nurses'))?.members.has(before.id)).toBe(true);
	});
});

describe('The attributes of OTDS', () => {
	it('are the documented ones and those that people have, without secrets', async () => {
		const names = (await directory.client.attributes()).map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['oTExtraAttr0', 'oTExtraAttr9', 'custom:shift', 'mail']));
		expect(names.filter((name) => /password$/i.test(name))).toEqual([]);
	});
});

describe('Records in attributes of people', () => {
	const records = (own: Partial<OtdsSettings> = {}) => {
		const one = open(own);
		if (one.records.kind !== 'attributes') throw new Error('no attributes');
		return { client: one.client, store: one.records.attributes };
	};

	it('are written, read back, listed and removed', async () => {
		const { store } = records();
		const one = await person('bob');
		await store.write(one, 'custom:devices', ['a', '{"b":1}']);
		expect(await store.read([one], 'custom:devices')).toEqual(new Map([[one.id, ['a', '{"b":1}']]]));
		const all: string[][] = [];
		for await (const { values } of store.all('custom:devices')) all.push(values);
		expect(all).toEqual([['a', '{"b":1}']]);
		await store.write(one, 'custom:devices', []);
		expect(otds.stored(one.id)?.attributes.has('custom:devices')).toBe(false);
		expect(await store.read([one], 'custom:devices')).toEqual(new Map([[one.id, []]]));
	});

	it('that the server refuses to keep are an error that says what to choose', async () => {
		const { store } = records();
		await expect(store.write(await person('bob'), 'oTExtraAttr0', ['a', 'b'])).rejects.toMatchObject({
			failure: 'configuration-invalid',
			advice: expect.stringContaining('One Value Holding All Records') as string,
		});
	});

	it('share one value where the attribute holds one only', async () => {
		const { store } = records({ recordValues: 'one' });
		const one = await person('bob');
		await store.write(one, 'oTExtraAttr0', ['a', 'b']);
		expect(otds.stored(one.id)?.attributes.get('oTExtraAttr0')).toEqual(['{"directoryPush":["a","b"]}']);
		expect((await store.read([one], 'oTExtraAttr0')).get(one.id)).toEqual(['a', 'b']);
	});

	it('never take in the value of somebody else, where all records share one', async () => {
		const { store } = records({ recordValues: 'one' });
		const one = await person('bob');
		for (const foreign of ['cost centre 12', '["a","b"]', '{"directoryPush":{}}']) {
			otds.setAttribute(one.id, 'oTExtraAttr1', [foreign]);
			expect((await store.read([{ ...one }], 'oTExtraAttr1')).get(one.id)).toEqual([foreign]);
			await expect(store.write(one, 'oTExtraAttr1', ['a'])).rejects.toThrow('a value that is no record');
			expect(otds.stored(one.id)?.attributes.get('oTExtraAttr1')).toEqual([foreign]);
		}
	});

	it('that hold push tokens are neither shown nor searched', async () => {
		const { client } = records({ devicesAttribute: 'custom:devices' });
		const everybody = client.persons({ attributes: ['CUSTOM:devices'] });
		await expect(everybody[Symbol.asyncIterator]().next()).rejects.toThrow('is a secret');
		const condition = { attribute: 'custom:Devices', operator: 'equals' as const, value: 'x' };
		const guess = client.persons({ conditions: [condition] });
		await expect(guess[Symbol.asyncIterator]().next()).rejects.toThrow('is a secret');
		const asked = client.person({ by: 'username', value: 'bob' }, ['custom:devices']);
		await expect(asked).rejects.toThrow('is a secret');
	});

	it('of people who were just read cost no request more', async () => {
		const { client, store } = records({ recordValues: 'one' });
		const persons: Person[] = [];
		for await (const { person: one } of client.persons({})) persons.push(one);
		otds.resetRequests();
		const values = await store.read(persons, 'oTExtraAttr0');
		expect(values.get(uuid('bob'))).toEqual(['a', 'b']);
		expect(values.size).toBe(persons.length);
		expect(otds.requests()).toEqual([]);
	});

	it('are not written to a synchronized partition unless the credential allows it', async () => {
		const mia = await person('mia');
		await expect(records().store.write(mia, 'custom:devices', ['a'])).rejects.toThrow('is synchronized');
		await records({ writesToSynchronized: true }).store.write(mia, 'custom:devices', ['a']);
		expect(otds.stored(mia.id)?.attributes.get('custom:devices')).toEqual(['a']);
	});

	it('of somebody who is gone are none to read, and an error to write', async () => {
		const gone = { ...(await person('bob')), id: '00000000-0000-4000-8000-000000000000' };
		const { store } = records();
		expect(await store.read([gone], 'custom:devices')).toEqual(new Map([[gone.id, []]]));
		await expect(store.write(gone, 'custom:devices', ['a'])).rejects.toThrow('There is no person');
		expect(otds.stored(uuid('bob'))?.attributes.has('custom:devices')).toBe(false);
	});

	it.each(['', 'userPassword', 'a b'])('are not kept in "%s"', async (attribute) => {
		await expect(records().store.write(await person('bob'), attribute, ['a'])).rejects.toMatchObject({
			failure: 'configuration-invalid',
		});
	});
});

describe('A login to OTDS', () => {
	it('by ticket works as well, and is renewed when tickets expire', async () => {
		const byTicket = open({ login: { method: 'ticket', ...otds.admin } });
		expect((await byTicket.client.identity()).family).toBe('otds');
		for (const one of [byTicket, directory]) {
			otds.misbehave({ expireTickets: true });
			expect(Object.keys(await found({}, one)).length).toBeGreaterThan(3);
		}
	});

	it('is made anew after a restart of the server, over a new connection', async () => {
		const before = await found({});
		await otds.kill();
		await expect(found({})).rejects.toMatchObject({ recovery: 'retry', failure: 'temporarily-unavailable' });
		await otds.restart();
		expect(await found({})).toEqual(before);
	});

	it('reaches a tenant below its own path', async () => {
		const tenant = await startOtdsSimulator({ tenant: 'acme' });
		const one = openOtdsDirectory(
			otdsSettings(tenant.baseUrl, { login: { method: 'oauth2', ...tenant.oauth } }),
		);
		tenant.addUser('Staff', { name: 'eve' });
		expect(Object.keys(await found({}, one))).toEqual(['eve']);
		expect((await one.client.identity()).directoryId).toMatch(/\/otdstenant\/acme\/otdsws$/);
		await one.close();
		await tenant.stop();
	});

	it('that administers one partition only works in it', async () => {
		const client = otds.addClient(['AD Mirror']);
		const one = open({ login: { method: 'oauth2', ...client }, partitions: ['AD Mirror'] });
		expect(Object.keys(await found({}, one)).sort()).toEqual(['ada', 'mia']);
		const other = open({ login: { method: 'oauth2', ...client }, partitions: ['Staff'] });
		await expect(found({}, other)).rejects.toMatchObject({ failure: 'permission-denied' });
	});

	it.each(['status', 'body'] as const)('with a wrong password is refused (%s)', async (failedLogins) => {
		otds.misbehave({ failedLogins });
		const login = { method: 'ticket' as const, userName: otds.admin.userName, password: 'wrong' };
		await expect(open({ login }).client.identity()).rejects.toMatchObject({ failure: 'credential-invalid' });
	});

	it('that needs a second factor says so', async () => {
		otds.misbehave({ secondFactor: true });
		const login = { method: 'ticket' as const, ...otds.admin };
		await expect(open({ login }).client.identity()).rejects.toThrow('second step');
	});

	it('to a server whose certificate is not trusted is not tried', async () => {
		otds.resetRequests();
		await expect(open({ ca: undefined }).client.identity()).rejects.toMatchObject({
			failure: 'configuration-invalid',
			recovery: 'abort',
		});
		expect(otds.requests()).toEqual([]);
		expect((await open({ ca: undefined, verifyCertificate: false }).client.identity()).family).toBe('otds');
	});
});
