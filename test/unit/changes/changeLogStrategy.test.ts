import type { EntryChange, Snapshot } from '../../../lib/directory/changes/changes.types';
import { ChangeLogStrategy } from '../../../lib/directory/changes/strategies/changeLog.strategy';
import type { ChangeLogCursor } from '../../../lib/directory/changes/strategies/changeLog.strategy';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import { EntryComparison } from '../../../lib/directory/changes/strategies/entryComparison';
import { EntryDescriber } from '../../../lib/directory/changes/strategies/entryDescription';
import { lockPolicy } from '../../../lib/directory/changes/strategies/lockPolicy';
import { directory389 } from '../../../lib/directory/ldap/families/directory389.family';
import { EVERYTHING } from '../../contract/contractSetting';
import { MemoryChangeLog, memoryEntry } from '../../support/memoryChangeLog';
import { SnapshotMemory } from '../../support/snapshotMemory';

const idOf = (index: number): string => `${String(index).padStart(8, '0')}-00000000-00000000-00000000`;
const dnOf = (index: number): string => `uid=p${index},ou=people,dc=example,dc=org`;

describe('ChangeLogStrategy on a log in memory', () => {
	let server: MemoryChangeLog;
	let snapshots: SnapshotMemory;
	let now: number;
	let strategy: ChangeLogStrategy;

	beforeEach(() => {
		server = new MemoryChangeLog();
		snapshots = new SnapshotMemory();
		now = 0;
		const { connection } = server;
		const describer = new EntryDescriber(connection, directory389, EVERYTHING, new Map());
		const locks = lockPolicy(directory389, async () => undefined);
		const comparison = new EntryComparison(describer, ['title'], EVERYTHING.events, locks);
		const options = { reason: 'a test', detects: detections('each'), locks, now: () => now };
		strategy = new ChangeLogStrategy(connection, comparison, options);
	});

	function person(index: number): void {
		const values = { objectClass: ['person'], uid: `p${index}`, cn: `p${index}`, nsUniqueId: idOf(index) };
		server.people.set(idOf(index), memoryEntry(dnOf(index), values));
		const account = { enabled: true, locked: false, passwordResetRequired: false };
		const snapshot: Snapshot = { dn: dnOf(index), kind: 'person', account, attributes: {}, members: [] };
		snapshots.write([{ entryId: idOf(index), snapshot }]);
	}

	const logged = (changeNumber: number, index: number, changes: string): void =>
		server.log(changeNumber, {
			changeType: 'modify',
			targetDn: dnOf(index),
			targetUniqueId: idOf(index),
			changes,
		});
	const titled = (changeNumber: number, index = 1, title = String(changeNumber)): void =>
		logged(changeNumber, index, `replace: title\ntitle: ${title}\n-\n\0`);

	async function read(from: ChangeLogCursor): Promise<{ changes: EntryChange[]; cursor: ChangeLogCursor }> {
		const changes: EntryChange[] = [];
		let cursor = from;
		for await (const page of strategy.read(from, snapshots)) {
			expect(page.changes.length).toBeLessThanOrEqual(500);
			changes.push(...page.changes);
			snapshots.write(page.snapshots);
			({ cursor } = page);
		}
		return { changes, cursor };
	}
	const numbers = (changes: EntryChange[]): unknown[] =>
		changes.map(({ attributes }) => attributes[0]?.after[0]);

	it('waits a while for a number that is given but not written, and tells the rest after that', async () => {
		person(1);
		const start = await strategy.position();
		for (const number of [1, 2, 4, 5]) titled(number);
		const first = await read(start);
		expect(numbers(first.changes)).toEqual(['1', '2']);
		expect(numbers((await read(first.cursor)).changes)).toEqual([]);
		now += 5_000;
		const rest = await read(first.cursor);
		expect(numbers(rest.changes)).toEqual(['4', '5']);
		expect(await strategy.verify(rest.cursor)).toEqual({ intact: true });
	});

	it('loses nothing when the missing number is written meanwhile', async () => {
		person(1);
		const start = await strategy.position();
		for (const number of [1, 3]) titled(number);
		const first = await read(start);
		titled(2);
		expect(numbers((await read(first.cursor)).changes)).toEqual(['2', '3']);
	});

	it('passes over long stretches of numbers without records', async () => {
		person(1);
		const start = await strategy.position();
		titled(1);
		titled(2_500);
		const first = await read(start);
		expect(numbers(first.changes)).toEqual(['1']);
		now += 5_000;
		expect(numbers((await read(first.cursor)).changes)).toEqual(['2500']);
	});

	it('fails rather than skip what is trimmed while it reads', async () => {
		person(1);
		const start = await strategy.position();
		titled(10);
		server.first = 10;
		await expect(read(start)).rejects.toThrow('it begins at 10 now');
	});

	it('takes nothing of a server that answers instead of the other after the position was checked', async () => {
		person(1);
		const start = await strategy.position();
		expect(await strategy.verify(start)).toEqual({ intact: true });
		server.serverId = 'another';
		titled(1);
		await expect(read(start)).rejects.toThrow('Another server answers now (another)');
		expect(await strategy.verify(start)).toMatchObject({ intact: false });
	});

	it('says unknown of a value that cannot be read, and knows the entry again afterwards', async () => {
		person(1);
		const start = await strategy.position();
		logged(1, 1, 'replace: title\ntitle:: %%%\n-\nreplace: nsAccountLock\nnsAccountLock: true\n-\n');
		logged(2, 1, '\xff\xfe');
		const { changes } = await read(start);
		expect(changes).toMatchObject([
			{
				attributes: [{ attribute: 'title', before: [], after: 'unknown' }],
				account: { before: { enabled: true }, after: { enabled: false } },
			},
		]);
	});

	it('tells a lock that follows one which ended by itself, and until when', async () => {
		person(1);
		const start = await strategy.position();
		for (const [number, end] of ['20300101121500Z', '20300101140000Z'].entries())
			logged(number + 1, 1, `replace: accountUnlockTime\naccountUnlockTime: ${end}\n-\n`);
		const { changes } = await read(start);
		expect(changes.map(({ account }) => [account?.before.locked, account?.after.locked])).toEqual([
			[false, true],
			['unknown', true],
		]);
		expect(changes.map(({ account }) => account?.lockedUntil)).toEqual([
			'2030-01-01T12:15:00.000Z',
			'2030-01-01T14:00:00.000Z',
		]);
	});

	it('passes over records that tell of no entry', async () => {
		person(1);
		const start = await strategy.position();
		server.log(1, { changeType: 'modify', targetDn: dnOf(1) });
		server.log(2, { changeType: 'dance', targetDn: 'x', targetUniqueId: 'y' });
		server.log(3, { changeType: 'modify', targetDn: 'no DN', targetUniqueId: idOf(7), changes: 'x' });
		titled(4);
		const { changes, cursor } = await read(start);
		expect(numbers(changes)).toEqual(['4']);
		expect(cursor.changeNumber).toBe(4);
	});

	it('reads a long log in pages, each by one search', async () => {
		for (let index = 0; index < 50; index++) person(index);
		const start = await strategy.position();
		for (let number = 1; number <= 3_000; number++) titled(number, number % 50);
		const { changes } = await read(start);
		expect(numbers(changes)).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index + 1)));
		expect(server.searches).toBe(6);
	});

	it('takes fewer records at a time where they are large', async () => {
		person(1);
		const start = await strategy.position();
		for (let number = 1; number <= 12; number++)
			logged(
				number,
				1,
				`add: description\ndescription: ${'x'.repeat(4_000_000)}\n-\nreplace: title\ntitle: ${number}\n-\n`,
			);
		const { changes } = await read(start);
		expect(numbers(changes)).toEqual(Array.from({ length: 12 }, (_, index) => String(index + 1)));
		expect(server.searches).toBeGreaterThan(2);
	});
});
