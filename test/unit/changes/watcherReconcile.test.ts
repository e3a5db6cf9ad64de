import { DELETIONS_HELD_BACK } from '../../../lib/directory/changes/strategies/massAbsence';
import type { EventKind } from '../../../lib/directory/changes/event.types';
import { DomainError } from '../../../lib/domain.errors';
import { created, FakeDirectory, ReconcilingStrategy } from '../../support/fakeWatch';
import { WatcherRun } from '../../support/watcherRun';
import type { WatcherSetting } from '../../support/watcherRun';

const events: EventKind[] = ['user.created', 'health.reconciled', 'health.deletionsHeldBack'];
const down = new DomainError('Nothing listens there', { advice: 'Start it.', recovery: 'retry' });

const running: WatcherRun[] = [];
afterEach(async () => {
	for (const run of running.splice(0)) await run.watcher.stop();
});

async function started(setting: WatcherSetting): Promise<WatcherRun> {
	const run = new WatcherRun({ events, ...setting });
	running.push(run);
	await run.watcher.start({ patient: true });
	return run;
}

interface Missed {
	strategy: ReconcilingStrategy;
	directory: FakeDirectory;
	store: WatcherRun['store'];
}

/** Ann was there at first; ben and cem came while nothing was read, and the log was trimmed. */
async function missed(): Promise<Missed> {
	const strategy = new ReconcilingStrategy();
	strategy.present.push('ann');
	const directory = new FakeDirectory(strategy);
	const first = await started({ directory });
	await first.until(() => first.store.state.position !== undefined);
	await first.watcher.stop();
	strategy.present.push('ben', 'cem');
	strategy.log.push(created('trimmed'));
	strategy.begins = 1;
	return { strategy, directory, store: first.store };
}

const told = ({ events: all }: WatcherRun): string[] => all.map(({ event, user }) => user?.username ?? event);

