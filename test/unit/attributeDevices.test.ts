import { AttributeDeviceStore } from '../../lib/directory/devices/attributeDevice.store';
import type { Device, DeviceRegistration } from '../../lib/directory/devices/device.types';
import { DEVICES_A_PERSON, deviceIdOf } from '../../lib/directory/devices/deviceRecord';
import { deviceStoreOf } from '../../lib/directory/devices/deviceStore';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import { queueCount } from '../../lib/directory/keyedQueue';
import { DomainError } from '../../lib/domain.errors';
import { failureOf } from '../support/ldap';
import { MemoryAttributes } from '../support/memoryAttributes';
import { MemoryTree } from '../support/memoryTree';
import { person } from '../support/personBuilder';

const ATTRIBUTE = 'oTExtraAttr0';
let attributes: MemoryAttributes;
let store: AttributeDeviceStore;
let seconds = 0;
const open = (): AttributeDeviceStore =>
	new AttributeDeviceStore(attributes, ATTRIBUTE, () => new Date(Date.UTC(2030, 0, 1, 0, 0, seconds++)));

beforeEach(() => {
	attributes = new MemoryAttributes();
	seconds = 0;
	store = open();
});
afterEach(() => expect(queueCount()).toBe(0));

const ann = person('ann');
const bob = person('bob');
/** Tokens are remembered across stores: each test has its own. */
let tests = 0;
beforeEach(() => void tests++);
const phone = (token: string, rest: Partial<DeviceRegistration> = {}): DeviceRegistration => ({
	...{ token: `${token}-${tests}`, platform: 'android' },
	...rest,
});
const tokensOf = (devices: Device[] | undefined): string[] =>
	(devices ?? []).map(({ token }) => token.replace(/-\d+$/, ''));
const devicesOf = async (owner = ann) => (await store.devicesOf([owner])).get(owner.id);

