import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import { DomainError } from '../../../lib/domain.errors';
import type { ContractReader } from '../contractReader';
import { EVERYTHING, fresh, garbled, ofPeople, present, titles } from '../contractSetting';
import type { Sentence } from '../contractSetting';

/** What a reader makes of its position: what is read from there, or how it is refused. */
async function outcome(reader: ContractReader): Promise<{ refused: string } | { told: EntryChange[] }> {
	try {
		const verdict = await reader.strategy.verify(reader.cursor);
		if (!verdict.intact) return { refused: verdict.reason };
		return { told: await reader.read() };
	} catch (error) {
		if (error instanceof DomainError) return { refused: error.message };
		throw error;
	}
}

export function positionSentences(sentence: Sentence): void {
	sentence(
		'reconciles after its position became useless: loses nothing, tells nothing twice',
		async (setting) => {
			const { admin, ann, guest, nurses, reader, server } = setting;
			const forget = present(server.forget?.bind(server), 'way to lose a position');
			const [goes, comes] = [fresh('gil'), fresh('ina')];
			const leaving = await admin.addPerson(goes);
			await reader.read();
			await admin.remove(leaving);
			await admin.replace(ann, 'title', ['missed']);
			await admin.addPerson(comes);
			await admin.addMembers(nurses, [guest]);
			await forget();
			await reader.session.close();
			reader.session = await server.open(EVERYTHING);
			expect(await outcome(reader)).toEqual({ refused: expect.stringMatching(/\S/) as string });
			const missed = await reader.reconcile();
			expect(titles(missed)).toEqual([['missed']]);
			const named = (operation: EntryChange['operation']): unknown[] =>
				ofPeople(missed)
					.filter((change) => change.operation === operation)
					.map(({ person }) => person?.username ?? person?.displayName);
			expect([named('created'), named('deleted')]).toEqual([[comes], [goes]]);
			expect(missed.flatMap(({ members }) => members.added)).toMatchObject([
				{ value: admin.memberValue(guest) },
			]);
			await admin.replace(ann, 'title', ['afterwards']);
			await admin.removeMembers(nurses, [guest]);
			const afterwards = await reader.read();
			expect(titles(afterwards)).toEqual([['afterwards']]);
			expect(afterwards).toHaveLength(2);
			expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
		},
	);

	sentence('never silently takes a position that is garbage', async ({ admin, ann, reader }) => {
		const good = reader.cursor;
		for (const garbage of [garbled(good), null, 'garbage', 17, [], {}]) {
			reader.alterCursor(() => garbage);
			const title = fresh('unheard');
			await admin.replace(ann, 'title', [title]);
			const result = await outcome(reader);
			const isTold = 'told' in result && JSON.stringify(titles(result.told)).includes(title);
			expect([garbage, 'refused' in result || isTold]).toEqual([garbage, true]);
		}
	});
}
