import type { RecordKeys } from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { acknowledgmentStoreOf } from '../../lib/directory/acknowledgments/acknowledgmentStore';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import { deviceStoreOf } from '../../lib/directory/devices/deviceStore';
import type { Person } from '../../lib/directory/directory.types';
import type { Directory } from '../../lib/directory/openDirectory';
import { openDirectory } from '../../lib/directory/openDirectory';
import type { OtdsSettings } from '../../lib/directory/otds/otds.types';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { OtdsSimulator, OtdsStoredUser } from '../../sandbox/otds/otdsSimulator';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import { adminSettings, failureOf, ldapSettings } from '../support/ldap';

const keys: RecordKeys = recordKeysOf({ secret: 'a secret for tests, long enough to be one' });
const AT = '2030-01-01T08:00:00.000Z';
let otds: OtdsSimulator;
let opened: Directory[] = [];

const settings = (changes: Partial<OtdsSettings> = {}): OtdsSettings => ({
	kind: 'otds',
	baseUrl: otds.baseUrl,
	login: { method: 'oauth2', ...otds.oauth },
	verifyCertificate: true,
	partitions: [],
	writesToSynchronized: false,
	conventions: { managerAttribute: 'oTExtraAttr0', localeAttribute: 'preferredLanguage' },
	passwordResetAttribute: 'pwdReset',
	devicesAttribute: 'oTExtraAttr8',
	acknowledgmentsAttribute: 'oTExtraAttr9',
	recordValues: 'several',
	pageSize: 3,
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 10_000,
	...changes,
});
/** As a run of a workflow does. */
async function openOtds(changes: Partial<OtdsSettings> = {}, slapd?: Slapd): Promise<Directory> {
	const directory = await openDirectory(settings(changes), slapd && ldapSettings(slapd));
	opened.push(directory);
	return directory;
}
async function personOf({ client }: Directory, { uuid }: OtdsStoredUser): Promise<Person> {
	const found = await client.person({ by: 'id', value: uuid });
	if (found === undefined) throw new Error(`no ${uuid}`);
	return found;
}
const addUser = (name: string, partition = 'Staff'): OtdsStoredUser =>
	otds.addUser(partition, { name, attributes: { mail: [`${name}@example.org`] } });
const tokensOf = async (directory: Directory, ...users: OtdsStoredUser[]): Promise<string[][]> => {
	const persons = await Promise.all(users.map((user) => personOf(directory, user)));
	const found = await deviceStoreOf(directory.records).devicesOf(persons);
	return persons.map(({ id }) => (found.get(id) ?? []).map(({ token }) => token));
};

afterEach(async () => {
	await Promise.all(opened.map((directory) => directory.close()));
	opened = [];
	await otds?.stop();
});

describe.each([
	['one record a value', { recordValues: 'several' }, false],
	['all records in the one value of an attribute', { recordValues: 'one' }, true],
] as const)('records in attributes of OTDS users, %s', (_case, changes, singleValuedExtras) => {
	beforeEach(async () => {
		otds = await startOtdsSimulator({ singleValuedExtras });
	});

	it('holds several devices of a person, and moves one to another person', async () => {
		const [ann, bob] = [addUser('ann & co'), addUser('bob')];
		const directory = await openOtds(changes);
		const store = deviceStoreOf(directory.records);
		await store.register(await personOf(directory, ann), { token: `a-${ann.uuid}`, platform: 'ios' });
		await store.register(await personOf(directory, ann), { token: `b-${ann.uuid}`, platform: 'web' });
		const moved = await store.register(await personOf(directory, bob), {
			...{ token: `b-${ann.uuid}`, platform: 'web' },
		});
		expect(moved.status).toBe('refreshed');
		expect(await tokensOf(await openOtds(changes), ann, bob)).toEqual([[`a-${ann.uuid}`], [`b-${ann.uuid}`]]);
	});

	it('loses nothing when several runs that looked the person up before write one after the other', async () => {
		const ann = addUser('ann');
		const runs = await Promise.all(
			[1, 2, 3, 4].map(async (n) => {
				const directory = await openOtds(changes);
				return { n, directory, person: await personOf(directory, ann) };
			}),
		);
		await Promise.all(
			runs.map(({ n, directory, person }) =>
				deviceStoreOf(directory.records).register(person, { token: `${n}-${ann.uuid}`, platform: 'web' }),
			),
		);
		const taps = await Promise.all(
			runs.map(({ n, directory, person }) =>
				acknowledgmentStoreOf(directory.records, keys).record({
					...{ messageId: 'm', person, action: 'approved', at: AT, comment: `${n}` },
				}),
			),
		);
		expect((await tokensOf(await openOtds(changes), ann))[0]).toHaveLength(4);
		expect(taps.filter(({ status }) => status === 'recorded')).toHaveLength(1);
		expect(new Set(taps.map(({ record }) => record.comment)).size).toBe(1);
	});

	it('streams who answered a message, over all pages', async () => {
		const users = [...Array(8).keys()].map((n) => addUser(`user${n}`));
		const directory = await openOtds(changes);
		const store = acknowledgmentStoreOf(directory.records, keys);
		for (const [n, user] of users.entries()) {
			if (n % 2 === 1) continue;
			const person = await personOf(directory, user);
			await store.record({ messageId: 'm', person, action: 'acknowledged', at: AT });
		}
		const answered: string[] = [];
		const later = acknowledgmentStoreOf((await openOtds(changes)).records, keys);
		for await (const { personId, genuine } of later.ofMessage('m')) if (genuine) answered.push(personId);
		expect(answered.sort()).toEqual([0, 2, 4, 6].map((n) => users[n]?.uuid).sort());
	});

	it('keeps what somebody else wrote into the attribute', async () => {
		const ann = addUser('ann');
		otds.setAttribute(ann.uuid, 'oTExtraAttr8', ['Head of department']);
		const directory = await openOtds(changes);
		const store = deviceStoreOf(directory.records);
		const person = await personOf(directory, ann);
		if (changes.recordValues === 'one') {
			const refused = store.register(person, { token: `t-${ann.uuid}`, platform: 'web' });
			await expect(refused).rejects.toThrow('already holds a value that is no record');
			expect(otds.stored(ann.uuid)?.attributes.get('oTExtraAttr8')).toEqual(['Head of department']);
			return;
		}
		await store.register(person, { token: `t-${ann.uuid}`, platform: 'web' });
		expect([...store.unreadable]).toEqual([`oTExtraAttr8 of ${person.dn}`]);
		await deviceStoreOf(directory.records).register(person, { token: `u-${ann.uuid}`, platform: 'web' });
		const { records } = await openOtds(changes);
		if (records.kind !== 'attributes') throw new Error('expected attributes');
		const values = (await records.attributes.read([{ ...person }], 'oTExtraAttr8')).get(person.id);
		expect(values).toContain('Head of department');
		expect(values).toHaveLength(3);
	});
});

