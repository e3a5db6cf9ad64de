import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import type { AccountState } from '../../../lib/directory/directory.types';
import { fresh, ofPeople, present } from '../contractSetting';
import type { Sentence, Setting } from '../contractSetting';

/** Somebody whose creation is read already. `dn` as the strategy tells it, `id` as the administrator does. */
async function known({ admin, reader }: Setting, name: string): Promise<{ id: string; dn: string }> {
	const username = fresh(name);
	const id = await admin.addPerson(username);
	const dn = ofPeople(await reader.read()).find(({ person }) => person?.username === username)?.dn;
	return { id, dn: present(dn, `creation of ${username}`) };
}

/** The changes that turned one part of an account's state. */
const turns = (changes: EntryChange[], part: keyof AccountState): EntryChange['account'][] =>
	changes.map(({ account }) => account).filter((account) => account?.before[part] !== account?.after[part]);

export function personSentences(sentence: Sentence): void {
	sentence('tells a creation, with the person', async ({ admin, reader }) => {
		const uid = `ben${Date.now()}`;
		await admin.addPerson(uid, { mail: [`${uid}@example.org`] });
		expect(await reader.read()).toMatchObject([
			{ operation: 'created', person: { username: uid, mail: `${uid}@example.org` } },
		]);
	});

	sentence('tells an account disabled and enabled', async ({ admin, ann, reader }) => {
		await admin.disable(ann);
		const [disabled] = await reader.read();
		await admin.enable(ann);
		const [enabled] = await reader.read();
		expect(disabled?.account).toMatchObject({ before: { enabled: true }, after: { enabled: false } });
		expect(enabled?.account).toMatchObject({ before: { enabled: false }, after: { enabled: true } });
	});

	sentence('tells an account locked and unlocked', async (setting) => {
		const { admin, reader } = setting;
		const { id } = await known(setting, 'lea');
		await admin.lock(id);
		expect(turns(await setting.readLater(), 'locked')).toMatchObject([
			{ before: { locked: false }, after: { locked: true } },
		]);
		await admin.unlock(id);
		const unlocked = await reader.read();
		expect(turns(unlocked, 'locked')).toMatchObject([{ before: { locked: true }, after: { locked: false } }]);
		expect(turns(unlocked, 'enabled')).toEqual([]);
	});

	sentence('tells that a new password is required', async (setting) => {
		const { id } = await known(setting, 'pia');
		await setting.admin.requirePasswordReset(id);
		expect(turns(await setting.reader.read(), 'passwordResetRequired')).toMatchObject([
			{ before: { passwordResetRequired: false }, after: { passwordResetRequired: true } },
		]);
	});

	sentence('tells a rename, with the DN before', async (setting) => {
		const { admin, reader } = setting;
		const { id, dn } = await known(setting, 'ren');
		const name = fresh('renamed');
		await admin.rename(id, name);
		const changes = ofPeople(await reader.read());
		expect(changes).toMatchObject([{ previousDn: dn, dn: expect.stringContaining(name) as string }]);
		expect(await reader.read()).toEqual([]);
	});

	sentence('tells a move', async (setting) => {
		const { admin, reader } = setting;
		const { id, dn } = await known(setting, 'mona');
		const unit = fresh('unit');
		await admin.move(id, unit);
		const changes = ofPeople(await reader.read());
		expect(changes).toMatchObject([{ previousDn: dn, dn: expect.stringContaining(unit) as string }]);
		expect(ofPeople(await reader.read())).toEqual([]);
	});

	sentence('tells everybody below a renamed container', async (setting) => {
		const { admin, reader } = setting;
		const renameUnit = present(admin.renameUnit?.bind(admin), 'renaming of a container');
		const [unit, renamed] = [fresh('ward'), fresh('floor')];
		const people = [await known(setting, 'ida'), await known(setting, 'ivo')];
		for (const { id } of people) await admin.move(id, unit);
		const before = ofPeople(await reader.read()).map(({ dn }) => dn);
		expect(before).toHaveLength(people.length);
		await renameUnit(unit, renamed);
		const changes = ofPeople(await setting.readLater());
		expect(changes.map(({ previousDn }) => previousDn).sort()).toEqual(before.sort());
		expect(changes.map(({ operation }) => operation)).not.toContain('deleted');
		for (const { dn } of changes) expect(dn).toContain(renamed);
		expect(ofPeople(await setting.readLater())).toEqual([]);
	});

	sentence('tells a deletion', async (setting) => {
		const { admin, reader } = setting;
		const cem = await admin.addPerson('cem');
		await reader.read();
		await admin.remove(cem);
		expect(await setting.readLater()).toMatchObject([{ operation: 'deleted', person: { username: 'cem' } }]);
		expect(await setting.readLater()).toEqual([]);
	});

	sentence('tells a device that was registered, with its owner', async ({ admin, guest, reader }) => {
		const addDevice = present(admin.addDevice?.bind(admin), 'device entry');
		await addDevice(guest, fresh('phone'));
		const devices = (await reader.read()).filter(({ device }) => device !== undefined);
		expect(devices).toMatchObject([
			{ operation: 'created', device: { owner: { value: admin.memberValue(guest) } } },
		]);
	});
}
