import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { eventUser } from '../../../lib/directory/changes/eventSubject';
import { healthEvent } from '../../../lib/directory/changes/healthEvent';
import type { JsonValue, Snapshot } from '../../../lib/directory/changes/changes.types';
import type { StateStore, WatchPosition } from '../../../lib/directory/changes/stateStore.types';
import { openStateStore, stateFile, stateFolder } from '../../../lib/n8n/stateStore';
import { SqliteStateStore } from '../../../lib/n8n/stateStore.sqlite';
import { StaticDataStateStore } from '../../../lib/n8n/stateStore.static';
import { person } from '../../support/fakeWatch';

const position: WatchPosition = {
	directoryId: 'd',
	strategy: 's',
	scopeKey: 'k',
	cursor: { csn: { '001': 'x' } },
};
const gap = { reason: 'the log was trimmed', intended: false };
const snapshot: Snapshot = {
	dn: 'uid=a',
	kind: 'person',
	account: { enabled: true, locked: false, passwordResetRequired: 'unknown' },
	attributes: { title: ['ü'] },
	members: [],
};

async function rowsOf(store: StateStore, stage: string): Promise<Array<{ key: string; value: JsonValue }>> {
	const rows: Array<{ key: string; value: JsonValue }> = [];
	for await (const row of store.memory.all(stage)) rows.push(row);
	return rows;
}

let folder: string;
let file: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'directory-push-state-'));
	file = join(folder, 'deep', 'state.sqlite');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stores: Array<[string, (staticData: Record<string, never>) => StateStore]> = [
	['SqliteStateStore', () => new SqliteStateStore(file)],
	['StaticDataStateStore', (staticData) => new StaticDataStateStore(staticData)],
];

describe.each(stores)('%s', (_name, create) => {
	it('is empty at first, and keeps what was committed', async () => {
		const staticData = {};
		const store = create(staticData);
		expect(await store.load()).toEqual({ state: { delivered: [] } });
		await store.commit({ state: { position, delivered: ['e1'], attempt: { eventIds: ['e2'], count: 3 } } });
		await store.commit({ state: { outage: { since: 'then', reported: true }, attempt: undefined } });
		await store.close();
		const again = create(staticData);
		expect((await again.load()).state).toEqual({
			position,
			delivered: ['e1'],
			outage: { since: 'then', reported: true },
		});
		await again.close();
	});

	it('forgets the position at a reset, but not an outage, an untold gap or who was told', async () => {
		const store = create({});
		await store.load();
		await store.commit({
			state: { position, delivered: ['e1'], outage: { since: 'then', reported: true }, gap },
			firsts: [{ key: 'k', at: '2030-01-01T00:00:00.000Z' }],
		});
		await store.reset();
		expect((await store.load()).state).toEqual({
			delivered: [],
			outage: { since: 'then', reported: true },
			gap,
		});
		expect(await store.firsts(['k', 'other'])).toEqual(new Map([['k', '2030-01-01T00:00:00.000Z']]));
		await store.commit({ forgetFirstsBefore: '2030-01-02T00:00:00.000Z' });
		expect(await store.firsts(['k'])).toEqual(new Map());
		await store.close();
	});

	it('remembers for each stage by key, forgets what it is told to, and all of it at a reset', async () => {
		const store = create({});
		await store.load();
		await store.commit({
			memory: [
				{ stage: 'one', key: 'b', value: { deep: ['ü', null, 1] } },
				{ stage: 'one', key: 'a', value: 1 },
				{ stage: 'one', key: '', value: false },
				{ stage: 'other', key: 'a', value: 'not mine' },
			],
		});
		await store.commit({
			memory: [
				{ stage: 'one', key: 'a', value: 2 },
				{ stage: 'one', key: '', value: undefined },
			],
		});
		expect(await rowsOf(store, 'one')).toEqual([
			{ key: 'a', value: 2 },
			{ key: 'b', value: { deep: ['ü', null, 1] } },
		]);
		expect(await rowsOf(store, 'other')).toEqual([{ key: 'a', value: 'not mine' }]);
		await store.reset();
		expect(await rowsOf(store, 'one')).toEqual([]);
		await store.close();
	});

	it('keeps that a gap is to be reconciled', async () => {
		const store = create({});
		await store.load();
		await store.commit({ state: { gap: { ...gap, reconciling: true } } });
		expect((await store.load()).state.gap).toEqual({ ...gap, reconciling: true });
		await store.close();
	});
});

