import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import { EVERYTHING, ofPeople, titles } from '../contractSetting';
import type { Sentence } from '../contractSetting';

/** Once, in order, again after a failure: what delivery is built upon. */
export function deliverySentences(sentence: Sentence): void {
	sentence('does not replay what existed before it started', async ({ reader }) => {
		expect(await reader.read()).toEqual([]);
	});

	sentence('delivers a change once when nothing fails', async ({ admin, ann, reader }) => {
		await admin.replace(ann, 'title', ['once']);
		expect(titles(await reader.read())).toEqual([['once']]);
		expect(await reader.read()).toEqual([]);
	});

	sentence('delivers a second change within the same second', async ({ admin, ann, reader }) => {
		await admin.replace(ann, 'title', ['first']);
		expect(titles(await reader.read())).toEqual([['first']]);
		await admin.replace(ann, 'title', ['second']);
		expect(titles(await reader.read())).toEqual([['second']]);
	});

	sentence('delivers every one of several changes between two reads', async ({ admin, ann, reader }) => {
		for (const title of ['a', 'b', 'c']) await admin.replace(ann, 'title', [title]);
		expect(titles(await reader.read())).toEqual([['a'], ['b'], ['c']]);
	});

	sentence('delivers a change made while a slow read is running', async ({ admin, ann, reader }) => {
		await admin.replace(ann, 'title', ['before']);
		const during = await reader.read(() => admin.replace(ann, 'title', ['during']));
		const after = await reader.read();
		expect(titles([...during, ...after])).toEqual([['before'], ['during']]);
	});

	sentence('loses nothing when a read fails', async ({ admin, ann, reader, server }) => {
		await admin.replace(ann, 'title', ['kept']);
		await reader.session.close();
		await expect(reader.read()).rejects.toThrow();
		reader.session = await server.open(EVERYTHING);
		expect(titles(await reader.read())).toEqual([['kept']]);
	});

	sentence(
		'delivers again, with the same change id, when the hand-off failed',
		async ({ admin, ann, reader }) => {
			await admin.replace(ann, 'title', ['again']);
			const ids: string[] = [];
			const refuse = async (changes: EntryChange[]): Promise<void> => {
				ids.push(...changes.map(({ changeId }) => changeId));
				throw new Error('the hand-off failed');
			};
			await expect(reader.read(refuse)).rejects.toThrow('the hand-off failed');
			const changes = await reader.read();
			expect(titles(changes)).toEqual([['again']]);
			expect(changes.map(({ changeId }) => changeId)).toEqual(ids);
		},
	);

	sentence('survives a restart of the server and of itself', async ({ admin, ann, reader, server }) => {
		await admin.replace(ann, 'title', ['before the restart']);
		await server.kill();
		await server.restart();
		await admin.replace(ann, 'title', ['after the restart']);
		await reader.session.close();
		reader.session = await server.open(EVERYTHING);
		expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
		expect(titles(await reader.read()).at(-1)).toEqual(['after the restart']);
	});

	sentence('keeps its cursor JSON-serialisable', async ({ admin, ann, reader }) => {
		expect(JSON.parse(JSON.stringify(reader.cursor))).toEqual(reader.cursor);
		await admin.replace(ann, 'title', ['serial']);
		await reader.read();
		expect(JSON.parse(JSON.stringify(reader.cursor))).toEqual(reader.cursor);
	});

	sentence(
		'names the same happening differently when it happens again',
		async ({ admin, ann, guest, nurses, reader }) => {
			const ids: string[] = [];
			for (let round = 0; round < 2; round++) {
				for (const work of [
					() => admin.disable(ann),
					() => admin.enable(ann),
					() => admin.addMembers(nurses, [guest]),
					() => admin.removeMembers(nurses, [guest]),
				]) {
					await work();
					ids.push(...(await reader.read()).map(({ changeId }) => changeId));
				}
			}
			expect(ids).toHaveLength(8);
			expect(new Set(ids).size).toBe(8);
		},
	);

	sentence('takes a login for no news', async ({ admin, ann, reader }) => {
		await admin.logIn(ann);
		expect(await reader.read()).toEqual([]);
	});

	sentence(
		'tells nothing by halves when a read breaks off, and loses nothing',
		async ({ admin, ann, reader, server }) => {
			const dee = await admin.addPerson('dee');
			await reader.read();
			await admin.remove(dee);
			await admin.replace(ann, 'title', ['broken off']);
			server.breakNextRead?.();
			const told: EntryChange[] = [];
			await expect(reader.read(async (changes) => void told.push(...changes))).rejects.toThrow();
			expect(told).toEqual([]);
			const operations = ofPeople(await reader.read()).map(({ operation }) => operation);
			expect(operations.sort()).toEqual(['deleted', 'modified']);
		},
	);
}