describe('a gap', () => {
	it('is reconciled where entries are remembered, and then said', async () => {
		const { strategy, directory, store } = await missed();
		const run = await started({ directory, store });
		await run.until(() => run.events.length === 3 && store.state.gap === undefined);
		expect(told(run)).toEqual(['ben', 'cem', 'health.reconciled']);
		expect(run.events[2]?.health?.message).toBe('Changes could not be read one by one: the log was trimmed');
		expect(run.problems).toHaveLength(1);
		strategy.log.push(created('dan'));
		await run.caughtUp();
		expect(told(run).at(-1)).toBe('dan');
		expect(strategy).toMatchObject({ baselines: 1, reconciliations: 1 });
	});

	it('that opens while it runs is reconciled as well', async () => {
		const strategy = new ReconcilingStrategy();
		const directory = new FakeDirectory(strategy);
		const run = await started({ directory });
		await run.until(() => run.store.state.position !== undefined);
		strategy.log.push(created('trimmed'));
		strategy.present.push('ann');
		strategy.begins = 1;
		await run.until(() => run.events.length === 2);
		expect(told(run)).toEqual(['ann', 'health.reconciled']);
	});

	it('is reconciled from the beginning when n8n is killed in the middle, and nothing is told twice', async () => {
		const { strategy, directory, store } = await missed();
		strategy.pageSize = 1;
		const killed = await started({
			directory,
			store,
			handOff: (_batch, index) => (index === 0 ? { status: 'delivered' } : new Promise(() => {})),
		});
		await killed.until(() => killed.batches.length === 2);
		expect(store.state).toMatchObject({ position: { cursor: 0 }, gap: { reconciling: true } });
		const run = await started({ directory, store });
		await run.until(() => store.state.gap === undefined);
		expect(told(killed)).toEqual(['ben', 'cem']);
		expect(told(run)).toEqual(['cem', 'health.reconciled']);
		expect(run.events[0]?.eventId).toBe(killed.events[1]?.eventId);
		expect(store.state.position?.cursor).toBe(1);
	});

	it('is reconciled further by the next watcher when it was stopped in the middle', async () => {
		const { strategy, directory, store } = await missed();
		strategy.pageSize = 1;
		let end: (() => void) | undefined;
		const stopped = await started({
			directory,
			store,
			handOff: () => new Promise((resolve) => (end = () => resolve({ status: 'delivered' }))),
		});
		await stopped.until(() => end !== undefined);
		await stopped.watcher.stop();
		end?.();
		await stopped.watcher.finished;
		expect(store.state.gap?.reconciling).toBe(true);
		const run = await started({ directory, store });
		await run.until(() => store.state.gap === undefined);
		expect(told(stopped)).toEqual(['ben']);
		expect(told(run)).toEqual(['cem', 'health.reconciled']);
	});

	it('tells nothing twice when the store fails in the middle of its reconciliation', async () => {
		const { directory, store } = await missed();
		const run = await started({
			directory,
			store,
			handOff: (_batch, index) => {
				if (index === 0) store.failures.push(new Error('disk full'), new Error('disk full'));
				return { status: 'delivered' };
			},
		});
		await run.until(() => store.state.gap === undefined && run.events.length > 2);
		expect(told(run)).toEqual(['ben', 'cem', 'health.reconciled']);
		expect(run.directory.closed).toBeGreaterThan(1);
	});

	it('is reconciled once the directory can be reached again', async () => {
		const { strategy, directory, store } = await missed();
		strategy.failures.push(down, down);
		const run = await started({ directory, store });
		await run.until(() => run.events.length === 3);
		expect(told(run)).toEqual(['ben', 'cem', 'health.reconciled']);
		expect(strategy.reconciliations).toBe(3);
	});

	it('keeps what stages remember when it is reconciled, and forgets it otherwise', async () => {
		const { directory, store } = await missed();
		await store.commit({ memory: [{ stage: 's', key: 'k', value: 1 }] });
		const run = await started({ directory, store });
		await run.until(() => run.events.length === 3);
		expect(store.memories.size).toBe(1);
		await run.watcher.stop();
		directory.directoryId = 'directory-2';
		const other = await started({ directory, store });
		await other.until(() => other.batches.length === 1);
		expect(told(other)).toEqual(['health.reconciled']);
		expect(other.events[0]?.health?.message).toContain('Changes may have been missed');
		expect(store.memories.size).toBe(0);
	});

	it('of a directory that is another one while a reconciliation is due leads to a new beginning', async () => {
		const { strategy, directory, store } = await missed();
		await store.commit({ state: { gap: { reason: 'earlier', intended: false, reconciling: true } } });
		strategy.scopeKey = 'less';
		const run = await started({ directory, store });
		await run.until(() => store.state.gap === undefined && run.batches.length === 1);
		expect(told(run)).toEqual(['health.reconciled']);
		expect(strategy).toMatchObject({ baselines: 2, reconciliations: 0 });
	});
});

describe('deletions that are held back', () => {
	const heldBack = (code: string): DomainError =>
		new DomainError('90 of 100 users seem to be gone', {
			advice: `Enter ${code}.`,
			recovery: 'abort',
			code: DELETIONS_HELD_BACK,
		});

	it('are told once, looked at again after minutes, and told anew when others are missing', async () => {
		const ticked: EventKind[] = [...events, 'health.directoryUnreachable', 'health.directoryReachable'];
		const { directory, store } = await missed();
		const run = await started({ directory, store, events: ticked });
		await run.until(() => run.events.length === 3);
		const { failures, log } = directory.strategy;
		failures.push(heldBack('aaaa'), heldBack('aaaa'), heldBack('bbbb'));
		await run.until(() => failures.length === 0);
		log.push(created('dan'));
		await run.caughtUp();
		expect(told(run).slice(3)).toEqual(['health.deletionsHeldBack', 'health.deletionsHeldBack', 'dan']);
		expect(run.events.slice(3, 5).map(({ health }) => health?.advice)).toEqual([
			'Enter aaaa.',
			'Enter bbbb.',
		]);
		expect(run.clock.slept.filter((pause) => pause === 300_000)).toHaveLength(3);
		await run.until(() => store.state.heldBack === undefined);
	});

	it('are not told again after a restart', async () => {
		const { directory, store } = await missed();
		directory.strategy.failures.push(heldBack('aaaa'));
		const first = await started({ directory, store });
		await first.until(() => first.batches.length === 1);
		await first.watcher.stop();
		directory.strategy.failures.push(heldBack('aaaa'));
		const second = await started({ directory, store });
		await second.until(() => second.events.length === 3);
		expect(told(first)).toEqual(['health.deletionsHeldBack']);
		expect(told(second)).toEqual(['ben', 'cem', 'health.reconciled']);
	});
});