describe('AttributeDeviceStore.register', () => {
	it('writes one text a device', async () => {
		const { device, status } = await store.register(ann, phone('t', { app: 'ward' }));
		expect(status).toBe('registered');
		expect(attributes.valuesOf(ann.id).map((text): unknown => JSON.parse(text))).toEqual([
			{
				...{ is: 'device', token: phone('t').token, platform: 'android', app: 'ward', personId: ann.id },
				...{ registeredAt: '2030-01-01T00:00:00.000Z', lastSeenAt: '2030-01-01T00:00:00.000Z' },
			},
		]);
		expect(device).toEqual((await devicesOf())?.[0]);
		expect(device).toMatchObject({ id: deviceIdOf(phone('t').token), owner: ann.dn });
	});

	it('refreshes a known token instead of adding it again', async () => {
		await store.register(ann, phone('t'));
		const { device, status } = await store.register(ann, phone('t', { platform: 'ios' }));
		expect(status).toBe('refreshed');
		expect(device).toMatchObject({
			...{
				platform: 'ios',
				registeredAt: '2030-01-01T00:00:00.000Z',
				lastSeenAt: '2030-01-01T00:00:01.000Z',
			},
		});
		expect(attributes.valuesOf(ann.id)).toHaveLength(1);
	});

	it('loses none of many registrations at once, from several runs', async () => {
		const names = [...Array(DEVICES_A_PERSON).keys()].map((n) => `t${n}`);
		await Promise.all(names.map((name) => open().register({ ...ann }, phone(name))));
		expect(tokensOf(await devicesOf()).sort()).toEqual([...names].sort());
	});

	it('lets nobody wait for a registration that failed', async () => {
		attributes.beforeWrite = () => {
			attributes.beforeWrite = () => undefined;
			throw new DomainError('down', { advice: 'wait', recovery: 'retry' });
		};
		const outcomes = await Promise.allSettled([
			store.register(ann, phone('a')),
			store.register(ann, phone('b')),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
		expect(tokensOf(await devicesOf())).toEqual(['b']);
	});

	it('drops the device that was seen longest ago when there are too many', async () => {
		for (let n = 0; n < DEVICES_A_PERSON; n++) await store.register(ann, phone(`t${n}`));
		await store.register(ann, phone('t0'));
		await store.register(ann, phone('new'));
		const tokens = tokensOf(await devicesOf());
		expect(tokens).toHaveLength(DEVICES_A_PERSON);
		expect(tokens.slice(0, 2)).toEqual(['new', 't0']);
		expect(tokens).not.toContain('t1');
	});

	it('takes a token from whom this process saw register it before', async () => {
		await store.register(ann, phone('tablet'));
		await store.register(ann, phone('own'));
		const { status } = await open().register(bob, phone('tablet'));
		expect(status).toBe('refreshed');
		expect(tokensOf(await devicesOf(ann))).toEqual(['own']);
		expect(tokensOf(await devicesOf(bob))).toEqual(['tablet']);
	});

	it('leaves one holder of a token that two people register in the same moment', async () => {
		await Promise.all([open().register(ann, phone('tablet')), open().register(bob, phone('tablet'))]);
		expect([await devicesOf(ann), await devicesOf(bob)].map((devices) => devices?.length)).toEqual([0, 1]);
	});

	it('gives a token to nobody new as long as it cannot be taken from the earlier person', async () => {
		await store.register(ann, phone('tablet'));
		attributes.beforeWrite = ({ id }) => {
			if (id === ann.id) throw new DomainError('synchronized', { advice: 'x', recovery: 'abort' });
		};
		expect((await failureOf(store.register(bob, phone('tablet')))).message).toBe('synchronized');
		expect(attributes.valuesOf(bob.id)).toEqual([]);
	});

	it('minds no earlier person who is gone', async () => {
		await store.register(ann, phone('tablet'));
		attributes.beforeWrite = ({ id }) => {
			const gone = { advice: 'x', recovery: 'skip', failure: 'not-found' } as const;
			if (id === ann.id) throw new DomainError('gone', gone);
		};
		expect((await store.register(bob, phone('tablet'))).status).toBe('registered');
	});

	it.each([
		[{ token: '', platform: 'web' as const }, 'empty'],
		[{ token: 'a b', platform: 'web' as const }, 'blanks'],
		[{ token: 'x'.repeat(2000), platform: 'web' as const }, 'too long'],
		[{ token: 't', platform: '__proto__' as 'web' }, 'not a platform'],
	])('refuses what is no registration, and reads and writes nothing', async (registration, message) => {
		expect((await failureOf(store.register(ann, registration))).message).toContain(message);
		expect([attributes.reads, attributes.writes]).toEqual([0, 0]);
	});
});

describe('values that are none of ours', () => {
	const truncated = '{"is":"device","token":"secret-token","platf';
	const foreign = [
		'',
		'Head of department',
		'null',
		'[]',
		'{}',
		truncated,
		'{"is":"device","token":"x","platform":"toaster"}',
		'{"token":"x","platform":"web","registeredAt":"2030-01-01","lastSeenAt":"2030-01-01","personId":"id-ann"}',
		'{"__proto__":{"is":"device"}}',
	];
	const copied = JSON.stringify({
		...{ is: 'device', token: 'copied', platform: 'web', personId: bob.id },
		...{ registeredAt: '2030-01-01T00:00:00Z', lastSeenAt: '2030-01-01T00:00:00Z' },
	});
	const acknowledgment = '{"is":"acknowledgment","v":1,"action":"approved","at":"x","mac":"y"}';

	it('are kept exactly, and remembered without being shown', async () => {
		attributes.put(ann, [...foreign, copied]);
		await store.register(ann, phone('t'));
		expect(attributes.valuesOf(ann.id).slice(0, -1)).toEqual([...foreign, copied]);
		expect(tokensOf(await devicesOf())).toEqual(['t']);
		expect([...store.unreadable]).toEqual([`${ATTRIBUTE} of ${ann.dn}`]);
	});

	it('are not complained about when they are acknowledgments', async () => {
		attributes.put(ann, [acknowledgment]);
		await store.register(ann, phone('t'));
		expect(attributes.valuesOf(ann.id)).toContain(acknowledgment);
		expect(store.unreadable.size).toBe(0);
	});

	it('do not keep a person from registering, and are written back as they were', async () => {
		const long = JSON.stringify({
			...{ is: 'device', token: 'old', platform: 'web', personId: ann.id, app: 'x'.repeat(2000), more: 1 },
			...{ registeredAt: '2029-01-01T00:00:00Z', lastSeenAt: '2029-01-01T00:00:00Z' },
		});
		attributes.put(ann, [long]);
		await store.register(ann, phone('t'));
		expect(attributes.valuesOf(ann.id)).toContain(long);
	});
});

describe('AttributeDeviceStore.devicesOf', () => {
	it('asks once for many, and has a key for everybody', async () => {
		await store.register(ann, phone('t'));
		attributes.reads = 0;
		const found = await store.devicesOf([ann, bob]);
		expect([...found.keys()]).toEqual([ann.id, bob.id]);
		expect(found.get(bob.id)).toEqual([]);
		expect(attributes.reads).toBe(1);
	});

	it('gives a token that several hold to the one who registered last', async () => {
		const held = (id: string, lastSeenAt: string) =>
			JSON.stringify({
				...{ is: 'device', token: 'shared', platform: 'web', personId: id },
				...{ registeredAt: '2030-01-01T00:00:00Z', lastSeenAt },
			});
		attributes.put(ann, [held(ann.id, '2030-01-02T00:00:00Z'), held(ann.id, '2030-01-01T00:00:00Z')]);
		attributes.put(bob, [held(bob.id, '2030-01-03T00:00:00Z')]);
		const found = await store.devicesOf([ann, bob]);
		expect(found.get(ann.id)).toEqual([]);
		expect(tokensOf(found.get(bob.id))).toEqual(['shared']);
		expect(tokensOf(await devicesOf(ann))).toEqual(['shared']);
	});

	it('lists everybody’s', async () => {
		await store.register(ann, phone('a'));
		await store.register(bob, phone('b'));
		const found: Device[] = [];
		for await (const device of store.all()) found.push(device);
		expect(tokensOf(found)).toEqual(['a', 'b']);
	});
});

describe('deviceStoreOf', () => {
	it('takes the store that fits, and says what to do where no attribute was chosen', async () => {
		const place = { kind: 'attributes', attributes, devicesAttribute: ATTRIBUTE } as const;
		expect(deviceStoreOf({ ...place, acknowledgmentsAttribute: '' })).toBeInstanceOf(AttributeDeviceStore);
		const unchosen = { ...place, devicesAttribute: ' ', acknowledgmentsAttribute: 'x' };
		const error = await failureOf((async () => deviceStoreOf(unchosen))());
		expect(error).toMatchObject({ failure: 'configuration-invalid', recovery: 'abort' });
		expect(error.advice).toContain('Record Directory');
	});

	it('lets people stand in a subtree under the DN that the place gives them', async () => {
		const tree = new MemoryTree();
		const standIn = ({ id }: { id: string }) => `uid=${id},dc=records`;
		const subtree = deviceStoreOf({
			...{ kind: 'subtree', tree, devicesDn: 'ou=devices', acknowledgmentsDn: '', ownerDn: standIn },
		});
		expect(subtree).toBeInstanceOf(SubtreeDeviceStore);
		await subtree.register(ann, phone('t'));
		expect([...tree.entries.values()][0]?.owner).toEqual(['uid=id-ann,dc=records']);
		expect(tokensOf((await subtree.devicesOf([ann, bob])).get(ann.id))).toEqual(['t']);
		expect((await subtree.register(ann, phone('t'))).status).toBe('refreshed');
	});
});
