import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { WatchScope } from '../lib/directory/changes/event.types.ts';
import type { DirectoryWatch } from '../lib/directory/changes/openWatch.ts';
import type { StateStore, WatchState } from '../lib/directory/changes/stateStore.types.ts';
import type { OtdsSettings } from '../lib/directory/otds/otds.types.ts';
import type { Benchmark, BenchmarkRow } from './benchmark.types.ts';
import { percentile, row } from './benchmark.types.ts';
import { BareWalk, PeakMemory } from './otds.bareWalk.ts';
import type { ServerReady } from './otds.server.ts';

const PEOPLE = 50_000;
const GROUPS = 500;
const PAGE_SIZE = 500;
const ROUNDS = 7;
const GOAL_MIB = 64;
const GOAL_BYTES = 100;

/** Everything but User Updated, which has to remember the watched values as well. */
const SCOPE: WatchScope = {
	events: new Set([
		'user.created',
		'user.enabled',
		'user.disabled',
		'user.deleted',
		'group.memberAdded',
		'group.memberRemoved',
	]),
	base: '',
	conditions: [],
	groups: [],
	attributes: [],
};

/** Watching a partition of 50,000 users over REST, beside a script that fetches and parses the same pages and does nothing with them. */
export const otds: Benchmark = {
	name: 'otds',
	async run(tell): Promise<BenchmarkRow[]> {
		tell(`Loading ${PEOPLE} users in ${GROUPS} groups into the simulator …`);
		const server = fork(join(import.meta.dirname, 'otds.server.ts'), [String(PEOPLE), String(GROUPS)]);
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-bench-'));
		try {
			const [ready] = (await once(server, 'message')) as [ServerReady];
			return await measured(server, ready, join(folder, 'state.sqlite'), tell);
		} finally {
			server.kill();
			await rm(folder, { recursive: true, force: true });
		}
	},
};

async function measured(
	server: ChildProcess,
	ready: ServerReady,
	file: string,
	tell: (line: string) => void,
): Promise<BenchmarkRow[]> {
	const pack = await built();
	const barePeak = await peakOfBareWalk(ready);
	const bare = new BareWalk(ready, PAGE_SIZE);
	await bare.logIn();
	const store = pack.store(file);
	const { state } = await store.load();
	const idle = inUse();
	const memory = new PeakMemory();
	const watch = await pack.openWatch(settingsOf(ready), SCOPE);
	await requestsOf(server);
	const first = await seconds(() => pack.establishPosition(watch, store, state));
	const firstRequests = await requestsOf(server);
	await quietCycle(watch, store, state);
	await quietCycle(watch, store, state);
	const peak = memory.stop();
	const bytes = (await stat(file)).size / (PEOPLE + GROUPS);
	await requestsOf(server);
	const quiet: number[] = [];
	const walks: number[] = [];
	for (let round = 1; round <= ROUNDS; round++) {
		walks.push(
			await seconds(async () => {
				const count = await bare.walk();
				if (count !== PEOPLE + GROUPS) throw new Error(`${count} objects were read`);
			}),
		);
		quiet.push(await seconds(() => quietCycle(watch, store, state)));
		tell(
			`round ${round}: bare walk ${walks.at(-1)?.toFixed(2)} s, quiet cycle ${quiet.at(-1)?.toFixed(2)} s`,
		);
	}
	const walkRequests = (PEOPLE + GROUPS) / PAGE_SIZE;
	const quietRequests = (await requestsOf(server)) / ROUNDS - walkRequests;
	const held = await heldMiB(watch, () => quietCycle(watch, store, state), idle);
	await watch.close();
	await store.close();
	bare.close();
	const walk = percentile(walks, 0.5);
	const reference = { referenceName: 'fetch and parse the same pages' };
	const goal = { referenceName: 'the goal itself', goal: 1 };
	return [
		row({ ...reference, name: 'first snapshot', unit: 's', ours: first, reference: walk, goal: 3 }),
		row({
			...reference,
			name: 'first snapshot',
			unit: 'requests',
			ours: firstRequests,
			reference: walkRequests,
			goal: 1.1,
		}),
		row({
			...reference,
			name: `quiet cycle, median of ${ROUNDS}`,
			unit: 's',
			ours: percentile(quiet, 0.5),
			reference: walk,
			goal: 1.1,
		}),
		row({
			...reference,
			name: 'quiet cycle',
			unit: 'requests',
			ours: quietRequests,
			reference: walkRequests,
			goal: 1,
		}),
		row({
			name: 'resident memory above idle, peak',
			unit: 'MiB',
			ours: peak,
			reference: barePeak,
			referenceName: 'the bare walk, three times',
			goal: 2,
		}),
		row({ ...goal, name: 'resident memory above idle, peak', unit: 'MiB', ours: peak, reference: GOAL_MIB }),
		row({ ...goal, name: 'memory in use above idle, peak', unit: 'MiB', ours: held, reference: GOAL_MIB }),
		row({ ...goal, name: 'state per entry', unit: 'bytes', ours: bytes, reference: GOAL_BYTES }),
	];
}

