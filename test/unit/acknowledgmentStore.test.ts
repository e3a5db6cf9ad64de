import type {
	AcknowledgmentRecord,
	NewAcknowledgment,
} from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { MAXIMUM_RECORD_BYTES } from '../../lib/directory/acknowledgments/recordText';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import { HierarchyTree } from '../support/hierarchyTree';
import { person } from '../support/personBuilder';

const subtree = 'ou=acknowledgments,dc=example,dc=org';
const secret = 'a secret for tests, long enough to be one';
const newSecret = 'a newer secret for tests, as long as that';
const keys = recordKeysOf({ secret });
const ada = person('ada');

function acknowledgment(changed: Partial<NewAcknowledgment> = {}): NewAcknowledgment {
	return {
		messageId: 'm-1',
		person: ada,
		action: 'acknowledged',
		at: '2026-01-02T03:04:05.678Z',
		correlationId: 'c-1',
		device: 'web',
		...changed,
	};
}

async function recordsOf(
	store: SubtreeAcknowledgmentStore,
	messageId = 'm-1',
): Promise<AcknowledgmentRecord[]> {
	const records: AcknowledgmentRecord[] = [];
	for await (const record of store.ofMessage(messageId)) records.push(record);
	return records;
}

describe('SubtreeAcknowledgmentStore', () => {
	let tree: HierarchyTree;
	let store: SubtreeAcknowledgmentStore;
	beforeEach(() => {
		tree = new HierarchyTree(subtree);
		store = new SubtreeAcknowledgmentStore(tree, subtree, keys);
	});
	const entryOf = (prefix: string) => tree.all().find(({ dn }) => dn.startsWith(prefix));

	it('keeps one entry a person below one container a message', async () => {
		const { status, record } = await store.record(acknowledgment({ comment: 'on my way' }));
		expect(status).toBe('recorded');
		expect(record).toEqual({
			messageId: 'm-1',
			personId: ada.id,
			personDn: ada.dn,
			action: 'acknowledged',
			at: '2026-01-02T03:04:05.678Z',
			correlationId: 'c-1',
			comment: 'on my way',
			device: 'web',
			genuine: true,
		});
		expect(entryOf('ou=m-1')?.attributes.objectclass).toEqual(['top', 'organizationalUnit']);
		const entry = entryOf(`cn=${ada.id},ou=m-1,`);
		expect(entry?.attributes).toMatchObject({
			objectclass: ['top', 'organizationalRole'],
			roleoccupant: [ada.dn],
		});
		expect(JSON.parse(entry?.attributes.description?.[0] ?? '')).toEqual({
			v: 1,
			action: 'acknowledged',
			at: '2026-01-02T03:04:05.678Z',
			correlationId: 'c-1',
			comment: 'on my way',
			device: 'web',
			mac: expect.stringMatching(/^[\w-]{43}$/),
		});
		expect(await recordsOf(store)).toEqual([record]);
	});

	it("takes n8n's null for absent", async () => {
		const nulls = { comment: null, device: null, correlationId: null } as unknown;
		await store.record({ ...acknowledgment(), ...(nulls as object) });
		const [record] = await recordsOf(store);
		expect(record).toMatchObject({ genuine: true });
		expect(record?.comment).toBeUndefined();
	});

	it('keeps the first answer and tells it to whoever repeats', async () => {
		await store.record(acknowledgment());
		const again = await store.record(acknowledgment({ action: 'rejected', at: '2026-02-02T00:00:00Z' }));
		expect(again.status).toBe('alreadyRecorded');
		expect(again.record).toMatchObject({
			action: 'acknowledged',
			at: '2026-01-02T03:04:05.678Z',
			genuine: true,
		});
	});

	it('leaves one record of fifty taps at once, from processes that know nothing of each other', async () => {
		const taps = Array.from({ length: 50 }, (_, index) => {
			const own = new SubtreeAcknowledgmentStore(tree, subtree, keys);
			return own.record(acknowledgment({ device: `phone ${index}` }));
		});
		const outcomes = await Promise.all(taps);
		expect(outcomes.filter(({ status }) => status === 'recorded')).toHaveLength(1);
		const devices = new Set(outcomes.map(({ record }) => record.device));
		expect(devices.size).toBe(1);
		expect(await recordsOf(store)).toHaveLength(1);
	});

	it('asks for the container once a message', async () => {
		for (const name of ['ada', 'bob', 'cyn']) await store.record(acknowledgment({ person: person(name) }));
		expect(tree.calls.filter((call) => call.startsWith('add ou='))).toHaveLength(1);
		expect(await recordsOf(store)).toHaveLength(3);
	});

	it('keeps messages apart', async () => {
		await store.record(acknowledgment());
		await store.record(acknowledgment({ messageId: 'm-2', action: 'approved' }));
		expect(await recordsOf(store)).toHaveLength(1);
		expect((await recordsOf(store, 'm-2'))[0]?.action).toBe('approved');
		expect(await recordsOf(store, 'm-3')).toEqual([]);
	});

	it.each([
		['quotes and braces', '"}, "action":"approved", {"'],
		['line ends and NUL', 'a\u0000b\r\nc\td'],
		['other scripts', 'שלום 你好 👩‍👩‍👧‍👦'],
		['half a character', 'x\ud800y'],
		['blanks around', '  spaced  '],
		['a filter', '*)(uid=*'],
		['a prototype', '__proto__'],
	])('a comment with %s survives', async (_, comment) => {
		await store.record(acknowledgment({ comment }));
		expect(await recordsOf(store)).toMatchObject([{ comment, genuine: true }]);
	});

	it.each([
		['letters', 'y'.repeat(5000)],
		['emoji', '👍🏽'.repeat(600)],
		['NULs', '\u0000'.repeat(600)],
		['just one too many', 'z'.repeat(870)],
	])('a comment too long for Active Directory is cut and stays genuine: %s', async (_, comment) => {
		const { record } = await store.record(acknowledgment({ comment }));
		const description = entryOf('cn=')?.attributes.description?.[0] ?? '';
		expect(Buffer.byteLength(description)).toBeLessThanOrEqual(MAXIMUM_RECORD_BYTES);
		expect(Buffer.byteLength(description)).toBeGreaterThan(MAXIMUM_RECORD_BYTES - 12);
		expect(comment.startsWith(record.comment?.slice(0, -1) ?? '?')).toBe(true);
		expect(record.comment?.endsWith('…')).toBe(true);
		expect(await recordsOf(store)).toEqual([record]);
	});

	it('names that a directory would confuse become different entries', async () => {
		const ids = ['Room1', 'room1', 'room 1', 'room  1', 'x'.repeat(300), 'a,b+c="d"\\', '#é\u0000'];
		for (const id of ids) await store.record(acknowledgment({ person: person('x', { id }) }));
		for (const messageId of ids) await store.record(acknowledgment({ messageId }));
		const found = await recordsOf(store);
		expect(new Set(found.map(({ personId }) => personId))).toEqual(new Set(ids));
		expect(found.every(({ genuine }) => genuine)).toBe(true);
		for (const messageId of ids) expect(await recordsOf(store, messageId)).toMatchObject([{ genuine: true }]);
	});

	describe('genuine', () => {
		const change = async (to: Record<string, unknown>) => {
			const description = entryOf('cn=')?.attributes.description?.[0] ?? '{}';
			const changed = { ...(JSON.parse(description) as Record<string, unknown>), ...to };
			await replaceDescription(JSON.stringify(changed));
		};
		const replaceDescription = (description: string) =>
			tree.replace(
				[
					{ attribute: 'cn', value: ada.id },
					{ attribute: 'ou', value: 'm-1' },
				],
				subtree,
				{
					description: [description],
				},
			);

		it.each([
			['action', 'rejected'],
			['at', '2026-01-02T03:04:05.679Z'],
			['correlationId', 'c-2'],
			['correlationId', undefined],
			['comment', 'agreed'],
			['comment', ''],
			['device', 'phone'],
			['mac', 'x'.repeat(43)],
			['mac', ''],
			['personId', 'someone-else'],
			['messageId', 'm-2'],
		])('is false when %s was changed', async (name, value) => {
			await store.record(acknowledgment());
			expect(await recordsOf(store)).toMatchObject([{ genuine: true }]);
			await change({ [name]: value });
			expect(await recordsOf(store)).toMatchObject([{ genuine: false }]);
			expect((await store.record(acknowledgment())).record.genuine).toBe(false);
		});

		it('is false for a record copied to another person or message', async () => {
			await store.record(acknowledgment());
			const copy = [...(entryOf('cn=')?.attributes.description ?? [])];
			const path = (cn: string, ou: string) => [
				{ attribute: 'cn', value: cn },
				{ attribute: 'ou', value: ou },
			];
			await tree.add(path('bob', 'm-1'), subtree, { description: copy });
			await tree.add([{ attribute: 'ou', value: 'm-2' }], subtree, {});
			await tree.add(path(ada.id, 'm-2'), subtree, { description: copy });
			expect((await recordsOf(store)).map(({ genuine }) => genuine)).toEqual([true, false]);
			expect(await recordsOf(store, 'm-2')).toMatchObject([{ genuine: false }]);
		});

		it('stays true when the directory renames the person', async () => {
			await store.record(acknowledgment());
			const path = [
				{ attribute: 'cn', value: ada.id },
				{ attribute: 'ou', value: 'm-1' },
			];
			await tree.replace(path, subtree, { roleOccupant: ['uid=ada,ou=moved,dc=example,dc=org'] });
			expect(await recordsOf(store)).toMatchObject([
				{ genuine: true, personDn: 'uid=ada,ou=moved,dc=example,dc=org' },
			]);
		});

		it('survives the rotation of the secret, once', async () => {
			await store.record(acknowledgment());
			const by = (signing: { secret: string; previousSecret?: string }) =>
				recordsOf(new SubtreeAcknowledgmentStore(tree, subtree, recordKeysOf(signing)));
			expect(await by({ secret: newSecret, previousSecret: secret })).toMatchObject([{ genuine: true }]);
			expect(await by({ secret: newSecret })).toMatchObject([{ genuine: false }]);
		});

		it.each([
			'',
			'{',
			'null',
			'[]',
			'{"v":1}',
			'{"v":2,"action":"approved","at":"x","mac":"y"}',
			'Head of department',
		])('what is no record is none: %j', async (description) => {
			await store.record(acknowledgment());
			await replaceDescription(description);
			expect(await recordsOf(store)).toEqual([]);
			await expect(store.record(acknowledgment())).rejects.toMatchObject({ recovery: 'retry' });
		});
	});

	it('records nothing without a key', async () => {
		const keyless = new SubtreeAcknowledgmentStore(tree, subtree, { keys: [] });
		await expect(keyless.record(acknowledgment())).rejects.toMatchObject({ code: 'notConfigured' });
		expect(tree.calls).toEqual([]);
	});

	it.each<[string, Partial<Record<keyof NewAcknowledgment, unknown>>]>([
		['an unknown action', { action: 'deleted' }],
		['no action', { action: undefined }],
		['no message', { messageId: '' }],
		['a person without id', { person: person('x', { id: '' }) }],
		['no time', { at: 'soon' }],
		['a comment that is no text', { comment: { text: 'yes' } }],
		['ids that fill the entry', { correlationId: 'c'.repeat(1000) }],
	])('refuses %s before it writes', async (_, changed) => {
		const odd = { ...acknowledgment(), ...changed } as NewAcknowledgment;
		await expect(store.record(odd)).rejects.toMatchObject({ failure: 'configuration-invalid' });
		expect(tree.calls).toEqual([]);
	});
});
