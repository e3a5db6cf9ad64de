import type {
	AcknowledgmentRecord,
	NewAcknowledgment,
} from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { acknowledgmentStoreOf } from '../../lib/directory/acknowledgments/acknowledgmentStore';
import {
	AttributeAcknowledgmentStore,
	RECORDS_A_PERSON,
} from '../../lib/directory/acknowledgments/attributeAcknowledgment.store';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import { MAXIMUM_RECORD_BYTES } from '../../lib/directory/acknowledgments/recordText';
import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import { queueCount } from '../../lib/directory/keyedQueue';
import { failureOf } from '../support/ldap';
import { MemoryAttributes } from '../support/memoryAttributes';
import { MemoryTree } from '../support/memoryTree';
import { person } from '../support/personBuilder';

const ATTRIBUTE = 'oTExtraAttr1';
const keys = recordKeysOf({ secret: 'a secret for tests, long enough to be one' });
const ada = person('ada');
const bob = person('bob');
const EARLY = '2026-01-02T03:04:05.000Z';
const LATE = '2026-01-02T03:04:06.000Z';

let attributes: MemoryAttributes;
let store: AttributeAcknowledgmentStore;
const open = (memory = attributes, recordKeys = keys): AttributeAcknowledgmentStore =>
	new AttributeAcknowledgmentStore(memory, ATTRIBUTE, recordKeys);
beforeEach(() => {
	attributes = new MemoryAttributes();
	store = open();
});
afterEach(() => expect(queueCount()).toBe(0));

const answer = (changed: Partial<NewAcknowledgment> = {}): NewAcknowledgment => ({
	...{
		messageId: 'm-1',
		person: ada,
		action: 'acknowledged',
		at: EARLY,
		correlationId: 'c-1',
		device: 'web',
	},
	...changed,
});
async function recordsOf(messageId = 'm-1', of = store): Promise<AcknowledgmentRecord[]> {
	const records: AcknowledgmentRecord[] = [];
	for await (const record of of.ofMessage(messageId)) records.push(record);
	return records;
}
/** The text that another process would write for this answer. */
async function textOf(changed: Partial<NewAcknowledgment>, recordKeys = keys): Promise<string> {
	const elsewhere = new MemoryAttributes();
	await open(elsewhere, recordKeys).record(answer(changed));
	return elsewhere.valuesOf((changed.person ?? ada).id)[0] ?? '';
}

it('keeps one signed text a record', async () => {
	const { status, record } = await store.record(answer({ comment: 'on my way' }));
	expect(status).toBe('recorded');
	expect(record).toEqual({
		...{ messageId: 'm-1', personId: ada.id, personDn: ada.dn, action: 'acknowledged', at: EARLY },
		...{ correlationId: 'c-1', comment: 'on my way', device: 'web', genuine: true },
	});
	expect(attributes.valuesOf(ada.id)).toHaveLength(1);
	expect(JSON.parse(attributes.valuesOf(ada.id)[0] ?? '')).toMatchObject({ is: 'acknowledgment', v: 1 });
	expect(await recordsOf()).toEqual([record]);
	expect(await recordsOf('m-2')).toEqual([]);
});

it('lets the first answer win, and writes nothing for the second', async () => {
	const { record } = await store.record(answer());
	const again = await store.record(answer({ action: 'rejected', at: '2020-01-01T00:00:00.000Z' }));
	expect(again).toEqual({ status: 'alreadyRecorded', record });
	expect((await store.record(answer())).status).toBe('alreadyRecorded');
	expect(attributes.writes).toBe(1);
});

it('lets exactly one of many answers at once win, and loses none of many messages', async () => {
	const taps = [...Array(10).keys()].map((n) =>
		open().record(answer({ person: { ...ada }, comment: `${n}` })),
	);
	const others = [...Array(10).keys()].map((n) => open().record(answer({ messageId: `other-${n}` })));
	const statuses = (await Promise.all(taps)).map(({ status }) => status);
	expect(statuses.filter((status) => status === 'recorded')).toHaveLength(1);
	await Promise.all(others);
	expect(attributes.valuesOf(ada.id)).toHaveLength(11);
});

