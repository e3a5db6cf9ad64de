import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'ldapts';

import type { JsonValue } from '../lib/directory/changes/changes.types.ts';
import type { StrategyName } from '../lib/directory/changes/event.types.ts';
import type { Slapd } from '../sandbox/openldap/slapd.ts';
import { startSlapd } from '../sandbox/openldap/slapd.ts';
import type { Benchmark, BenchmarkRow } from './benchmark.types.ts';
import { percentile, row } from './benchmark.types.ts';
import { adminOf, directoryLdif, retitle, settingsOf, writeBacklog } from './changes.directory.ts';
import type { Pack } from './changes.pack.ts';
import { built, scopeOf } from './changes.pack.ts';
import type { BacklogJob, BacklogReport } from './changes.reader.ts';

const FEW = 1_000;
const MANY = 100_000;
const BACKLOG = 100_000;
const BACKLOG_ROUNDS = 3;
const POLLS = 500;
const POLL_MS = 2_000;
const LIVE_WRITES = 40;
const POLLED_WRITES = 15;
const GOAL_CHANGES_A_SECOND = 5_000;
const GOAL_MIB = 64;

/** Watching OpenLDAP: what a look that finds nothing costs, how fast a backlog is read, how soon a write is told, what is remembered. */
export const changes: Benchmark = {
	name: 'changes',
	async run(tell): Promise<BenchmarkRow[]> {
		const pack = await built();
		tell(`Loading ${FEW} and ${MANY} people into two servers …`);
		const small = await startSlapd({ seedLdif: directoryLdif(FEW) });
		const large = await startSlapd({ seedLdif: directoryLdif(MANY) });
		try {
			const idle = await idleRows(pack, small, large);
			tell('Writing and waiting for the event …');
			const latency = await latencyRows(pack, large);
			tell('Remembering every entry …');
			const state = await stateRows(pack, large);
			tell(`Writing a backlog of ${BACKLOG} changes, then reading it ${BACKLOG_ROUNDS} times …`);
			return [...idle, ...(await backlogRows(pack, large)), ...latency, ...state];
		} finally {
			await small.stop();
			await large.stop();
		}
	},
};

async function idleRows(pack: Pack, small: Slapd, large: Slapd): Promise<BenchmarkRow[]> {
	const few = await idlePoll(pack, small);
	const many = await idlePoll(pack, large);
	const shared = { unit: 'ms', referenceName: 'ldapts reads contextCSN', goal: 4 };
	return [
		row({ ...shared, name: `idle look, ${FEW} entries`, ours: few.ours, reference: few.bare }),
		row({ ...shared, name: `idle look, ${MANY} entries`, ours: many.ours, reference: many.bare }),
		row({
			name: `idle look, ${MANY} entries`,
			unit: 'ms',
			ours: many.ours,
			reference: few.ours,
			referenceName: `the same, ${FEW} entries`,
			goal: 1.5,
		}),
	];
}

/** As the watcher looks: whether the position holds, then what is new. A write each first, so that the log is not empty. */
async function idlePoll(pack: Pack, slapd: Slapd): Promise<{ ours: number; bare: number }> {
	const admin = await adminOf(slapd);
	await retitle(admin, 0, 'First');
	await admin.unbind();
	const watch = await pack.openWatch(settingsOf(slapd), scopeOf('accessLog'));
	const client = new Client({ url: slapd.url });
	await client.bind(slapd.watcherDn, slapd.watcherPassword);
	const cursor = await watch.strategy.position();
	const [ours, bare]: [number[], number[]] = [[], []];
	for (let poll = 0; poll < POLLS; poll++) {
		bare.push(
			await milliseconds(() =>
				client.search('cn=accesslog', { scope: 'base', attributes: ['contextCSN'], timeLimit: 0 }),
			),
		);
		ours.push(
			await milliseconds(async () => {
				await watch.strategy.verify(cursor);
				for await (const page of watch.strategy.read(cursor, NOTHING_REMEMBERED))
					throw new Error(`${page.changes.length} changes where nothing was changed`);
			}),
		);
	}
	await client.unbind();
	await watch.close();
	return { ours: percentile(ours, 0.5), bare: percentile(bare, 0.5) };
}

const NOTHING_REMEMBERED = {
	get: async () => new Map(),
	async *entryIds(): AsyncIterable<readonly string[]> {},
};

async function backlogRows(pack: Pack, slapd: Slapd): Promise<BenchmarkRow[]> {
	const watch = await pack.openWatch(settingsOf(slapd), scopeOf('accessLog'));
	const cursor = await watch.strategy.position();
	await watch.close();
	await writeBacklog(slapd, BACKLOG, MANY);
	const bare = await readBacklog(slapd, cursor, 'bare');
	const ours = await readBacklog(slapd, cursor, 'pack');
	if (ours.count !== BACKLOG) throw new Error(`${ours.count} events of ${BACKLOG} changes`);
	const goal = { referenceName: 'the goal itself', goal: 1 };
	const beside = { referenceName: 'bare search of the log', reference: bare.seconds };
	return [
		row({
			...goal,
			name: `read and classify a change, backlog of ${BACKLOG}`,
			unit: 'µs',
			ours: (ours.seconds / BACKLOG) * 1e6,
			reference: 1e6 / GOAL_CHANGES_A_SECOND,
		}),
		row({
			...beside,
			name: `read and classify a backlog of ${BACKLOG}`,
			unit: 's',
			ours: ours.seconds,
			goal: 4,
		}),
		row({
			...goal,
			name: 'resident memory above idle, peak',
			unit: 'MiB',
			ours: ours.residentMiB,
			reference: GOAL_MIB,
		}),
		row({
			...beside,
			name: 'resident memory above idle, peak',
			unit: 'MiB',
			ours: ours.residentMiB,
			reference: bare.residentMiB,
			goal: 1.5,
		}),
		row({
			...goal,
			name: 'memory in use above idle, peak',
			unit: 'MiB',
			ours: ours.heldMiB,
			reference: GOAL_MIB,
		}),
	];
}

