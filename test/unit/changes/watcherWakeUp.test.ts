import { created, FakeDirectory, FakeWakeUp, HeldClock } from '../../support/fakeWatch';
import { WatcherRun } from '../../support/watcherRun';
import type { WatcherSetting } from '../../support/watcherRun';

const running: WatcherRun[] = [];
afterEach(async () => {
	for (const run of running.splice(0)) await run.watcher.stop();
});

interface Waking {
	run: WatcherRun;
	clock: HeldClock;
	wakeUp: FakeWakeUp;
	directory: FakeDirectory;
	/** How often the log was read. */
	reads: () => number;
}

/** Past the first read and the shortest pause, in the wait for the channel or the interval. */
async function waiting(setting: WatcherSetting = {}, prepare = (_wakeUp: FakeWakeUp) => {}): Promise<Waking> {
	const directory = setting.directory ?? new FakeDirectory();
	const clock = new HeldClock();
	const wakeUp = new FakeWakeUp();
	prepare(wakeUp);
	directory.wakeUp = wakeUp;
	let reads = 0;
	const { strategy } = directory;
	const read = strategy.read.bind(strategy);
	strategy.read = (cursor) => {
		reads++;
		return read(cursor);
	};
	const run = new WatcherRun({
		...setting,
		directory,
		clock,
		options: { pollIntervalMs: 60_000, ...setting.options },
	});
	running.push(run);
	await run.watcher.start({ patient: false });
	await run.until(() => clock.sleeping === 1);
	return { run, clock, wakeUp, directory, reads: () => reads };
}

/** The shortest pause between two reads is over. */
async function settled({ run, clock }: Waking): Promise<void> {
	clock.advance(50);
	await run.until(() => clock.sleeping === 1);
}

describe('a live channel', () => {
	it('ends the pause, and what happened is read', async () => {
		const waking = await waiting();
		await settled(waking);
		waking.directory.strategy.log.push(created('ann'));
		waking.wakeUp.say();
		await waking.run.caughtUp();
		expect(waking.run.events.map(({ user }) => user?.username)).toEqual(['ann']);
		expect(waking.clock.time).toBeLessThan(new HeldClock().time + 60_000);
	});

	it('loses nothing that happens while a read or a run is under way', async () => {
		let end: (() => void) | undefined;
		const waking = await waiting({
			handOff: (_batch, index) =>
				index > 0
					? { status: 'delivered' }
					: new Promise((resolve) => (end = () => resolve({ status: 'delivered' }))),
		});
		await settled(waking);
		const { log } = waking.directory.strategy;
		log.push(created('ann'));
		waking.wakeUp.say();
		await waking.run.until(() => end !== undefined);
		log.push(created('ben'));
		waking.wakeUp.say();
		end?.();
		await waking.run.until(() => waking.clock.sleeping === 1);
		waking.clock.advance(50);
		await waking.run.caughtUp();
		expect(waking.run.events.map(({ user }) => user?.username)).toEqual(['ann', 'ben']);
	});

	it('that speaks without end leads to one read in fifty milliseconds at the most', async () => {
		const waking = await waiting({}, (wakeUp) => (wakeUp.chatters = true));
		const { clock, run, reads } = waking;
		for (let turn = 0; turn < 5; turn++) {
			const before = reads();
			await run.until(() => clock.sleeping === 1);
			for (let idle = 0; idle < 20; idle++) await new Promise((resolve) => setImmediate(resolve));
			expect(reads()).toBe(before);
			clock.advance(49);
			for (let idle = 0; idle < 20; idle++) await new Promise((resolve) => setImmediate(resolve));
			expect(reads()).toBe(before);
			clock.advance(1);
			await run.until(() => reads() > before);
		}
	});

	it('that is lost is given up, and reading goes on at the usual pace', async () => {
		const waking = await waiting();
		const { clock, run, wakeUp, directory, reads } = waking;
		await settled(waking);
		wakeUp.fail(new Error('the server closed it'));
		await run.until(() => wakeUp.waiting === 0);
		const before = reads();
		directory.strategy.log.push(created('ann'));
		clock.advance(60_000);
		await run.caughtUp();
		expect(reads()).toBe(before + 1);
		expect(wakeUp.asked).toBe(1);
		expect(run.problems).toEqual([]);
		// Another session, another attempt.
		await run.until(() => clock.sleeping === 1);
		directory.strategy.failures.push(new Error('connection lost'));
		clock.advance(60_000);
		await run.until(() => clock.sleeping === 1);
		clock.advance(60_000);
		await run.until(() => wakeUp.asked === 2);
	});

	it('does not disturb a server that is to be left alone', async () => {
		const directory = new FakeDirectory();
		directory.strategy.restMs = 10_000;
		const waking = await waiting({ directory });
		const { clock, run, wakeUp, reads } = waking;
		const before = reads();
		wakeUp.say();
		clock.advance(9_999);
		for (let idle = 0; idle < 20; idle++) await new Promise((resolve) => setImmediate(resolve));
		expect(reads()).toBe(before);
		clock.advance(1);
		await run.until(() => reads() === before + 1);
	});

	it('is left by a watcher that stops while it waits', async () => {
		const waking = await waiting();
		await settled(waking);
		expect(waking.wakeUp.waiting).toBe(1);
		await waking.run.watcher.stop();
		await waking.run.until(() => waking.wakeUp.waiting === 0);
		expect(waking.clock.sleeping).toBe(0);
	});
});