it('cuts a comment that does not fit, and says so', async () => {
	const { record } = await store.record(answer({ comment: '🎉'.repeat(2000) }));
	expect(record.comment?.endsWith('…')).toBe(true);
	expect(Buffer.byteLength(attributes.valuesOf(ada.id)[0] ?? '')).toBeLessThanOrEqual(MAXIMUM_RECORD_BYTES);
	expect((await recordsOf())[0]).toEqual(record);
});

describe('another process in the same moment', () => {
	it('whose earlier record is there after ours was written makes ours the second', async () => {
		const theirs = await textOf({ action: 'rejected', at: EARLY });
		attributes.afterWrite = () => attributes.put(ada, [...attributes.valuesOf(ada.id), theirs]);
		const { status, record } = await store.record(answer({ at: LATE }));
		expect([status, record.action]).toEqual(['alreadyRecorded', 'rejected']);
	});

	it('that overwrote our record does not undo it', async () => {
		const theirs = await textOf({ action: 'rejected', at: LATE });
		attributes.afterWrite = () => {
			attributes.afterWrite = () => undefined;
			attributes.put(ada, [theirs]);
		};
		const { status, record } = await store.record(answer({ at: EARLY }));
		expect([status, record.action]).toEqual(['recorded', 'acknowledged']);
		expect(attributes.valuesOf(ada.id)).toHaveLength(2);
		expect((await recordsOf()).map(({ action }) => action)).toEqual(['acknowledged']);
	});

	it('that always overwrites is an error worth another attempt, never "recorded"', async () => {
		attributes.afterWrite = () => attributes.put(ada, []);
		const error = await failureOf(store.record(answer()));
		expect(error).toMatchObject({ recovery: 'retry', failure: 'temporarily-unavailable' });
	});

	it('leaves the same record counting in whatever order the directory lists them', async () => {
		const texts = [
			await textOf({ action: 'rejected' }),
			await textOf({ action: 'approved' }),
			await textOf({ at: LATE }),
		];
		attributes.put(ada, texts);
		const [one] = await recordsOf();
		attributes.put(ada, texts.reverse());
		expect(await recordsOf()).toEqual([one]);
		expect(one?.at).toBe(EARLY);
	});
});

describe('hostile values', () => {
	const foreign = [
		'',
		'Head of department',
		'{',
		'null',
		'[]',
		'{"is":"acknowledgment","v":1}',
		'{"is":"acknowledgment","v":1,"messageId":"m-1","personId":"id-ada","action":"__proto__","at":"x","mac":"y"}',
		'{"v":1,"messageId":"m-1","personId":"id-ada","action":"approved","at":"x","mac":"y"}',
		'{"is":"device","token":"t"}',
	];

	it('are kept exactly, and are no records', async () => {
		attributes.put(ada, foreign);
		expect(await recordsOf()).toEqual([]);
		await store.record(answer());
		expect(attributes.valuesOf(ada.id).slice(0, -1)).toEqual(foreign);
		expect(await recordsOf()).toHaveLength(1);
	});

	it.each(['action', 'at', 'comment', 'correlationId', 'device', 'mac'])(
		'with another %s than was signed are shown as not genuine, and keep nobody from answering',
		async (field) => {
			const stored = JSON.parse(await textOf({ at: LATE })) as Record<string, string>;
			stored[field] = field === 'action' ? 'rejected' : '2020-01-01T00:00:00.000Z';
			attributes.put(ada, [JSON.stringify(stored)]);
			expect((await recordsOf()).map(({ genuine }) => genuine)).toEqual([false]);
			const { status, record } = await store.record(answer());
			expect([status, record.genuine, record.action]).toEqual(['recorded', true, 'acknowledged']);
			expect(await recordsOf()).toEqual([record]);
			expect(attributes.valuesOf(ada.id)).toHaveLength(2);
		},
	);

	it('copied from another person or to another message count for nobody', async () => {
		const ofAda = await textOf({});
		attributes.put(bob, [ofAda, ofAda.replace('"id-ada"', '"id-bob"')]);
		expect((await recordsOf()).map(({ personId, genuine }) => [personId, genuine])).toEqual([
			['id-bob', false],
		]);
		attributes.put(bob, [ofAda.replace('"m-1"', '"m-2"').replace('"id-ada"', '"id-bob"')]);
		expect((await recordsOf('m-2')).map(({ genuine }) => genuine)).toEqual([false]);
	});

	it('signed with a key that is no longer accepted are not genuine', async () => {
		const other = recordKeysOf({ secret: 'a secret of somebody else, just as long' });
		attributes.put(ada, [await textOf({}, other)]);
		expect((await recordsOf()).map(({ genuine }) => genuine)).toEqual([false]);
		expect((await recordsOf('m-1', open(attributes, other))).map(({ genuine }) => genuine)).toEqual([true]);
	});
});