describe('SqliteStateStore', () => {
	it('keeps as many rows of a stage as there are people, in pages that may be written between', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const key = (index: number): string => String(index).padStart(6, '0');
		await store.commit({
			memory: Array.from({ length: 12_000 }, (_, index) => ({ stage: 's', key: key(index), value: index })),
		});
		await store.close();
		await store.load();
		const seen: string[] = [];
		for await (const row of store.memory.all('s')) {
			if (seen.push(row.key) === 1)
				await store.commit({ memory: [{ stage: 's', key: key(9_000), value: undefined }] });
		}
		expect(seen).toHaveLength(11_999);
		expect(seen).toEqual([...seen].sort());
		await store.close();
	});

	it('undoes what was remembered with the rest of a commit that fails', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const cyclic: Record<string, JsonValue> = {};
		cyclic.self = cyclic;
		const memory = [
			{ stage: 's', key: 'a', value: 1 },
			{ stage: 's', key: 'b', value: cyclic },
		];
		await expect(store.commit({ state: { position }, memory })).rejects.toThrow(TypeError);
		expect(await rowsOf(store, 's')).toEqual([]);
		await store.close();
		expect((await store.load()).state.position).toBeUndefined();
		await store.close();
	});

	it('goes on with what version 2 remembered', async () => {
		const first = new SqliteStateStore(file);
		await first.load();
		await first.commit({ state: { position }, snapshots: [{ entryId: 'e1', snapshot }] });
		await first.close();
		const database = new DatabaseSync(file);
		database.exec('DROP TABLE memory; PRAGMA user_version = 2');
		database.close();
		const store = new SqliteStateStore(file);
		expect(await store.load()).toEqual({ state: { delivered: [], position } });
		expect(await store.snapshots.get(['e1'])).toEqual(new Map([['e1', snapshot]]));
		await store.commit({ memory: [{ stage: 's', key: 'k', value: 1 }] });
		expect(await rowsOf(store, 's')).toEqual([{ key: 'k', value: 1 }]);
		await store.close();
	});

	it('keeps snapshots, and many keys at a time', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const snapshots = Array.from({ length: 1200 }, (_, index) => ({ entryId: `e${index}`, snapshot }));
		await store.commit({ snapshots });
		await store.commit({ snapshots: [{ entryId: 'e0', snapshot: undefined }] });
		const found = await store.snapshots.get(snapshots.map(({ entryId }) => entryId));
		expect(found.size).toBe(1199);
		expect(found.get('e1')).toEqual(snapshot);
		await store.close();
	});

	it('keeps all that a strategy remembers of an entry, and little of what many entries share', async () => {
		const id = (index: number) => `04f2d12b-0000-4000-8000-${String(index).padStart(12, '0')}`;
		const remembered = (index: number): Snapshot => ({
			...snapshot,
			dn: `oTPerson=${id(index)},orgunit=users,partition=Staff,dc=identity,dc=opentext,dc=net`,
			name: index % 2 === 0 ? `user${index}` : undefined,
			account: { enabled: false, locked: 'unknown', passwordResetRequired: true },
			attributes: {},
			memberOf: index === 0 ? [] : [id(900_001), id(900_002)],
			generation: index === 0 ? undefined : index,
		});
		const store = new SqliteStateStore(file);
		await store.load();
		const snapshots = Array.from({ length: 5_000 }, (_, index) => ({
			entryId: id(index),
			snapshot: remembered(index),
		}));
		await store.commit({ snapshots });
		const group = { ...snapshot, kind: 'group' as const, members: [{ value: 'uid=b', is: 'dn' as const }] };
		await store.commit({ snapshots: [{ entryId: 'a group', snapshot: group }] });
		await store.close();
		expect((await stat(file)).size / 5_000).toBeLessThan(100);
		await store.load();
		const found = await store.snapshots.get([id(0), id(1), id(2), 'a group']);
		for (const index of [0, 1, 2]) expect(found.get(id(index))).toEqual(remembered(index));
		expect(found.get('a group')).toEqual(group);
		const ids: string[] = [];
		for await (const some of store.snapshots.entryIds()) ids.push(...some);
		expect(ids.sort()).toEqual([...snapshots.map(({ entryId }) => entryId), 'a group'].sort());
		await store.close();
	});

	it('takes a row that is not what was written for none', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const head = ['pyny', 'uid=a', 0, 0, 0];
		const rows = [null, 7, {}, [], [1, 2], ['p', 4], ['p', 'uid=a', 0, 'x'], ['p', 'uid=a', 0, [9]]];
		const attributes = [null, 'x', [['a']], { title: 'x' }, { title: [1] }].map((value) => [...head, value]);
		const members = [null, 'x', [null], [{ value: 1, is: 'dn' }]].map((value) => [...head, 0, value]);
		const hostile = [...rows, ...attributes, ...members].map((row) => JSON.stringify(row));
		const database = new DatabaseSync(file);
		for (const [index, packed] of [...hostile, '{', ''].entries())
			database.prepare('INSERT INTO snapshot VALUES (?, ?)').run(`e${index}`, packed);
		database.close();
		await store.commit({ snapshots: [{ entryId: 'whole', snapshot }] });
		const found = await store.snapshots.get([...hostile, '', ''].map((_, index) => `e${index}`));
		expect([...found]).toEqual([]);
		expect((await store.snapshots.get(['whole'])).get('whole')).toEqual(snapshot);
		await store.close();
	});

	it('notes a shared text again when the commit that first noted it was undone', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const attributes: Record<string, string[]> = {};
		const cyclic = { ...snapshot, attributes: Object.assign(attributes, { self: attributes }) };
		const member = { ...snapshot, memberOf: ['g'] };
		const broken = [
			{ entryId: 'a', snapshot: member },
			{ entryId: 'b', snapshot: cyclic },
		];
		await expect(store.commit({ snapshots: broken })).rejects.toThrow(TypeError);
		await store.commit({ snapshots: broken.slice(0, 1) });
		await store.close();
		await store.load();
		expect((await store.snapshots.get(['a'])).get('a')).toEqual(member);
		await store.close();
	});

	it('goes on with what version 1 remembered', async () => {
		await mkdir(join(folder, 'deep'));
		const database = new DatabaseSync(file);
		database.exec(`
			CREATE TABLE state (part TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
			CREATE TABLE snapshot (entry TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
			CREATE TABLE first_event (key TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
			CREATE TABLE given_up (id INTEGER PRIMARY KEY, at TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, events TEXT NOT NULL);
			PRAGMA user_version = 1;
		`);
		database.prepare('INSERT INTO state VALUES (?, ?)').run('position', JSON.stringify(position));
		const device = { ...snapshot, kind: 'device' as const };
		const insert = database.prepare('INSERT INTO snapshot VALUES (?, ?)');
		insert.run('e1', JSON.stringify(snapshot));
		insert.run('d1', JSON.stringify(device));
		database.close();
		const store = new SqliteStateStore(file);
		expect(await store.load()).toEqual({ state: { delivered: [], position } });
		expect(await store.snapshots.get(['e1'])).toEqual(new Map([['e1', snapshot]]));
		expect(await store.snapshots.get(['d1'])).toEqual(new Map([['d1', device]]));
		await store.commit({ memory: [{ stage: 's', key: 'k', value: 1 }] });
		expect(await rowsOf(store, 's')).toEqual([{ key: 'k', value: 1 }]);
		await store.close();
	});

	it('makes all of its tables or none, and moves aside what is not its own', async () => {
		const foreign = join(folder, 'foreign.sqlite');
		const database = new DatabaseSync(foreign);
		database.exec('CREATE TABLE snapshot (other TEXT)');
		database.close();
		const store = new SqliteStateStore(foreign);
		const { state, incident } = await store.load();
		expect(state).toEqual({ delivered: [] });
		const [, aside = ''] = /now at (\S+);/.exec(incident ?? '') ?? [];
		await store.close();
		const kept = new DatabaseSync(aside);
		expect(kept.prepare('SELECT name FROM sqlite_master').all()).toMatchObject([{ name: 'snapshot' }]);
		kept.close();
	});

	it('writes all of a commit or nothing', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		const attributes: Record<string, string[]> = {};
		const cyclic = { ...snapshot, attributes: Object.assign(attributes, { self: attributes }) };
		const state = { position, delivered: ['half'] };
		const broken = { entryId: 'e', snapshot: cyclic };
		await expect(store.commit({ state, snapshots: [broken] })).rejects.toThrow(TypeError);
		expect((await store.load()).state).toEqual({ delivered: [] });
		await store.close();
	});

	it('keeps given-up batches readable for an administrator', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		await store.commit({ givenUp: { at: 'then', attempts: 5, reason: 'why', events: [] } });
		await store.reset();
		await store.close();
		const database = new DatabaseSync(file);
		expect(database.prepare('SELECT at, attempts, reason, events FROM given_up').all()).toEqual([
			expect.objectContaining({ at: 'then', attempts: 5, reason: 'why', events: '[]' }),
		]);
		database.close();
	});

	it('can be read by its owner alone', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		expect((await stat(file)).mode & 0o777).toBe(0o600);
		expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700);
		await store.close();
	});

	it.each([
		['no database', Buffer.from('this is no database, whatever its name says. '.repeat(40))],
		['a torn header', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4000, 0xff)])],
	])('moves a damaged file aside and says so: %s', async (_what, content) => {
		await new SqliteStateStore(file).load().then(() => undefined);
		await writeFile(file, content);
		const store = new SqliteStateStore(file);
		const { state, incident } = await store.load();
		expect(state).toEqual({ delivered: [] });
		expect(incident).toContain('damaged');
		expect((await readdir(join(folder, 'deep'))).some((name) => name.includes('.damaged-'))).toBe(true);
		await store.commit({ state: { position } });
		await store.close();
	});

	it.each([
		['a cursor without its owner', "INSERT INTO state VALUES ('position', '{\"cursor\":1}')"],
		['no JSON', "INSERT INTO state VALUES ('position', '{')"],
		['a part that does not exist', "INSERT INTO state VALUES ('surprise', '1')"],
		['a missing table', 'DROP TABLE state'],
	])('takes content that it did not write for damage: %s', async (_what, sql) => {
		const first = new SqliteStateStore(file);
		await first.load();
		await first.close();
		const database = new DatabaseSync(file);
		database.exec(sql);
		database.close();
		const store = new SqliteStateStore(file);
		expect((await store.load()).incident).toContain('damaged');
		await store.close();
	});

	it('leaves a file of a newer version alone', async () => {
		const first = new SqliteStateStore(file);
		await first.load();
		await first.close();
		const database = new DatabaseSync(file);
		database.exec('PRAGMA user_version = 99');
		database.close();
		await expect(new SqliteStateStore(file).load()).rejects.toMatchObject({
			failure: 'configuration-invalid',
		});
		expect(await readdir(join(folder, 'deep'))).toEqual(['state.sqlite']);
	});

	it('survives kill -9 in the middle of a commit', async () => {
		const store = new SqliteStateStore(file);
		await store.load();
		await store.commit({ state: { position, delivered: ['whole'] } });
		await store.close();
		// Another process dies inside its transaction.
		const script = `
			const { DatabaseSync } = require('node:sqlite');
			const database = new DatabaseSync(${JSON.stringify(file)});
			database.exec("PRAGMA cache_size = 1; BEGIN IMMEDIATE");
			const insert = database.prepare("INSERT INTO snapshot VALUES (?, ?)");
			for (let index = 0; index < 5000; index++) insert.run('e' + index, 'x'.repeat(500));
			database.exec("UPDATE state SET json = '[]' WHERE part = 'delivered'");
			process.stdout.write('inside');
			setInterval(() => {}, 1000);
		`;
		const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
		await once(child.stdout, 'data');
		child.kill('SIGKILL');
		await once(child, 'exit');
		const again = new SqliteStateStore(file);
		expect(await again.load()).toEqual({ state: { position, delivered: ['whole'] } });
		expect((await again.snapshots.get(['e0'])).size).toBe(0);
		await again.close();
	});
});

