import { DomainError } from '../../../lib/domain.errors';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import { change, created, FakeDirectory, group, MemoryStore, person } from '../../support/fakeWatch';
import { WatcherRun } from '../../support/watcherRun';
import type { WatcherSetting } from '../../support/watcherRun';

const down = new DomainError('Nothing listens there', { advice: 'Start it.', recovery: 'retry' });
const failed = { status: 'failed', reason: 'push refused' } as const;
const delivered = { status: 'delivered' } as const;

const running: WatcherRun[] = [];
afterEach(async () => {
	for (const run of running.splice(0)) await run.watcher.stop();
});

async function started(setting: WatcherSetting = {}, patient = false): Promise<WatcherRun> {
	const run = new WatcherRun(setting);
	running.push(run);
	await run.watcher.start({ patient });
	return run;
}

describe('DirectoryWatcher', () => {
	it('does not replay what was there before it started', async () => {
		const directory = new FakeDirectory();
		directory.strategy.log.push(created('old'));
		const run = await started({ directory });
		directory.strategy.log.push(created('new'));
		await run.caughtUp();
		expect(run.events.map(({ user }) => user?.username)).toEqual(['new']);
	});

	it('leaves a server alone for as long as the strategy says, and never less than the interval', async () => {
		const run = await started();
		await run.until(() => run.clock.slept.at(-1) === 1000);
		run.directory.strategy.restMs = 90_000;
		await run.until(() => run.clock.slept.includes(90_000));
		run.directory.strategy.restMs = 5;
		await run.until(() => run.clock.slept.at(-1) === 1000);
	});

	it('goes on where an earlier watcher stopped', async () => {
		const first = await started();
		await first.watcher.stop();
		first.directory.strategy.log.push(created('meanwhile'));
		const second = await started({ directory: first.directory, store: first.store });
		await second.caughtUp();
		expect(second.events.map(({ user }) => user?.username)).toEqual(['meanwhile']);
		expect(first.directory.strategy.baselines).toBe(1);
	});

	it('leaves out what happened meanwhile when it is to start from now', async () => {
		const first = await started();
		await first.watcher.stop();
		first.directory.strategy.log.push(created('meanwhile'));
		const second = await started({
			directory: first.directory,
			store: first.store,
			options: { startFromNow: true },
		});
		first.directory.strategy.log.push(created('now'));
		await second.caughtUp();
		expect(second.events.map(({ user }) => user?.username)).toEqual(['now']);
	});

	it('moves the cursor only once the run is over', async () => {
		let end: (() => void) | undefined;
		const run = await started({
			handOff: () => new Promise((resolve) => (end = () => resolve(delivered))),
		});
		run.directory.strategy.log.push(created('ann'));
		await run.until(() => run.batches.length === 1);
		expect(run.store.state.position?.cursor).toBe(0);
		end?.();
		await run.caughtUp();
		expect(run.store.state.delivered).toEqual([]);
	});

	it('reads nothing while a run lasts, and everything afterwards', async () => {
		let end: (() => void) | undefined;
		const run = await started({
			handOff: (_batch, index) =>
				index > 0 ? delivered : new Promise((resolve) => (end = () => resolve(delivered))),
		});
		run.directory.strategy.log.push(created('ann'));
		await run.until(() => run.batches.length === 1);
		run.directory.strategy.log.push(created('ben'));
		expect(run.batches).toHaveLength(1);
		end?.();
		await run.caughtUp();
		expect(run.events.map(({ user }) => user?.username)).toEqual(['ann', 'ben']);
	});

	it('hands a failed batch over again, with the same ids and growing pauses', async () => {
		const run = await started({ handOff: (_batch, index) => (index < 3 ? failed : delivered) });
		run.directory.strategy.log.push(created('ann'), created('ben'));
		await run.caughtUp();
		expect(run.batches).toHaveLength(4);
		expect(new Set(run.batches.map((batch) => batch.map(({ eventId }) => eventId).join())).size).toBe(1);
		expect(run.clock.slept.filter((pause) => pause > 1000)).toEqual([2_000, 15_000, 120_000]);
		expect(run.store.givenUp).toEqual([]);
	});

	it('gives a batch up after five attempts, keeps it, says so, and goes on with the next', async () => {
		const run = await started({
			events: ['user.created', 'health.batchGivenUp'],
			options: { delivery: { attempts: 5, batchSize: 1 } },
			handOff: ([event]) => (event?.user?.username === 'bad' ? failed : delivered),
		});
		run.directory.strategy.log.push(created('bad'), created('good'));
		await run.caughtUp();
		const kinds = run.events.map(({ event, user }) => user?.username ?? event);
		expect(kinds).toEqual(['bad', 'bad', 'bad', 'bad', 'bad', 'health.batchGivenUp', 'good']);
		expect(run.store.givenUp).toMatchObject([
			{ attempts: 5, reason: 'push refused', events: [{ user: { username: 'bad' } }] },
		]);
		expect(run.problems.map(({ message }) => message)).toEqual([
			'One event was given up after 5 failed attempts: push refused',
		]);
		expect(run.events[5]?.health?.eventIds).toEqual([run.events[0]?.eventId]);
	});

	it('counts attempts across crashes, so that a crash loop ends', async () => {
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const baseline = await started({ directory, store });
		await baseline.watcher.stop();
		directory.strategy.log.push(created('poison'));
		const attempts: WatcherRun[] = [];
		for (let crash = 0; crash < 6; crash++) {
			// A crash: the run never ends, and another process takes over with what was committed.
			const run = await started({ directory, store, handOff: () => new Promise(() => {}) });
			attempts.push(run);
			await run.until(() => run.batches.length === 1 || store.givenUp.length === 1);
			directory.strategy.log.push(created(`later-${crash}`));
		}
		expect(store.givenUp).toMatchObject([
			{ attempts: 5, reason: 'n8n ended during each attempt', events: [{ user: { username: 'poison' } }] },
		]);
	});

	it('hands exactly the same batch over again after a crash, whatever was added meanwhile', async () => {
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const first = await started({ directory, store, handOff: () => new Promise(() => {}) });
		directory.strategy.log.push(created('ann'), created('ben'));
		await first.until(() => first.batches.length === 1);
		directory.strategy.log.push(created('cem'));
		const second = await started({ directory, store });
		await second.caughtUp();
		expect(second.batches.map((batch) => batch.map(({ user }) => user?.username))).toEqual([
			['ann', 'ben'],
			['cem'],
		]);
		expect(second.batches[0]?.map(({ eventId }) => eventId)).toEqual(
			first.batches[0]?.map(({ eventId }) => eventId),
		);
	});

	it('splits one change of 600 members into batches and does not repeat the delivered ones', async () => {
		const members = Array.from({ length: 600 }, (_, index) => ({
			value: `uid=p${index}`,
			is: 'dn' as const,
		}));
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const events = ['group.memberAdded' as const];
		const first = await started({
			directory,
			store,
			events,
			handOff: (_batch, index) => (index === 0 ? delivered : new Promise(() => {})),
		});
		directory.strategy.log.push(change({ group: group('all'), members: { added: members, removed: [] } }));
		await first.until(() => first.batches.length === 2);
		expect(first.batches.map(({ length }) => length)).toEqual([500, 100]);
		const second = await started({ directory, store, events });
		await second.caughtUp();
		expect(second.batches.map(({ length }) => length)).toEqual([100]);
	});

	it('commits what a run achieved although it was stopped meanwhile', async () => {
		let end: (() => void) | undefined;
		const run = await started({ handOff: () => new Promise((resolve) => (end = () => resolve(delivered))) });
		run.directory.strategy.log.push(created('ann'));
		await run.until(() => run.batches.length === 1);
		await run.watcher.stop();
		expect(run.store.state.position?.cursor).toBe(0);
		end?.();
		await run.watcher.finished;
		expect(run.store.state.position?.cursor).toBe(1);
		expect(run.directory.closed).toBe(run.directory.opened);
	});

	it('stops during a pause, hands nothing over any more and closes the connection', async () => {
		const run = await started({ handOff: () => failed });
		run.directory.strategy.log.push(created('ann'));
		await run.until(() => run.batches.length > 0);
		await run.watcher.stop();
		const { length } = run.batches;
		await run.watcher.finished;
		expect(run.batches).toHaveLength(length);
		expect(run.directory.closed).toBe(run.directory.opened);
	});

	it('does not take a memory that could not be read for an empty one', async () => {
		const first = await started();
		await first.watcher.stop();
		first.directory.strategy.log.push(created('meanwhile'));
		const { store } = first;
		const load = store.load.bind(store);
		const failures = [new Error('database is locked')];
		store.load = async () => {
			const failure = failures.shift();
			if (failure) throw failure;
			return await load();
		};
		const second = await started({ directory: first.directory, store }, true);
		await second.caughtUp();
		expect(second.events.map(({ user }) => user?.username)).toEqual(['meanwhile']);
	});

	it('does not hand over again what a run has taken, although the disk refused to note it', async () => {
		const store = new MemoryStore();
		const run = await started({
			store,
			handOff: () => {
				store.failures.push(new Error('database or disk is full'));
				return delivered;
			},
		});
		run.directory.strategy.log.push(created('ann'));
		await run.caughtUp();
		expect(run.batches).toHaveLength(1);
	});

	it('tells a gap although the connection was lost, or n8n was killed, before a new position was found', async () => {
		const first = await started();
		await first.watcher.stop();
		const { directory, store } = first;
		directory.strategy.log.push(created('missed'), created('kept'));
		directory.strategy.begins = 1;
		const position = directory.strategy.position.bind(directory.strategy);
		let reached: (() => void) | undefined;
		directory.strategy.position = async () => {
			reached?.();
			throw down;
		};
		const killed = new WatcherRun({ directory, store });
		const unfinished = new Promise<void>((resolve) => (reached = resolve));
		await killed.watcher.start({ patient: true });
		await unfinished;
		await killed.watcher.stop();
		expect(killed.problems).toEqual([]);
		directory.strategy.position = position;
		const after = await started({ directory, store, events: ['user.created', 'health.reconciled'] });
		await after.until(() => after.batches.length > 0);
		expect(after.events.map(({ event }) => event)).toEqual(['health.reconciled']);
		expect(after.problems.map(({ message }) => message)).toEqual([
			'Changes may have been missed: the log was trimmed',
		]);
		await after.until(() => store.state.gap === undefined);
	});

	it('rejects at the start when somebody is looking', async () => {
		const directory = new FakeDirectory();
		directory.isDown = down;
		await expect(new WatcherRun({ directory }).watcher.start({ patient: false })).rejects.toBe(down);
	});

	it('lives through a directory that is down when n8n starts, and reports it once', async () => {
		const directory = new FakeDirectory();
		directory.isDown = down;
		const run = await started(
			{ directory, events: ['user.created', 'health.directoryUnreachable', 'health.directoryReachable'] },
			true,
		);
		await run.until(() => run.clock.slept.length > 40);
		expect(run.problems).toEqual([down]);
		directory.isDown = undefined;
		await run.until(() => run.store.state.position !== undefined);
		directory.strategy.log.push(created('ann'));
		await run.caughtUp();
		await run.until(() => run.batches.length === 3);
		expect(new Set(run.events.map(({ event }) => event))).toEqual(
			new Set(['health.directoryUnreachable', 'health.directoryReachable', 'user.created']),
		);
		expect(Math.max(...run.clock.slept)).toBeLessThanOrEqual(60_000);
	});

	it('does not report an outage again after a restart', async () => {
		const directory = new FakeDirectory();
		const store = new MemoryStore();
		const before = await started({ directory, store });
		directory.isDown = down;
		directory.strategy.failures.push(down);
		await before.until(() => before.problems.length === 1);
		await before.watcher.stop();
		const after = await started({ directory, store }, true);
		await after.until(() => after.clock.slept.length > 20);
		expect(after.problems).toEqual([]);
	});

	it('tries a refused login once an hour only, because more would lock the account', async () => {
		const directory = new FakeDirectory();
		const refused = {
			recovery: 'abort',
			failure: 'credential-invalid',
			advice: 'Check the password.',
		} as const;
		directory.isDown = new DomainError('wrong password', { ...refused, code: '49' });
		const run = await started({ directory }, true);
		await run.until(() => run.clock.slept.length > 5);
		expect(Math.min(...run.clock.slept)).toBeGreaterThanOrEqual(3_600_000);
		expect(run.problems).toEqual([directory.isDown]);
		directory.isDown = new DomainError('certificate', { ...refused, code: 'CERT_HAS_EXPIRED' });
		await run.until(() => run.clock.slept.at(-1) !== 3_600_000);
		expect(run.clock.slept.at(-1)).toBeLessThanOrEqual(60_000);
	});

	it('does not report a short interruption', async () => {
		const run = await started();
		run.directory.strategy.failures.push(down, down);
		run.directory.strategy.log.push(created('ann'));
		await run.caughtUp();
		expect(run.problems).toEqual([]);
		expect(run.events).toHaveLength(1);
	});

	it('reports a fault of its own once, however often it returns, and stays alive', async () => {
		const run = await started();
		const { strategy } = run.directory;
		for (let index = 0; index < 30; index++) strategy.failures.push(new TypeError('a bug'));
		await run.until(() => strategy.failures.length === 0);
		strategy.log.push(created('ann'));
		await run.caughtUp();
		expect(run.problems.map(({ message }) => message)).toEqual(['Reading changes failed: a bug']);
	});

	it('reports once that its store cannot be written, and delivers once it can', async () => {
		const run = await started();
		for (let index = 0; index < 12; index++) run.store.failures.push(new Error('disk full'));
		run.directory.strategy.log.push(created('ann'));
		await run.caughtUp();
		expect(run.problems).toHaveLength(1);
		expect(run.events).toHaveLength(1);
	});

	it('starts anew after a gap, says so, and emits no flood', async () => {
		const run = await started({ events: ['user.created', 'health.reconciled'] });
		const { strategy } = run.directory;
		await run.watcher.stop();
		strategy.log.push(created('lost'));
		strategy.begins = 1;
		const next = await started({
			directory: run.directory,
			store: run.store,
			events: ['user.created', 'health.reconciled'],
		});
		strategy.log.push(created('seen'));
		await next.caughtUp();
		expect(next.events.map(({ event, user }) => user?.username ?? event)).toEqual([
			'health.reconciled',
			'seen',
		]);
		expect(next.problems.map(({ message }) => message)).toEqual([
			'Changes may have been missed: the log was trimmed',
		]);
	});

	it('notices a gap that opens while it runs', async () => {
		const run = await started();
		run.directory.strategy.log.push(created('lost'), created('lost too'));
		run.directory.strategy.begins = 2;
		await run.until(() => run.problems.length === 1);
		run.directory.strategy.log.push(created('seen'));
		await run.caughtUp();
		expect(run.events.map(({ user }) => user?.username)).not.toContain('lost too');
		expect(run.events.at(-1)?.user?.username).toBe('seen');
	});

	it.each([
		['directory', (directory: FakeDirectory) => void (directory.directoryId = 'directory-2'), 1],
		['scope', (directory: FakeDirectory) => void (directory.strategy.scopeKey = 'less'), 0],
	])('refuses the state of another %s', async (_what, alter, reports) => {
		const first = await started();
		await first.watcher.stop();
		alter(first.directory);
		first.directory.strategy.log.push(created('not ours'));
		const second = await started({
			directory: first.directory,
			store: first.store,
			events: ['user.created', 'health.reconciled'],
		});
		first.directory.strategy.log.push(created('ours'));
		await second.caughtUp();
		expect(second.events.map(({ event, user }) => user?.username ?? event)).toEqual([
			'health.reconciled',
			'ours',
		]);
		expect(second.problems).toHaveLength(reports);
	});

	it('refuses a ticked event that cannot be seen, with the reason', async () => {
		const directory = new FakeDirectory();
		directory.strategy.detects = detections('each', {
			'user.deleted': { sight: 'no', reason: 'There is no log.' },
		});
		const run = new WatcherRun({ directory, events: ['user.created', 'user.deleted'] });
		const refused = run.watcher.start({ patient: false });
		await expect(refused).rejects.toMatchObject({
			message: 'This directory does not let the trigger see: User Deleted',
			failure: 'configuration-invalid',
			advice: expect.stringContaining('There is no log.') as string,
		});
		expect(directory.closed).toBe(1);
	});

	it('refuses a strategy that needs snapshots without a place for them', async () => {
		const directory = new FakeDirectory();
		directory.strategy.needsSnapshots = true;
		const store = new MemoryStore();
		store.keepsSnapshots = false;
		await expect(
			new WatcherRun({ directory, store }).watcher.start({ patient: false }),
		).rejects.toMatchObject({
			advice: expect.stringContaining('N8N_DIRECTORY_PUSH_STATE_FOLDER') as string,
		});
	});

	it('reports a damaged state', async () => {
		const store = new MemoryStore();
		store.incident = 'The file was damaged';
		const run = await started({ store });
		expect(run.problems.map(({ message }) => message)).toEqual(['The file was damaged']);
	});

	describe('with only the first event per person', () => {
		const options = { firstEventPeriodMs: 86_400_000 };
		const events = ['user.created' as const, 'group.memberAdded' as const];
		const joins = (cn: string, uid: string, occurredAt = '2030-01-01T00:00:00.000Z') =>
			change({
				group: group(cn),
				occurredAt,
				members: { added: [{ value: person(uid).dn, is: 'dn' }], removed: [] },
			});

		it('welcomes a person once, although they are created and put into two groups', async () => {
			const run = await started({ events, options });
			run.directory.people.set(person('ann').dn, person('ann'));
			run.directory.strategy.log.push(created('ann'), joins('nurses', 'ann'));
			await run.caughtUp();
			run.directory.strategy.log.push(joins('ward', 'ann'), created('ben'));
			await run.caughtUp();
			expect(run.events.map(({ event, user }) => [event, user?.username])).toEqual([
				['user.created', 'ann'],
				['user.created', 'ben'],
			]);
		});

		it('welcomes them again after a crash before the run was over', async () => {
			const directory = new FakeDirectory();
			const store = new MemoryStore();
			const first = await started({
				directory,
				store,
				events,
				options,
				handOff: () => new Promise(() => {}),
			});
			directory.strategy.log.push(created('ann'), joins('nurses', 'ann'));
			await first.until(() => first.batches.length === 1);
			const second = await started({ directory, store, events, options });
			await second.caughtUp();
			expect(second.events.map(({ eventId }) => eventId)).toEqual(first.events.map(({ eventId }) => eventId));
		});

		it('knows a person by DN when they are gone, and lets them in again after the period', async () => {
			const run = await started({ events, options });
			run.directory.strategy.log.push(
				created('ann'),
				joins('nurses', 'ann', '2030-01-01T23:59:59.000Z'),
				joins('ward', 'ann', '2030-01-02T00:00:00.000Z'),
			);
			await run.caughtUp();
			expect(run.events.map(({ event, group: joined }) => joined?.name ?? event)).toEqual([
				'user.created',
				'ward',
			]);
		});

		it('welcomes a person once in a backlog that is older than the period, page after page', async () => {
			const run = await started({ events, options });
			run.clock.time = Date.parse('2030-01-05T00:00:00.000Z');
			run.directory.strategy.pageSize = 1;
			run.directory.people.set(person('ann').dn, person('ann'));
			run.directory.strategy.log.push(created('ann'), joins('nurses', 'ann'), joins('staff', 'ann'));
			await run.caughtUp();
			expect(run.events.map(({ event }) => event)).toEqual(['user.created']);
			expect(run.store.remembered.size).toBeGreaterThan(0);
		});

		it('does not count an event that was given up', async () => {
			const run = await started({
				events,
				options: { ...options, delivery: { attempts: 1, batchSize: 500 } },
				handOff: (_batch, index) => (index === 0 ? failed : delivered),
			});
			run.directory.strategy.log.push(created('ann'));
			await run.caughtUp();
			run.directory.strategy.log.push(joins('nurses', 'ann'));
			await run.caughtUp();
			expect(run.events.map(({ event }) => event)).toEqual(['user.created', 'group.memberAdded']);
		});
	});
});
