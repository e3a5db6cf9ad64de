import type { EntryChange, JsonValue } from '../../../lib/directory/changes/changes.types';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import type { SnapshotOptions } from '../../../lib/directory/changes/strategies/snapshot.strategy';
import { SnapshotStrategy } from '../../../lib/directory/changes/strategies/snapshot.strategy';
import { failureOf } from '../../support/ldap';
import { MemorySource } from '../../support/memorySource';
import { SnapshotMemory } from '../../support/snapshotMemory';

const NOW = '2030-01-01T00:00:00.000Z';

let source: MemorySource;
let strategy: SnapshotStrategy;
let remembered: SnapshotMemory;
const cursor = { epoch: NOW };

beforeEach(() => {
	source = new MemorySource();
	strategy = newStrategy();
	remembered = new SnapshotMemory();
});

const newStrategy = (changes: Partial<SnapshotOptions> = {}) =>
	new SnapshotStrategy(source, {
		reason: 'it is a test',
		scopeKey: 'all',
		detects: detections('net'),
		now: () => new Date(NOW),
		...changes,
	});

async function begin(): Promise<void> {
	for await (const writes of strategy.baseline()) remembered.write(writes);
}

/** What is told, in words; every page is committed. */
async function told(handOff: (changes: EntryChange[]) => unknown = () => {}): Promise<string[]> {
	const words: string[] = [];
	for await (const page of strategy.read(cursor, remembered)) {
		handOff(page.changes);
		remembered.write(page.snapshots);
		words.push(...page.changes.map(inWords));
	}
	return words;
}

/** The changes themselves; every page is committed. */
async function changes(): Promise<EntryChange[]> {
	const all: EntryChange[] = [];
	await told((some) => all.push(...some));
	return all;
}

function inWords({ operation, entryId, account, attributes, members, group }: EntryChange): string {
	const joined = members.added.map(({ value }) => `${value} joins ${group?.name}`);
	const left = members.removed.map(({ value }) => `${value} leaves ${group?.name}`);
	if (joined.length + left.length > 0) return [...joined, ...left].join();
	const flags = account ? ` enabled=${String(account.after.enabled)}` : '';
	const values = attributes.map(({ attribute, after }) => ` ${attribute}=${String(after)}`).join('');
	return `${entryId} ${operation}${flags}${values}`;
}