describe('StaticDataStateStore', () => {
	it('holds no names: neither snapshots nor given-up events', async () => {
		const staticData = {};
		const store = new StaticDataStateStore(staticData);
		const happening = { message: 'm', advice: 'a', at: 'then' };
		const event = {
			...healthEvent('health.reconciled', happening, {}, new Date(0)),
			user: eventUser(person('ann', { displayName: 'Ann' })),
		};
		await store.commit({
			snapshots: [{ entryId: 'e', snapshot }],
			givenUp: { at: 'then', attempts: 1, reason: 'r', events: [event] },
			memory: [{ stage: 's', key: 'uid=ann', value: { name: 'Ann' } }],
		});
		expect(JSON.stringify(staticData)).not.toMatch(/Ann|uid=a|ü/);
		expect(store.keepsSnapshots).toBe(false);
	});

	it('remembers little for stages, the latest of it', async () => {
		const store = new StaticDataStateStore({});
		const memory = Array.from({ length: 6_000 }, (_, index) => ({
			stage: 's',
			key: String(index),
			value: index,
		}));
		await store.commit({ memory });
		const rows = await rowsOf(store, 's');
		expect(rows).toHaveLength(5_000);
		expect(rows.some(({ key }) => key === '5999')).toBe(true);
	});

	it.each(['{', 'null', '7', '[1]', '{"k":1}'])('takes %s for nobody who was told before', async (firsts) => {
		const store = new StaticDataStateStore({ firsts });
		await store.load();
		expect(await store.firsts(['k'])).toEqual(new Map());
		await store.commit({ firsts: [{ key: 'k', at: '2030' }] });
		expect(await store.firsts(['k'])).toEqual(new Map([['k', '2030']]));
	});

	it('says when what it finds is damaged', async () => {
		const store = new StaticDataStateStore({ position: '{"cursor":' });
		expect((await store.load()).incident).toContain('damaged');
	});
});