it('refuses one record too many instead of dropping an old one', async () => {
	const [one = ''] = [await textOf({})];
	const many = [...Array(RECORDS_A_PERSON).keys()].map((n) => one.replace('"m-1"', `"old-${n}"`));
	attributes.put(ada, ['foreign', ...many]);
	const error = await failureOf(store.record(answer()));
	expect(error).toMatchObject({ failure: 'configuration-invalid', recovery: 'skip' });
	expect(error.advice).toContain('Record Directory');
	expect(attributes.valuesOf(ada.id)).toHaveLength(RECORDS_A_PERSON + 1);
	attributes.put(ada, many.slice(1));
	expect((await store.record(answer())).status).toBe('recorded');
});

it.each<[string, Partial<NewAcknowledgment>]>([
	['no message', { messageId: '' }],
	['a person without an id', { person: person('x', { id: '' }) }],
	['an answer we do not know', { action: '__proto__' as 'approved' }],
	['a time that is none', { at: 'yesterday' }],
	['a comment that is no text', { comment: 7 as unknown as string }],
	['ids that are too long', { messageId: 'm'.repeat(2000) }],
])('refuses %s before it reads', async (_case, changed) => {
	await failureOf(store.record(answer(changed)));
	expect([attributes.reads, attributes.writes]).toEqual([0, 0]);
});

it('records nothing without a key', async () => {
	const error = await failureOf(open(attributes, { keys: [] }).record(answer()));
	expect(error.code).toBe('notConfigured');
	expect(attributes.reads).toBe(0);
});

describe('acknowledgmentStoreOf', () => {
	it('takes the store that fits, and says what to do where no attribute was chosen', async () => {
		const place = { kind: 'attributes', attributes, devicesAttribute: '' } as const;
		const chosen = acknowledgmentStoreOf({ ...place, acknowledgmentsAttribute: ATTRIBUTE }, keys);
		expect(chosen).toBeInstanceOf(AttributeAcknowledgmentStore);
		const unchosen = { ...place, acknowledgmentsAttribute: '' };
		const error = await failureOf((async () => acknowledgmentStoreOf(unchosen, keys))());
		expect(error).toMatchObject({ failure: 'configuration-invalid', recovery: 'abort' });
	});

	it('lets people stand in a subtree under the DN that the place gives them', async () => {
		const tree = new MemoryTree();
		const ownerDn = ({ id }: { id: string }) => `uid=${id},dc=records`;
		const place = { kind: 'subtree', tree, devicesDn: '', acknowledgmentsDn: 'ou=a', ownerDn } as const;
		const subtree = acknowledgmentStoreOf(place, keys);
		expect(subtree).toBeInstanceOf(SubtreeAcknowledgmentStore);
		expect((await subtree.record(answer())).record.personDn).toBe('uid=id-ada,dc=records');
		expect([...tree.entries.values()].map(({ roleOccupant }) => roleOccupant)).toContainEqual([
			'uid=id-ada,dc=records',
		]);
	});
});
