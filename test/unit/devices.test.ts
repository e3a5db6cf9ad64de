import type { Device, DeviceRegistration } from '../../lib/directory/devices/device.types';
import { DEVICES_A_PERSON, deviceIdOf } from '../../lib/directory/devices/deviceRecord';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import { MemoryTree } from '../support/memoryTree';
import { person } from '../support/personBuilder';

const DEVICES_DN = 'ou=devices,dc=example,dc=org';

function storeWithClock() {
	const tree = new MemoryTree();
	let seconds = 0;
	const store = new SubtreeDeviceStore(tree, DEVICES_DN, {
		now: () => new Date(Date.UTC(2030, 0, 1, 0, 0, seconds++)),
	});
	return { tree, store };
}

const phone = (token: string, rest: Partial<DeviceRegistration> = {}): DeviceRegistration => ({
	token,
	platform: 'android',
	...rest,
});

const tokensOf = (devices: Device[] | undefined): string[] => (devices ?? []).map(({ token }) => token);

describe('SubtreeDeviceStore.register', () => {
	it('writes a standard device entry named after the hash of the token', async () => {
		const { tree, store } = storeWithClock();
		const { device, status } = await store.register(person('ann'), phone('t:1', { app: 'ward' }));
		expect(status).toBe('registered');
		const [[dn, attributes] = []] = [...tree.entries];
		expect(dn).toBe(`cn=${deviceIdOf('t:1')},${DEVICES_DN}`);
		expect(attributes).toMatchObject({
			objectClass: ['top', 'device'],
			owner: ['uid=ann,ou=people,dc=example,dc=org'],
		});
		expect(JSON.parse(attributes?.description?.[0] ?? '')).toEqual({
			token: 't:1',
			platform: 'android',
			app: 'ward',
			registeredAt: '2030-01-01T00:00:00.000Z',
			lastSeenAt: '2030-01-01T00:00:00.000Z',
			personId: 'id-ann',
		});
		expect(device.owner).toBe('uid=ann,ou=people,dc=example,dc=org');
	});

	it('refreshes a known token instead of adding it again', async () => {
		const { tree, store } = storeWithClock();
		await store.register(person('ann'), phone('t'));
		const { device, status } = await store.register(person('ann'), phone('t', { platform: 'ios' }));
		expect(status).toBe('refreshed');
		expect(device).toMatchObject({
			platform: 'ios',
			registeredAt: '2030-01-01T00:00:00.000Z',
			lastSeenAt: '2030-01-01T00:00:01.000Z',
		});
		expect(tree.entries.size).toBe(1);
	});

	it('moves a device to the person who registers it last', async () => {
		const { store } = storeWithClock();
		await store.register(person('ann'), phone('shared'));
		await store.register(person('bob'), phone('shared'));
		const devices = await store.devicesOf([person('ann'), person('bob')]);
		expect(tokensOf(devices.get('id-ann'))).toEqual([]);
		expect(tokensOf(devices.get('id-bob'))).toEqual(['shared']);
	});

	it('replaces the device seen longest ago when a person has too many', async () => {
		const { store } = storeWithClock();
		for (let n = 0; n < DEVICES_A_PERSON; n++) await store.register(person('ann'), phone(`t${n}`));
		await store.register(person('ann'), phone('t0'));
		await store.register(person('ann'), phone('new'));
		const tokens = tokensOf((await store.devicesOf([person('ann')])).get('id-ann'));
		expect(tokens).toHaveLength(DEVICES_A_PERSON);
		expect(tokens.slice(0, 2)).toEqual(['new', 't0']);
		expect(tokens).not.toContain('t1');
	});

	it('counts a device that comes from another person towards the limit', async () => {
		const { store } = storeWithClock();
		for (let n = 0; n < DEVICES_A_PERSON; n++) await store.register(person('ann'), phone(`t${n}`));
		await store.register(person('bob'), phone('handed over'.replaceAll(' ', '-')));
		await store.register(person('ann'), phone('handed-over'));
		const tokens = tokensOf((await store.devicesOf([person('ann')])).get('id-ann'));
		expect(tokens).toHaveLength(DEVICES_A_PERSON);
		expect(tokens).toContain('handed-over');
	});

	it('repairs a damaged entry of the same token', async () => {
		const { tree, store } = storeWithClock();
		tree.entries.set(`cn=${deviceIdOf('t')},${DEVICES_DN}`, {
			cn: [deviceIdOf('t')],
			owner: [person('ann').dn],
			description: ['{"token":'],
		});
		expect((await store.register(person('ann'), phone('t'))).status).toBe('refreshed');
		expect(tokensOf((await store.devicesOf([person('ann')])).get('id-ann'))).toEqual(['t']);
	});

	it.each([
		['an empty token', phone(''), 'The device token is empty'],
		['a token with a line break', phone('a\nb'), 'control characters'],
		['a token with a NUL', phone('a\u0000b'), 'control characters'],
		['a token of 10 kB', phone('x'.repeat(10_000)), 'too long'],
		['a platform it does not know', { token: 't', platform: '__proto__' as 'other' }, 'is not a platform'],
		['an app name of 200 characters', phone('t', { app: 'a'.repeat(200) }), '200 characters'],
	])('refuses %s and writes nothing', async (_case, registration, message) => {
		const { tree, store } = storeWithClock();
		await expect(store.register(person('ann'), registration)).rejects.toThrow(message);
		expect(tree.entries.size).toBe(0);
	});

	it('never repeats the token in an error', async () => {
		const token = `secret${'x'.repeat(2000)}`;
		const { store } = storeWithClock();
		const refusal: unknown = await store
			.register(person('ann'), phone(token))
			.catch((error: unknown) => error);
		expect(JSON.stringify(refusal)).not.toContain('secret');
		expect(String(refusal)).not.toContain('secret');
	});

	it('keeps hostile but valid tokens and app names exactly', async () => {
		const { store } = storeWithClock();
		const token = '*)(cn=*)\\00"<script>é';
		await store.register(person('ann'), phone(token, { app: '</script>"}' }));
		const devices = (await store.devicesOf([person('ann')])).get('id-ann');
		expect(devices?.[0]).toMatchObject({ token, app: '</script>"}' });
	});
});