describe('records that OTDS does not take', () => {
	beforeEach(async () => {
		otds = await startOtdsSimulator({ singleValuedExtras: true });
	});

	it('are an error, where the attribute holds a single value and several were written', async () => {
		const directory = await openOtds();
		const store = deviceStoreOf(directory.records);
		const person = await personOf(directory, addUser('ann'));
		await store.register(person, { token: `a-${person.id}`, platform: 'web' });
		const error = await failureOf(store.register(person, { token: `b-${person.id}`, platform: 'web' }));
		expect(error.failure).toBe('configuration-invalid');
	});

	it('are an error in a synchronized partition', async () => {
		const directory = await openOtds();
		const person = await personOf(directory, addUser('ann', 'AD Mirror'));
		const error = await failureOf(
			deviceStoreOf(directory.records).register(person, { token: `a-${person.id}`, platform: 'web' }),
		);
		expect(error.message).toContain('synchronized');
	});

	it('are an error where no attribute was chosen', async () => {
		const { records } = await openOtds({ devicesAttribute: '', acknowledgmentsAttribute: '' });
		expect(() => deviceStoreOf(records)).toThrow('does not say where devices are kept');
		expect(() => acknowledgmentStoreOf(records, keys)).toThrow('where acknowledgments are kept');
	});
});

describe('records of OTDS users in the subtrees of an OpenLDAP server', () => {
	let slapd: Slapd;
	beforeEach(async () => {
		otds = await startOtdsSimulator();
		slapd = await startSlapd();
	});
	afterEach(() => slapd?.stop());

	it('name a person by a DN that OpenLDAP can read: it refuses the one of OTDS', async () => {
		const directory = await openOtds({}, slapd);
		const person = await personOf(directory, addUser('ann'));
		expect(person.dn).toContain('oTPerson=');
		const admin = await openDirectory(adminSettings(slapd));
		opened.push(admin);
		const add = (name: string, owner: string) =>
			admin.tree.add([{ attribute: 'cn', value: name }], 'ou=devices', {
				...{ objectClass: ['device'], owner: [owner] },
			});
		expect((await failureOf(add('theirs', person.dn))).code).toBe('21');
		expect(await add('ours', `uid=${person.id},${slapd.baseDn}`)).toBe('added');
	});

	it('keep devices and acknowledgments of a person who is moved and renamed in OTDS', async () => {
		const directory = await openOtds({ devicesAttribute: '', acknowledgmentsAttribute: '' }, slapd);
		const ann = addUser('ann');
		const person = await personOf(directory, ann);
		const { device } = await deviceStoreOf(directory.records).register(person, {
			...{ token: `t-${ann.uuid}`, platform: 'web' },
		});
		expect(device.owner).toBe(`uid=${ann.uuid},${slapd.baseDn}`);
		const store = acknowledgmentStoreOf(directory.records, keys);
		const tap = { messageId: 'm', person, action: 'approved', at: AT } as const;
		expect((await store.record(tap)).status).toBe('recorded');
		otds.move(ann.uuid, 'elsewhere');
		otds.rename(ann.uuid, 'anna');
		const later = await openOtds({}, slapd);
		const moved = await personOf(later, ann);
		expect(moved.username).toBe('anna');
		expect(await tokensOf(later, ann)).toEqual([[`t-${ann.uuid}`]]);
		const again = await acknowledgmentStoreOf(later.records, keys).record({ ...tap, person: moved });
		expect(again).toMatchObject({ status: 'alreadyRecorded', record: { genuine: true, personId: ann.uuid } });
	});
});