describe('openStateStore', () => {
	const owner = { workflowId: 'w', nodeId: 'n', staticData: {} };

	it('uses the folder that an administrator chose, else one below the user folder of n8n', () => {
		expect(stateFolder({ N8N_DIRECTORY_PUSH_STATE_FOLDER: '/srv/state' })).toBe('/srv/state');
		expect(stateFolder({ N8N_USER_FOLDER: '/data' })).toBe('/data/.n8n/directory-push');
	});

	it('gives each node a file of its own that stays inside the folder', () => {
		expect(stateFile('/f', 'w', 'n')).not.toBe(stateFile('/f', 'w', 'n2'));
		expect(stateFile('/f', 'a-b', 'c')).not.toBe(stateFile('/f', 'a', 'b-c'));
		expect(stateFile('/f', '../../etc', 'x/y')).toMatch(/^\/f\/[\w-]+\.sqlite$/);
	});

	it('falls back to static data where the folder cannot be used, and says why', async () => {
		await writeFile(join(folder, 'occupied'), 'a file');
		const reasons: string[] = [];
		const environment = { N8N_DIRECTORY_PUSH_STATE_FOLDER: join(folder, 'occupied', 'state') };
		const store = await openStateStore(owner, environment, (reason) => reasons.push(reason));
		expect(store.keepsSnapshots).toBe(false);
		expect(reasons[0]).toContain('repeats its last batch after a restart');
	});

	it('falls back where it may not write', async () => {
		const readOnly = join(folder, 'read-only');
		await new SqliteStateStore(join(readOnly, 'x')).load();
		await chmod(readOnly, 0o500);
		const reasons: string[] = [];
		const store = await openStateStore(owner, { N8N_DIRECTORY_PUSH_STATE_FOLDER: readOnly }, (reason) =>
			reasons.push(reason),
		);
		// An administrator (uid 0) may write everywhere.
		expect(store.keepsSnapshots).toBe(process.getuid?.() === 0);
		await chmod(readOnly, 0o700);
	});
});