describe('SnapshotStrategy', () => {
	it('tells a newcomer, and the groups they came with', async () => {
		source.addGroup('g');
		await begin();
		source.addPerson('ann', { memberOf: ['g'] });
		expect(await told()).toEqual(['ann created', 'oTPerson=ann joins Group g']);
		expect(await told()).toEqual([]);
	});

	it('takes an old entry that comes into sight for no newcomer, and follows it from then on', async () => {
		await begin();
		source.addPerson('old', { createdAt: '2001-01-01T00:00:00.000Z' });
		expect(await told()).toEqual([]);
		source.change('old', { enabled: false });
		expect(await told()).toEqual(['old modified enabled=false']);
	});

	it('tells who is gone, and what they were in, even when that is gone as well', async () => {
		source.addPeople(10);
		source.addGroup('g');
		source.addPerson('ann', { memberOf: ['g'] });
		await begin();
		source.entries.delete('ann');
		source.entries.delete('g');
		expect(await told()).toEqual(['oTPerson=ann leaves Group g', 'ann deleted', 'g deleted']);
		expect(await told()).toEqual([]);
	});

	it('forgets who only left its sight, and tells no deletion', async () => {
		source.addPeople(5);
		await begin();
		source.outOfSight.add('p1');
		for (const title of ['one', 'two']) {
			source.change('p0', { title });
			expect(await told()).toEqual([`p0 modified title=${title}`]);
		}
		expect(await remembered.get(['p1'])).toEqual(new Map());
	});

	it('names what happens to somebody who came back unlike what happened before', async () => {
		source.addPeople(5);
		await begin();
		source.change('p1', { enabled: false });
		const [before] = await changes();
		source.outOfSight.add('p1');
		for (const title of ['one', 'two']) {
			source.change('p0', { title });
			await told();
		}
		source.outOfSight.clear();
		source.change('p1', { enabled: true, createdAt: '2001-01-01T00:00:00.000Z' });
		expect(await told()).toEqual([]);
		source.change('p1', { enabled: false });
		const [after] = await changes();
		expect(after).toMatchObject({ account: before?.account });
		expect(after?.changeId).not.toBe(before?.changeId);
	});

	it('takes nobody for new whom a single walk missed', async () => {
		source.addPeople(5);
		await begin();
		source.addPerson('new');
		expect(await told()).toEqual(['new created']);
		source.outOfSight.add('new');
		expect(await told()).toEqual([]);
		source.outOfSight.clear();
		expect(await told()).toEqual([]);
		source.change('new', { enabled: false });
		expect(await told()).toEqual(['new modified enabled=false']);
	});

	it('neither tells nor forgets anything when a fifth of everybody seems to be gone', async () => {
		source.addPeople(100);
		await begin();
		for (let index = 0; index < 21; index++) source.entries.delete(`p${index}`);
		source.change('p50', { enabled: false });
		const before = JSON.stringify(remembered);
		await expect(told()).rejects.toMatchObject({
			message: expect.stringMatching(/^21 of 100 users and groups seem to be gone/) as string,
			code: 'deletions-held-back',
		});
		expect(JSON.stringify(remembered)).toBe(before);
	});

	it('believes that few are gone, be they most of a small directory', async () => {
		source.addPeople(25);
		await begin();
		for (let index = 0; index < 19; index++) source.entries.delete(`p${index}`);
		expect(await told()).toHaveLength(19);
	});

	it('believes that many are gone from a large directory', async () => {
		source.addPeople(200);
		await begin();
		for (let index = 0; index < 40; index++) source.entries.delete(`p${index}`);
		expect(await told()).toHaveLength(40);
	});

	it('asks for nine times as much rest as its walk took', async () => {
		let time = Date.parse(NOW);
		strategy = newStrategy({ now: () => new Date((time += 1_000)) });
		await begin();
		await told();
		expect(strategy.restMs).toBe(9_000);
	});

	it('compares a page again only when it is another one', async () => {
		source.addPeople(9);
		await begin();
		await told();
		source.compared = 0;
		expect(await told()).toEqual([]);
		expect(source.compared).toBe(0);
		source.change('p4', { title: 'new' });
		expect(await told()).toEqual(['p4 modified title=new']);
		expect(source.compared).toBe(3);
	});

	it('notices a page that vanished among pages it knows', async () => {
		source.addPeople(9);
		await begin();
		await told();
		for (const id of ['p6', 'p7', 'p8']) source.entries.delete(id);
		expect(await told()).toEqual(['p6 deleted', 'p7 deleted', 'p8 deleted']);
	});

	it('notices that a page which had just been changed vanished', async () => {
		source.addPeople(9);
		await begin();
		source.change('p7', { title: 'new' });
		await told();
		for (const id of ['p6', 'p7', 'p8']) source.entries.delete(id);
		expect(await told()).toHaveLength(3);
	});

	it('relies on no page of a read that did not end well', async () => {
		source.addPeople(9);
		await begin();
		await told();
		source.change('p4', { enabled: false });
		const refuse = () => {
			throw new Error('refused');
		};
		await expect(told(refuse)).rejects.toThrow('refused');
		expect(await told()).toEqual(['p4 modified enabled=false']);
		source.change('p4', { enabled: true });
		source.breakAfter = 2;
		await expect(told()).rejects.toThrow('the walk broke off');
		expect(await told()).toEqual(['p4 modified enabled=true']);
	});

	it('tells an entry that a walk meets twice once', async () => {
		source.addPeople(7);
		await begin();
		source.repeated = ['p1', 'p1'];
		source.change('p1', { title: 'twice' });
		source.addPerson('new');
		source.repeated.push('new');
		expect(await told()).toEqual(['p1 modified title=twice', 'new created']);
		source.change('p1', { title: '' });
		expect(await told()).toEqual(['p1 modified title=']);
		expect(await told()).toEqual([]);
	});

	it('tells nothing of groups that nobody can see', async () => {
		source.addPerson('ann');
		await begin();
		source.change('ann', { memberOf: ['nowhere'] });
		expect(await told()).toEqual([]);
		source.change('ann', { memberOf: [] });
		expect(await told()).toEqual([]);
	});

	it('hands over many differences in pages, each once, and holds no walk open meanwhile', async () => {
		source.addPeople(7_000);
		source.pageSize = 250;
		await begin();
		for (let index = 0; index < 6_700; index++) source.change(`p${index}`, { enabled: false });
		const sizes: number[] = [];
		source.walks = 0;
		const words = await told((changes) => {
			sizes.push(changes.length);
			expect(source.isWalking).toBe(false);
		});
		expect(new Set(words).size).toBe(6_700);
		expect(words).toHaveLength(6_700);
		expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
		expect(source.walks).toBe(2);
		expect(await told()).toEqual([]);
	});

	it('names a change alike for another strategy object that reads it again', async () => {
		source.addGroup('g');
		source.addPerson('ann');
		await begin();
		source.change('ann', { enabled: false, memberOf: ['g'] });
		const idsOf = async () => {
			const ids: string[] = [];
			for await (const { changes } of newStrategy().read(cursor, remembered))
				ids.push(...changes.map(({ changeId }) => changeId));
			return ids;
		};
		const ids = await idsOf();
		expect(ids).toHaveLength(2);
		expect(await idsOf()).toEqual(ids);
	});

	it('tells groups made and gone, and groups put into groups', async () => {
		source.addGroup('outer');
		source.addGroup('inner');
		await begin();
		source.addGroup('new');
		source.change('inner', { memberOf: ['outer'] });
		expect(await told()).toEqual(['oTGroup=inner joins Group outer', 'new created']);
		source.entries.delete('outer');
		source.entries.delete('inner');
		source.entries.delete('new');
		expect((await told()).sort()).toEqual([
			'inner deleted',
			'new deleted',
			'oTGroup=inner leaves Group outer',
			'outer deleted',
		]);
		expect(await told()).toEqual([]);
	});

	it('knows a group that is gone while it tells what was in it, however many are gone', async () => {
		source.pageSize = 1_000;
		for (let index = 0; index < 600; index++) source.addGroup(`g${index}`);
		source.addGroup('last', { memberOf: ['g0'] });
		source.addPeople(3_000);
		await begin();
		for (const id of [...source.entries.keys()].slice(0, 601)) source.entries.delete(id);
		const words = await told();
		expect(words).toHaveLength(602);
		expect(words).toContain('oTGroup=last leaves Group g0');
	});

	it('takes an old group that comes into sight for no new one', async () => {
		await begin();
		source.addGroup('old', { createdAt: '2001-01-01T00:00:00.000Z' });
		source.addPerson('ann', { memberOf: ['old'] });
		expect(await told()).toEqual(['ann created', 'oTPerson=ann joins Group old']);
	});

	it('tells a move and a rename, with what was before', async () => {
		source.addPerson('ann');
		source.addPerson('bob');
		await begin();
		source.change('ann', { unit: 'floor' });
		source.change('bob', { name: 'robert' });
		const moved = await changes();
		expect(moved).toMatchObject([
			{ previousDn: 'oTPerson=ann', dn: 'oTPerson=ann,unit=floor' },
			{ previousName: 'bob', person: { username: 'robert' } },
		]);
		expect(moved[0]).not.toHaveProperty('previousName');
		expect(moved[1]).not.toHaveProperty('previousDn');
	});

	it('tells first that somebody moved, then what they joined where they are now', async () => {
		source.addGroup('g');
		source.addPerson('ann');
		await begin();
		source.change('ann', { unit: 'floor', memberOf: ['g'] });
		expect(await told()).toEqual(['ann modified', 'oTPerson=ann,unit=floor joins Group g']);
	});

	it('tells a first device once, also of a newcomer, and again only when all were gone', async () => {
		source.addPerson('ann');
		await begin();
		source.change('ann', { hasDevice: true });
		source.addPerson('new', { hasDevice: true });
		const first = await changes();
		expect(first.map(({ device, person }) => [device?.owner.value, person?.id])).toEqual([
			['oTPerson=ann', undefined],
			[undefined, 'new'],
			['oTPerson=new', undefined],
		]);
		source.change('ann', { title: 'with a device' });
		expect(await told()).toEqual(['ann modified title=with a device']);
		source.change('ann', { hasDevice: false });
		expect(await told()).toEqual([]);
		source.change('ann', { hasDevice: true });
		const second = await changes();
		expect(second).toMatchObject([{ device: { owner: { value: 'oTPerson=ann' } } }]);
		expect(second[0]?.changeId).not.toBe(first[0]?.changeId);
	});

	it('tells who is gone in great numbers once an administrator accepted just that', async () => {
		source.addPeople(100);
		await begin();
		for (let index = 0; index < 21; index++) source.entries.delete(`p${index}`);
		const refused = await failureOf(told());
		const code = /enter ([\da-f]{8}) under/.exec(refused.advice ?? '')?.[1];
		strategy = newStrategy({ acceptedAbsence: 'deadbeef' });
		await expect(told()).rejects.toThrow('seem to be gone');
		strategy = newStrategy({ acceptedAbsence: code });
		expect(await told()).toHaveLength(21);
	});

	it('takes no position that is not its own', async () => {
		expect(await strategy.verify(cursor)).toEqual({ intact: true });
		const others: JsonValue[] = [null, 'x', 17, [], {}, { epoch: 'x' }, { epoch: 3 }];
		for (const foreign of others) expect(await strategy.verify(foreign)).toMatchObject({ intact: false });
	});
});