describe('SubtreeDeviceStore.devicesOf', () => {
	it('has a key for every person, also one without a device', async () => {
		const { store } = storeWithClock();
		const devices = await store.devicesOf([person('ann'), person('__proto__')]);
		expect([...devices]).toEqual([
			['id-ann', []],
			['id-__proto__', []],
		]);
	});

	it('asks once for a hundred persons', async () => {
		const { tree, store } = storeWithClock();
		await store.devicesOf(Array.from({ length: 250 }, (_, n) => person(`p${n}`)));
		expect(tree.searches.map((values) => values.length)).toEqual([100, 100, 50]);
	});

	it('finds a device whose owner is written differently', async () => {
		const { tree, store } = storeWithClock();
		await store.register(person('ann'), phone('t'));
		const [dn = ''] = tree.entries.keys();
		const entry = tree.entries.get(dn);
		tree.entries.set(dn, { ...entry, owner: [person('ann').dn.toUpperCase()] });
		expect(tokensOf((await store.devicesOf([person('ann')])).get('id-ann'))).toEqual(['t']);
	});

	it("never hands a predecessor's device to somebody with the same DN", async () => {
		const { store } = storeWithClock();
		await store.register(person('ann', { id: 'who-left' }), phone('old'));
		expect(tokensOf((await store.devicesOf([person('ann')])).get('id-ann'))).toEqual([]);
	});

	it('takes entries that an administrator wrote without the id of the person', async () => {
		const { tree, store } = storeWithClock();
		const time = '2030-01-01T00:00:00.000Z';
		tree.entries.set(`cn=by-hand,${DEVICES_DN}`, {
			cn: ['by-hand'],
			owner: [person('ann').dn],
			description: [JSON.stringify({ token: 't', platform: 'web', registeredAt: time, lastSeenAt: time })],
		});
		expect((await store.devicesOf([person('ann')])).get('id-ann')?.[0]?.id).toBe('by-hand');
	});

	it.each([
		['no JSON', 'hello'],
		['a number', '5'],
		['null', 'null'],
		['a list', '[]'],
		['no token', '{"platform":"web"}'],
		['a token that is no text', '{"token":{"a":1},"platform":"web"}'],
		['an unknown platform', '{"token":"t","platform":"constructor"}'],
		['no time', '{"token":"t","platform":"web","registeredAt":"x","lastSeenAt":"x"}'],
		['prototype names', '{"__proto__":{"token":"t","platform":"web"}}'],
	])('skips and remembers an entry that holds %s', async (_case, description) => {
		const { tree, store } = storeWithClock();
		await store.register(person('ann'), phone('good'));
		const dn = `cn=bad,${DEVICES_DN}`;
		tree.entries.set(dn, { cn: ['bad'], owner: [person('ann').dn], description: [description] });
		expect(tokensOf((await store.devicesOf([person('ann')])).get('id-ann'))).toEqual(['good']);
		expect([...store.unreadable]).toEqual([dn]);
	});
});

describe('SubtreeDeviceStore.all', () => {
	it('streams the devices of everybody and skips what it cannot read', async () => {
		const { tree, store } = storeWithClock();
		await store.register(person('ann'), phone('a'));
		await store.register(person('bob'), phone('b'));
		tree.entries.set(`cn=bad,${DEVICES_DN}`, { cn: ['bad'] });
		const tokens: string[] = [];
		for await (const device of store.all()) tokens.push(device.token);
		expect(tokens).toEqual(['a', 'b']);
		expect(store.unreadable.size).toBe(1);
	});
});