async function readBacklog(slapd: Slapd, cursor: JsonValue, way: BacklogJob['way']): Promise<BacklogReport> {
	const job: BacklogJob = { settings: settingsOf(slapd), cursor, way, rounds: BACKLOG_ROUNDS };
	const reader = fork(join(import.meta.dirname, 'changes.reader.ts'), [JSON.stringify(job)]);
	const [report] = await Promise.race([
		once(reader, 'message') as Promise<[BacklogReport]>,
		once(reader, 'exit').then(([code]) => {
			throw new Error(`the reader ended with ${String(code)}`);
		}),
	]);
	return report;
}

async function latencyRows(pack: Pack, slapd: Slapd): Promise<BenchmarkRow[]> {
	const polled = await latencies(pack, slapd, POLLED_WRITES, false);
	const live = await latencies(pack, slapd, LIVE_WRITES, true);
	return [
		row({
			name: `write to event, look every ${POLL_MS / 1000} s, median of ${POLLED_WRITES}`,
			unit: 'ms',
			ours: percentile(polled, 0.5),
			reference: POLL_MS / 2,
			referenceName: 'half the interval',
			goal: 1.5,
		}),
		row({
			name: `write to event, live channel, median of ${LIVE_WRITES}`,
			unit: 'ms',
			ours: percentile(live, 0.5),
			reference: percentile(polled, 0.5),
			referenceName: 'without the channel',
			goal: 0.1,
		}),
	];
}

/** From before a write is sent until its event is handed over, at moments that know nothing of the looks. */
async function latencies(pack: Pack, slapd: Slapd, writes: number, live: boolean): Promise<number[]> {
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-bench-'));
	const arrivals = new Map<string, () => void>();
	const watcher = new pack.DirectoryWatcher(
		{
			open: async (scope) => {
				const watch = await pack.openWatch(settingsOf(slapd), scope);
				return live ? watch : { ...watch, wakeUp: undefined };
			},
			openStore: async () => new pack.SqliteStateStore(join(folder, 'state.sqlite')),
			handOff: async (events) => {
				for (const { changes: news } of events)
					for (const { after } of news) arrivals.get(Array.isArray(after) ? after.join() : after)?.();
				return { status: 'delivered' };
			},
			report: (problem) => {
				throw problem;
			},
			clock: pack.systemClock,
		},
		{
			scope: scopeOf('accessLog'),
			pollIntervalMs: POLL_MS,
			delivery: { attempts: 5, batchSize: 500 },
			startFromNow: false,
		},
	);
	await watcher.start({ patient: false });
	const admin = await adminOf(slapd);
	const found: number[] = [];
	for (let write = 0; write < writes; write++) {
		// Evenly over the interval; a live channel needs no such care.
		await pause(live ? 50 : ((write * 7) % writes) * (POLL_MS / writes));
		const title = `${live ? 'live' : 'polled'} ${write}`;
		const arrived = new Promise<void>((resolve) => arrivals.set(title, resolve));
		found.push(
			await milliseconds(async () => {
				await retitle(admin, write, title);
				await arrived;
			}),
		);
	}
	await admin.unbind();
	await watcher.stop();
	await rm(folder, { recursive: true, force: true });
	return found;
}

async function stateRows(pack: Pack, slapd: Slapd): Promise<BenchmarkRow[]> {
	const reference = await bytesOfUuidAndCsn(pack, slapd);
	const rows: BenchmarkRow[] = [];
	for (const strategy of ['syncRepl', 'modifyTimestamp'] as const) {
		rows.push(
			row({
				name: `state an entry, ${strategy}`,
				unit: 'bytes',
				ours: (await stateFileSize(pack, slapd, strategy)) / reference.entries,
				reference: reference.bytes / reference.entries,
				referenceName: 'UUID and CSN as JSON',
				goal: 3,
			}),
		);
	}
	return rows;
}

async function stateFileSize(pack: Pack, slapd: Slapd, strategy: StrategyName): Promise<number> {
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-bench-'));
	const file = join(folder, 'state.sqlite');
	const watch = await pack.openWatch(settingsOf(slapd), scopeOf(strategy));
	const store = new pack.SqliteStateStore(file);
	const { state } = await store.load();
	await pack.establishPosition(watch, store, state);
	await store.close();
	await watch.close();
	const { size } = await stat(file);
	await rm(folder, { recursive: true, force: true });
	return size;
}

/** What telling that something changed at all would need. */
async function bytesOfUuidAndCsn(pack: Pack, slapd: Slapd): Promise<{ entries: number; bytes: number }> {
	const connection = pack.openLdapConnection(settingsOf(slapd));
	const sums = { entries: 0, bytes: 0 };
	for (const name of ['inetOrgPerson', 'groupOfNames']) {
		const filter = { kind: 'equals' as const, attribute: 'objectClass', value: Buffer.from(name) };
		const attributes = ['entryUUID', 'entryCSN'];
		const base = connection.settings.baseDn;
		for await (const entry of connection.search({ base, scope: 'sub', filter, attributes })) {
			const pair = [entry.first('entryUUID'), entry.first('entryCSN')];
			sums.entries++;
			sums.bytes += JSON.stringify(pair).length;
		}
	}
	await connection.close();
	return sums;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
	const started = performance.now();
	await work();
	return performance.now() - started;
}
