import type { Device } from '../../lib/directory/devices/device.types';
import { DEVICES_A_PERSON } from '../../lib/directory/devices/deviceRecord';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import type { Person } from '../../lib/directory/directory.types';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import { openDirectory } from '../../lib/directory/openDirectory';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { dnOf, hospitalLdif } from '../support/hospital';
import { adminSettings, ldapSettings } from '../support/ldap';

describe('SubtreeDeviceStore on OpenLDAP', () => {
	let slapd: Slapd;
	let directory: LdapDirectory;
	let admin: LdapDirectory;
	let store: SubtreeDeviceStore;

	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: hospitalLdif() });
		directory = await openDirectory(ldapSettings(slapd));
		admin = await openDirectory(adminSettings(slapd));
	});
	beforeEach(async () => {
		store = storeAt(0);
		for await (const { id } of store.all()) {
			await directory.tree.remove([{ attribute: 'cn', value: id }], directory.conventions.devicesDn);
		}
	});
	afterAll(async () => {
		await directory?.close();
		await admin?.close();
		await slapd?.stop();
	});

	/** A clock that moves one second a call. */
	function storeAt(seconds: number): SubtreeDeviceStore {
		let now = Date.UTC(2030, 0, 1) + seconds * 1000;
		return new SubtreeDeviceStore(directory.tree, directory.conventions.devicesDn, {
			now: () => new Date((now += 1000)),
		});
	}
	async function person(uid: string): Promise<Person> {
		const found = await directory.client.person({ by: 'username', value: uid });
		if (!found) throw new Error(`${uid} was not seeded`);
		return found;
	}
	const devicesOf = async (uid: string): Promise<Device[]> => {
		const owner = await person(uid);
		return (await store.devicesOf([owner])).get(owner.id) ?? [];
	};

	it('registers once, refreshes, and moves the device to its latest user', async () => {
		const token = 'eYx3:APA91b_long-Token*)(\\00"<script>é';
		expect((await store.register(await person('ann'), { token, platform: 'web' })).status).toBe('registered');
		expect((await store.register(await person('ann'), { token, platform: 'web' })).status).toBe('refreshed');
		expect(await devicesOf('ann')).toEqual([expect.objectContaining({ token, owner: dnOf('ann') })]);
		await store.register(await person('bob'), { token, platform: 'web' });
		expect(await devicesOf('ann')).toEqual([]);
		expect((await devicesOf('bob')).map((device) => device.token)).toEqual([token]);
	});

	it('lets one of many that register the same token at once add it', async () => {
		const ann = await person('ann');
		const registered = await Promise.all(
			Array.from({ length: 8 }, async () => store.register(ann, { token: 'same', platform: 'ios' })),
		);
		expect(registered.map(({ status }) => status).sort()).toEqual([
			...Array.from({ length: 7 }, () => 'refreshed'),
			'registered',
		]);
		expect(await devicesOf('ann')).toHaveLength(1);
	});

	it('keeps twenty devices a person', async () => {
		const ann = await person('ann');
		for (let n = 0; n <= DEVICES_A_PERSON; n++)
			await store.register(ann, { token: `t${n}`, platform: 'web' });
		const tokens = (await devicesOf('ann')).map(({ token }) => token);
		expect(tokens).toHaveLength(DEVICES_A_PERSON);
		expect(tokens).not.toContain('t0');
		expect(tokens[0]).toBe(`t${DEVICES_A_PERSON}`);
	});

	it('answers for more people than one search takes', async () => {
		await store.register(await person('ann'), { token: 'of-ann', platform: 'web' });
		const ann = await person('ann');
		const strangers = Array.from({ length: 250 }, (_, n): Person => ({
			...ann,
			id: `s${n}`,
			dn: dnOf(`s${n}`),
		}));
		const found = await store.devicesOf([...strangers, ann]);
		expect(found.size).toBe(251);
		expect(found.get(ann.id)).toHaveLength(1);
	});

	it('leaves out and remembers an entry that somebody damaged', async () => {
		await store.register(await person('ann'), { token: 'good', platform: 'web' });
		await admin.tree.add([{ attribute: 'cn', value: 'damaged, "entry"' }], 'ou=devices', {
			objectClass: ['device'],
			owner: [dnOf('ann')],
			description: ['{"token": '],
		});
		expect((await devicesOf('ann')).map(({ token }) => token)).toEqual(['good']);
		expect(store.unreadable.size).toBe(1);
		await admin.tree.remove([{ attribute: 'cn', value: 'damaged, "entry"' }], 'ou=devices');
	});

	it('says what to do when the subtree is not there', async () => {
		const lost = new SubtreeDeviceStore(directory.tree, 'ou=phones');
		const ann = await person('ann');
		await expect(lost.devicesOf([ann])).rejects.toMatchObject({
			message: expect.stringContaining('ou=phones,dc=example,dc=org') as string,
			advice: expect.stringContaining('organizationalUnit') as string,
			failure: 'configuration-invalid',
		});
		await expect(lost.register(ann, { token: 't', platform: 'web' })).rejects.toBeInstanceOf(Error);
	});
});
