import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import type { Delivery } from '../../../lib/directory/changes/delivery.types';
import type { ChangeEvent, EventKind } from '../../../lib/directory/changes/event.types';
import type { EventStage, MemoryWrite, StageMemory } from '../../../lib/directory/changes/eventStage.types';
import type { StateChange } from '../../../lib/directory/changes/stateStore.types';
import { DomainError } from '../../../lib/domain.errors';
import { change, created, FakeDirectory, MemoryStore, person } from '../../support/fakeWatch';
import { WatcherRun } from '../../support/watcherRun';
import type { WatcherSetting } from '../../support/watcherRun';

const delivered = { status: 'delivered' } as const;
const down = new DomainError('Nothing listens there', { advice: 'Start it.', recovery: 'retry' });
const events: EventKind[] = ['user.created', 'user.locked', 'user.unlocked'];

const running: WatcherRun[] = [];
afterEach(async () => {
	for (const run of running.splice(0)) await run.watcher.stop();
});

async function started(setting: WatcherSetting): Promise<WatcherRun> {
	const run = new WatcherRun({ events, ...setting });
	running.push(run);
	await run.watcher.start({ patient: true });
	await run.until(() => run.store.state.position !== undefined);
	return run;
}

const names = (told: readonly ChangeEvent[]): string[] =>
	told.map(({ event, user }) => (event === 'user.created' ? (user?.username ?? '') : event));

/** The clock of the fake stands at 00:00:10. */
const lockedFor = (seconds: number): EntryChange =>
	change({
		person: person('ann'),
		account: {
			before: { enabled: true, locked: false, passwordResetRequired: false },
			after: { enabled: true, locked: true, passwordResetRequired: false },
			lockedUntil: new Date(Date.parse('2030-01-01T00:00:00.000Z') + seconds * 1000).toISOString(),
		},
	});

/** Counts changes: what it has counted must be exactly what was committed. */
class CountingStage implements EventStage {
	readonly name = 'count';
	readonly nextDueAt = undefined;
	#count = 0;

	async start(memory: StageMemory, _isFresh: boolean): Promise<MemoryWrite[]> {
		for await (const { value } of memory.all(this.name)) this.#count = Number(value);
		return [];
	}

