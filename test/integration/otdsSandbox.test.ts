import { acknowledgmentStoreOf } from '../../lib/directory/acknowledgments/acknowledgmentStore';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import { deviceStoreOf } from '../../lib/directory/devices/deviceStore';
import type { Person } from '../../lib/directory/directory.types';
import { GROUPS, PEOPLE } from '../../sandbox/seed/hospital.ts';
import { seedSandbox } from '../../sandbox/seed/seed.ts';
import { SECRET } from '../support/chain';
import { OtdsChain } from '../support/otdsChain';

/** What the demo writes into OTDS is what the pack reads there, and the other way round. */
describe("the sandbox's directory on OTDS", () => {
	let chain: OtdsChain;

	beforeAll(async () => {
		chain = await OtdsChain.start([]);
		await seedSandbox(chain.admin, chain.fcm);
	});
	afterAll(() => chain.stop());

	const personOf = async (uid: string): Promise<Person> => {
		const { client } = await chain.directory();
		const person = await client.person({ by: 'username', value: uid });
		if (!person) throw new Error(`${uid} is not there`);
		return person;
	};

	it('shows everyone of the seed with their work, and groups with people and nested groups', async () => {
		const people = await chain.admin.people();
		expect(people).toHaveLength(PEOPLE.length);
		expect(people.find(({ uid }) => uid === 'sostergard')).toMatchObject({
			name: 'Søren Østergård',
			title: 'Porter',
			department: 'Facilities',
			site: 'Riverside',
			enabled: true,
		});
		const groups = await chain.admin.groups();
		expect(groups.map(({ name }) => name).sort()).toEqual(GROUPS.map(({ name }) => name).sort());
		const wards = groups.find(({ name }) => name === 'Ward Staff');
		expect(wards?.members).toContain(await chain.admin.groupKey('Nurses'));
		expect(wards?.members).toContain(await chain.admin.personKey('mgarcia'));
	});

	it('gives the pack people, managers by uuid, and devices under the token that FCM knows', async () => {
		const { records } = await chain.directory();
		const person = await personOf('ktanaka');
		expect(person).toMatchObject({
			id: await chain.admin.personKey('ktanaka'),
			displayName: 'Kenji Tanaka',
			locale: 'ja',
			manager: await chain.admin.personKey('aokafor'),
		});
		const store = deviceStoreOf(records);
		const devices = (await store.devicesOf([person])).get(person.id) ?? [];
		const known = chain.fcm.devices.all().filter((device) => device.person === 'ktanaka');
		expect(devices.map(({ token }) => token).sort()).toEqual(known.map(({ token }) => token).sort());
		expect(devices.map(({ platform }) => platform).sort()).toEqual(['ios', 'web']);
		expect(store.unreadable.size).toBe(0);
	});

	it('shows the acknowledgments that the pack records', async () => {
		const { records } = await chain.directory();
		const person = await personOf('lmartin');
		const store = acknowledgmentStoreOf(records, recordKeysOf({ secret: SECRET }));
		const at = '2026-03-01T10:00:00.000Z';
		await store.record({ person, messageId: 'm-1', action: 'acknowledged', at });
		expect(await chain.admin.acknowledgments()).toEqual([
			{ messageId: 'm-1', personKey: person.id, action: 'acknowledged', at },
		]);
	});

	it('disables, removes members, and says what is not there', async () => {
		const { admin } = chain;
		const key = await admin.personKey('obrien');
		await admin.setEnabled(key, false);
		expect((await admin.people()).find(({ uid }) => uid === 'obrien')?.enabled).toBe(false);
		await admin.setEnabled(key, true);
		expect((await admin.people()).find(({ uid }) => uid === 'obrien')?.enabled).toBe(true);
		const finance = await admin.groupKey('Finance');
		await admin.removeMember(finance, key);
		const members = (await admin.groups()).find((group) => admin.sameKey(group.key, finance))?.members;
		expect(members).not.toContain(key);
		await expect(admin.groupKey('No such group')).rejects.toThrow(
			'The directory has no group "No such group"',
		);
		await expect(admin.personKey('*)(')).rejects.toThrow('The directory has no user "*)("');
	});
});
