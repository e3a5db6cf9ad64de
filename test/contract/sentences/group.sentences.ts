import { fresh, joined, left, ofGroup } from '../contractSetting';
import type { Sentence } from '../contractSetting';

export function groupSentences(sentence: Sentence): void {
	sentence('tells members added and removed', async ({ admin, guest, nurses, reader }) => {
		await admin.addMembers(nurses, [guest]);
		const [added] = await reader.read();
		await admin.removeMembers(nurses, [guest]);
		const [removed] = await reader.read();
		const value = admin.memberValue(guest);
		expect(added).toMatchObject({
			group: { name: 'nurses' },
			members: { added: [{ value }], removed: [] },
		});
		expect(removed).toMatchObject({ members: { added: [], removed: [{ value }] } });
	});

	sentence('tells a group created, with its members', async ({ admin, ann, guest, reader }) => {
		const name = fresh('created');
		await admin.addGroup(name, [ann, guest]);
		const created = ofGroup(await reader.read(), name);
		expect(created.filter(({ operation }) => operation === 'created')).toHaveLength(1);
		expect(joined(created)).toEqual([ann, guest].map((person) => admin.memberValue(person)).sort());
	});

	sentence('tells a group deleted, with its members', async (setting) => {
		const { admin, ann, guest, reader } = setting;
		const name = fresh('deleted');
		const group = await admin.addGroup(name, [ann, guest]);
		await reader.read();
		await admin.remove(group);
		const deleted = ofGroup(await setting.readLater(), name);
		expect(deleted.filter(({ operation }) => operation === 'deleted')).toHaveLength(1);
		expect(left(deleted)).toEqual([ann, guest].map((person) => admin.memberValue(person)).sort());
	});

	sentence('tells a group put into a group', async ({ admin, ann, nurses, reader }) => {
		const inner = await admin.addGroup(fresh('inner'), [ann]);
		await reader.read();
		const value = admin.memberValue(inner);
		await admin.nest(inner, nurses);
		expect(joined(ofGroup(await reader.read(), 'nurses'))).toEqual([value]);
		await admin.unnest(inner, nurses);
		expect(left(ofGroup(await reader.read(), 'nurses'))).toEqual([value]);
	});
}