	async process(changes: readonly EntryChange[], told: ChangeEvent[]) {
		this.#count += changes.length;
		return { events: told, memory: [{ stage: this.name, key: 'changes', value: this.#count }] };
	}

	async due() {
		return { events: [], memory: [] };
	}
}

const counted = (store: MemoryStore): number => Number([...store.memories.values()][0] ?? 0);

/** Refuses the commits that move the cursor, so many times. */
class StubbornStore extends MemoryStore {
	refusals = 0;

	override async commit(stateChange: StateChange): Promise<void> {
		if (stateChange.memory !== undefined && this.state.position !== undefined && this.refusals-- > 0)
			throw new Error('database or disk is full');
		await super.commit(stateChange);
	}
}

describe('a lock that ends by itself', () => {
	it('is told by the watcher at that time, although nothing is read', async () => {
		const directory = new FakeDirectory();
		directory.people.set(person('ann').dn, person('ann'));
		const run = await started({ directory, options: { pollIntervalMs: 60_000 } });
		directory.strategy.log.push(lockedFor(75));
		await run.until(() => run.events.length === 2);
		expect(names(run.events)).toEqual(['user.locked', 'user.unlocked']);
		// Read a minute after the start, and five seconds later it was due: no longer a whole minute.
		expect(run.clock.slept).toContain(5_000);
		expect(run.store.state).toMatchObject({ position: { cursor: 1 }, delivered: [] });
	});

	it('is told while the server is left alone, without a read', async () => {
		const directory = new FakeDirectory();
		directory.people.set(person('ann').dn, person('ann'));
		const { strategy } = directory;
		strategy.restMs = 600_000;
		strategy.log.push(created('before'));
		const store = new MemoryStore();
		const first = await started({ directory, store });
		await first.watcher.stop();
		strategy.log.push(lockedFor(200));
		const run = await started({ directory, store });
		await run.until(() => run.events.length === 1);
		strategy.log.push(created('later'));
		await run.until(() => run.events.length === 3);
		expect(names(run.events)).toEqual(['user.locked', 'user.unlocked', 'later']);
		expect(run.events[1]?.late).toBe(false);
	});

	it('is told once after n8n was killed while the run that told it lasted, with the same id', async () => {
		const directory = new FakeDirectory();
		directory.people.set(person('ann').dn, person('ann'));
		const store = new MemoryStore();
		const killed = await started({
			directory,
			store,
			handOff: ([event]) => (event?.event === 'user.unlocked' ? new Promise(() => {}) : delivered),
		});
		directory.strategy.log.push(lockedFor(20));
		await killed.until(() => killed.events.length === 2);
		const run = await started({ directory, store });
		directory.strategy.log.push(created('ben'));
		await run.until(() => run.events.length === 2);
		const [unlocked] = run.events.filter(({ event }) => event === 'user.unlocked');
		expect(unlocked?.eventId).toBe(killed.events[1]?.eventId);
		await run.watcher.stop();
		const after = await started({ directory, store });
		directory.strategy.log.push(created('cem'));
		await after.caughtUp();
		expect(names(after.events)).toEqual(['cem']);
	});
});

describe('memory of stages', () => {
	const stagesOf = (): EventStage[] => [new CountingStage()];

	it('begins with the position, in one commit', async () => {
		const store = new MemoryStore();
		const stage: EventStage = {
			name: 's',
			nextDueAt: undefined,
			start: async (_memory, isFresh) => [{ stage: 's', key: 'fresh', value: isFresh }],
			process: async (_changes, told) => ({ events: told, memory: [] }),
			due: async () => ({ events: [], memory: [] }),
		};
		const commit = store.commit.bind(store);
		const withPosition: boolean[] = [];
		store.commit = async (stateChange) => {
			if (stateChange.memory?.some(({ key }) => key === 'fresh'))
				withPosition.push(stateChange.state?.position !== undefined);
			await commit(stateChange);
		};
		const directory = new FakeDirectory();
		const first = await started({ store, directory, stagesOf: () => [stage] });
		await first.watcher.stop();
		expect([...store.memories.values()]).toEqual(['true']);
		const second = await started({ store, directory, stagesOf: () => [stage] });
		await second.until(() => store.memories.values().next().value === 'false');
		expect(withPosition).toEqual([true, false]);
	});

	it.each<[string, (batch: ChangeEvent[], index: number) => Delivery | Promise<Delivery>]>([
		['between read and hand-over', () => new Promise(() => {})],
		['between two batches', (_batch, index) => (index === 0 ? delivered : new Promise(() => {}))],
	])('counts nothing twice when n8n is killed %s', async (_when, handOff) => {
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const options = { delivery: { attempts: 5, batchSize: 1 } };
		const killed = await started({ directory, store, stagesOf, options, handOff });
		directory.strategy.log.push(created('ann'), created('ben'));
		await killed.until(() => killed.batches.length > 0 && store.state.attempt !== undefined);
		await killed.until(() => killed.watcher.isHandingOver);
		const run = await started({ directory, store, stagesOf, options });
		await run.caughtUp();
		expect(counted(store)).toBe(2);
		const ids = new Set([...killed.events, ...run.events].map(({ eventId }) => eventId));
		expect(ids.size).toBe(2);
		expect(names(run.events).at(-1)).toBe('ben');
	});

	it('counts and tells nothing twice when the commit after the delivery fails', async () => {
		const directory = new FakeDirectory();
		const store = new StubbornStore();
		const run = await started({ directory, store, stagesOf });
		store.refusals = 3;
		directory.strategy.log.push(created('ann'), created('ben'));
		await run.caughtUp();
		expect(counted(store)).toBe(2);
		expect(names(run.events)).toEqual(['ann', 'ben']);
	});

	it('counts nothing twice when the connection breaks between two pages', async () => {
		const directory = new FakeDirectory();
		const { strategy } = directory;
		strategy.pageSize = 1;
		const read = strategy.read.bind(strategy);
		let breaks = 2;
		strategy.read = async function* (cursor) {
			for await (const page of read(cursor)) {
				yield page;
				if (breaks-- > 0) throw down;
			}
		};
		const store = new MemoryStore();
		const run = await started({ directory, store, stagesOf });
		strategy.log.push(created('ann'), created('ben'), created('cem'), created('dan'));
		await run.caughtUp();
		expect(names(run.events)).toEqual(['ann', 'ben', 'cem', 'dan']);
		expect(counted(store)).toBe(4);
	});

	it('counts what a run delivered although it was stopped meanwhile, and the rest later', async () => {
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const options = { delivery: { attempts: 5, batchSize: 1 } };
		let end: (() => void) | undefined;
		const handOff = (): Promise<Delivery> => new Promise((resolve) => (end = () => resolve(delivered)));
		const stopped = await started({ directory, store, stagesOf, options, handOff });
		directory.strategy.log.push(created('ann'), created('ben'));
		await stopped.until(() => end !== undefined);
		await stopped.watcher.stop();
		end?.();
		await stopped.watcher.finished;
		expect(counted(store)).toBe(0);
		const run = await started({ directory, store, stagesOf, options });
		await run.caughtUp();
		expect(names([...stopped.events, ...run.events])).toEqual(['ann', 'ben']);
		expect(counted(store)).toBe(2);
	});
});