/** In a process of its own: memory that was taken once is rarely given back. */
async function peakOfBareWalk(ready: ServerReady): Promise<number> {
	const program = join(import.meta.dirname, 'otds.bareWalk.ts');
	const child = fork(program, [JSON.stringify(ready), String(PAGE_SIZE)]);
	const [peak] = (await once(child, 'message')) as [number];
	return peak;
}

async function quietCycle(watch: DirectoryWatch, store: StateStore, state: WatchState): Promise<void> {
	const cursor = state.position?.cursor;
	if (cursor === undefined) throw new Error('there is no position');
	for await (const { changes } of watch.strategy.read(cursor, store.snapshots))
		throw new Error(`${changes.length} changes where nothing was changed`);
}

/** What a walk really holds: without the garbage that a process with memory to spare does not collect at once. */
async function heldMiB(watch: DirectoryWatch, cycle: () => Promise<void>, idle: number): Promise<number> {
	const found: number[] = [];
	for await (const writes of watch.strategy.baseline()) {
		if (writes.length > 0) found.push(inUse());
	}
	await cycle();
	await cycle();
	found.push(inUse());
	return (Math.max(...found) - idle) / 2 ** 20;
}

/** Collected first, when node runs with --expose-gc. */
function inUse(): number {
	globalThis.gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

async function requestsOf(server: ChildProcess): Promise<number> {
	server.send('requests');
	const [count] = (await once(server, 'message')) as [number];
	return count;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
	const started = performance.now();
	await work();
	return (performance.now() - started) / 1000;
}

const settingsOf = ({ baseUrl, clientId, clientSecret }: ServerReady): OtdsSettings => ({
	kind: 'otds',
	baseUrl,
	login: { method: 'oauth2', clientId, clientSecret },
	verifyCertificate: true,
	partitions: [],
	writesToSynchronized: false,
	conventions: { managerAttribute: 'oTExtraAttr0', localeAttribute: 'preferredLanguage' },
	passwordResetAttribute: 'pwdReset',
	devicesAttribute: '',
	acknowledgmentsAttribute: '',
	recordValues: 'several',
	pageSize: PAGE_SIZE,
	connectTimeoutMs: 5_000,
	operationTimeoutMs: 60_000,
});

interface Pack {
	openWatch(settings: OtdsSettings, scope: WatchScope): Promise<DirectoryWatch>;
	establishPosition(watch: DirectoryWatch, store: StateStore, state: WatchState): Promise<void>;
	store(file: string): StateStore;
}

/** The pack as it ships: Node cannot resolve the sources' imports without a build. */
async function built(): Promise<Pack> {
	const lib = (path: string): string => new URL(`../dist/lib/${path}.js`, import.meta.url).href;
	const { openWatch } = (await import(lib('directory/changes/openWatch'))) as Pick<Pack, 'openWatch'>;
	const { establishPosition } = (await import(lib('directory/changes/watchPosition'))) as Pick<
		Pack,
		'establishPosition'
	>;
	const { SqliteStateStore } = (await import(lib('n8n/stateStore.sqlite'))) as {
		SqliteStateStore: new (file: string) => StateStore;
	};
	return { openWatch, establishPosition, store: (file) => new SqliteStateStore(file) };
}
