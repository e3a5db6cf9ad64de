import { fresh, joined, left, ofGroup, ofPeople, present } from '../contractSetting';
import type { Sentence } from '../contractSetting';

/** Active Directory hands out 1,500 values of an attribute at a time; the rest must be asked for. */
const CROWD = 1_600;
const LARGEST_PAGE = 500;

/** They leave many people behind, and so come last. */
export function crowdSentences(sentence: Sentence): void {
	sentence('reads group member lists of thousands completely', async ({ admin, guest, reader }) => {
		const people: string[] = [];
		for (let index = 0; index < CROWD; index++) people.push(await admin.addPerson(fresh('crowd')));
		const name = fresh('everybody');
		const group = await admin.addGroup(name, people);
		const created = ofGroup(await reader.read(), name);
		expect(joined(created)).toEqual(people.map((person) => admin.memberValue(person)).sort());
		await admin.addMembers(group, [guest]);
		const grown = ofGroup(await reader.read(), name);
		expect([joined(grown), left(grown)]).toEqual([[admin.memberValue(guest)], []]);
		const shown = await reader.session.directMembers(
			present(created.find((change) => change.group !== undefined)?.group, 'group in its own creation'),
		);
		expect(shown?.members).toHaveLength(CROWD + 1);
	});

	sentence('hands on small pages, and holds no search open meanwhile', async ({ admin, reader, server }) => {
		const names = Array.from({ length: LARGEST_PAGE + 100 }, () => fresh('page'));
		for (const name of names) await admin.addPerson(name);
		const sizes: number[] = [];
		const told = await reader.read(async (changes) => {
			sizes.push(changes.length);
			// Whatever is still open on the server ends here.
			if (sizes.length === 1) {
				await server.kill();
				await server.restart();
			}
		});
		expect(Math.max(...sizes)).toBeLessThanOrEqual(LARGEST_PAGE);
		expect(sizes.length).toBeGreaterThan(1);
		expect(
			ofPeople(told)
				.map(({ person }) => person?.username)
				.sort(),
		).toEqual(names.sort());
	});
}
