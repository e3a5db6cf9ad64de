import { LockClock } from '../../../lib/directory/changes/lockClock';
import { EventClassifier } from '../../../lib/directory/changes/classification';
import type { EntryChange, JsonValue } from '../../../lib/directory/changes/changes.types';
import type { ChangeEvent, EventKind } from '../../../lib/directory/changes/event.types';
import type { WatchSession } from '../../../lib/directory/changes/changes.types';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import { change, FakeDirectory, MemoryStore, person, scopeOf } from '../../support/fakeWatch';

const at = (time: string): string => `2030-01-01T${time}.000Z`;
const ann = person('ann');

const state = (locked: boolean | 'unknown') => ({
	enabled: true,
	locked,
	passwordResetRequired: false,
});

const locks = (time: string, until?: string, more: Partial<EntryChange> = {}): EntryChange =>
	change({
		person: ann,
		occurredAt: at(time),
		account: {
			before: state(false),
			after: state(true),
			...(until === undefined ? {} : { lockedUntil: at(until) }),
		},
		...more,
	});

const unlocks = (time: string): EntryChange =>
	change({ person: ann, occurredAt: at(time), account: { before: state(true), after: state(false) } });

/** A lock clock over what was committed, like one in a watcher; each of `restarted` begins from that. */
class Clocked {
	readonly told: ChangeEvent[] = [];
	now = at('11:00:00');

	private constructor(
		readonly directory: FakeDirectory,
		readonly store: MemoryStore,
		readonly session: WatchSession,
		readonly scope = scopeOf('user.locked', 'user.unlocked'),
		readonly clock = new LockClock(session, scope, () => new Date(this.now)),
	) {}

	static async begin({
		directory = new FakeDirectory(),
		store = new MemoryStore(),
		events = ['user.locked', 'user.unlocked'] as EventKind[],
	} = {}): Promise<Clocked> {
		directory.people.set(ann.dn, { ...ann, locked: true });
		const clocked = new Clocked(directory, store, await directory.open(), scopeOf(...events));
		await store.commit({ memory: await clocked.clock.start(store.memory, false) });
		return clocked;
	}

	async restarted(): Promise<Clocked> {
		return await Clocked.begin(this);
	}

	/** Nothing of it is committed: the process may be killed before. */
	async seen(...changes: EntryChange[]) {
		const classifier = new EventClassifier(this.session, this.scope, () => new Date(this.now));
		const events: ChangeEvent[] = [];
		for (const one of changes) events.push(...(await classifier.eventsOf(one)));
		return await this.clock.process(changes, events);
	}

	async page(...changes: EntryChange[]): Promise<void> {
		const { events, memory } = await this.seen(...changes);
		this.told.push(...events);
		await this.store.commit({ memory });
	}

	/** Asks at that time if the clock says so. */
	async becomes(time: string): Promise<void> {
		this.now = at(time);
		const { nextDueAt } = this.clock;
		if (!nextDueAt || nextDueAt.getTime() > Date.parse(this.now)) return;
		const { events, memory } = await this.clock.due(new Date(this.now));
		this.told.push(...events);
		await this.store.commit({ memory });
	}

	get story(): string[] {
		return this.told.map(({ event, occurredAt }) => `${event} ${occurredAt.slice(11, 19)}`);
	}
}

const LOCKED = 'user.locked 12:00:00';
const ENDED = 'user.unlocked 12:15:00';

describe('LockClock', () => {
	it('tells when a lock ended by itself, with the end it had from its beginning', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'));
		expect(clocked.clock.nextDueAt).toEqual(new Date(at('12:15:00')));
		await clocked.becomes('12:14:59');
		expect(clocked.story).toEqual([LOCKED]);
		await clocked.becomes('12:15:07');
		expect(clocked.story).toEqual([LOCKED, ENDED]);
		expect(clocked.told[1]).toMatchObject({
			user: { id: ann.id, username: 'ann', locked: false },
			actor: null,
			changes: [],
			late: false,
			detectedAt: at('12:15:07'),
		});
		expect(clocked.clock.nextDueAt).toBeUndefined();
	});

	it('remembers a lock over a restart, and names its end alike however often it is told', async () => {
		const before = await Clocked.begin();
		await before.page(locks('12:00:00', '12:15:00'));
		const killed = await before.restarted();
		const { events } = await killed.clock.due(new Date(at('12:15:00')));
		const after = await before.restarted();
		await after.becomes('13:00:00');
		expect(after.told.map(({ eventId }) => eventId)).toEqual(events.map(({ eventId }) => eventId));
		expect(after.told[0]?.late).toBe(true);
		expect((await after.restarted()).clock.nextDueAt).toBeUndefined();
	});

	it('leaves out what lifts a lock that has ended, also after a restart', async () => {
		const before = await Clocked.begin();
		await before.page(locks('12:00:00', '12:15:00'));
		await before.becomes('12:15:00');
		const after = await before.restarted();
		await after.page(unlocks('12:40:00'));
		expect(after.story).toEqual([]);
		await after.page(locks('13:00:00'), unlocks('13:01:00'));
		expect(after.story).toEqual(['user.locked 13:00:00', 'user.unlocked 13:01:00']);
	});

	it('tells of somebody who lifted the lock earlier, and of nothing at its end', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'), unlocks('12:05:00'));
		await clocked.becomes('12:20:00');
		expect(clocked.story).toEqual([LOCKED, 'user.unlocked 12:05:00']);
		expect(clocked.store.memories.size).toBe(0);
	});

	it('tells each end once and in order when it reads long afterwards', async () => {
		const clocked = await Clocked.begin();
		clocked.now = at('14:00:00');
		await clocked.page(
			locks('12:00:00', '12:15:00'),
			unlocks('12:40:00'),
			locks('13:00:00', '13:15:00'),
			locks('13:20:00', '13:35:00'),
		);
		await clocked.becomes('14:00:00');
		expect(clocked.story).toEqual([
			LOCKED,
			ENDED,
			'user.locked 13:00:00',
			'user.unlocked 13:15:00',
			'user.locked 13:20:00',
			'user.unlocked 13:35:00',
		]);
	});

	it('decides alike when a page is replayed, although the end was due meanwhile', async () => {
		const clocked = await Clocked.begin();
		const page = [locks('12:00:00', '12:15:00'), unlocks('12:40:00')];
		const first = await clocked.seen(...page);
		const again = await (await clocked.restarted()).seen(...page);
		const ids = (events: ChangeEvent[]): string[] => events.map(({ eventId }) => eventId);
		expect(ids(again.events)).toEqual(ids(first.events));
		expect(again.memory).toEqual(first.memory);
	});

	it('is told once where states are compared: when its time has come', async () => {
		const directory = new FakeDirectory();
		directory.strategy.detects = detections('net');
		const clocked = await Clocked.begin({ directory });
		await clocked.page(locks('12:00:00', '12:15:00'));
		// The entry was last written when it was locked, and the server's clock is ahead of ours.
		clocked.now = at('12:14:30');
		await clocked.page(unlocks('12:00:00'));
		await clocked.becomes('12:15:30');
		expect(clocked.story).toEqual([LOCKED, ENDED]);
		await clocked.page(locks('13:00:00', '13:15:00'));
		await clocked.becomes('13:15:00');
		await clocked.page(unlocks('13:00:00'));
		await clocked.becomes('14:00:00');
		expect(clocked.story).toEqual([LOCKED, ENDED, 'user.locked 13:00:00', 'user.unlocked 13:15:00']);
	});

	it('tells of somebody who lifted the lock within the second in which it was set', async () => {
		const clocked = await Clocked.begin();
		clocked.directory.strategy.detects = detections('net');
		await clocked.page(locks('10:00:00', '10:30:00'));
		clocked.now = at('10:00:01');
		await clocked.page(unlocks('10:00:00'));
		expect(clocked.told.map(({ event }) => event)).toEqual(['user.locked', 'user.unlocked']);
		await clocked.becomes('10:30:00');
		expect(clocked.told).toHaveLength(2);
	});

	it('follows a lock that is prolonged, and one that no longer ends by itself', async () => {
		const clocked = await Clocked.begin();
		const stays = { before: state(true), after: state(true) };
		await clocked.page(locks('12:00:00', '12:15:00'));
		await clocked.page(locks('12:10:00', undefined, { account: { ...stays, lockedUntil: at('12:25:00') } }));
		await clocked.becomes('12:20:00');
		expect(clocked.story).toEqual([LOCKED]);
		await clocked.page(locks('12:21:00', undefined, { account: { ...stays, before: state('unknown') } }));
		await clocked.becomes('13:00:00');
		expect(clocked.story).toEqual([LOCKED, 'user.locked 12:21:00']);
	});

	it('keeps the end of a lock of which nothing else is said while it lasts', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'));
		const stays = { before: state(true), after: { ...state(true), passwordResetRequired: true } };
		await clocked.page(locks('12:10:00', undefined, { account: stays }));
		await clocked.becomes('12:15:00');
		expect(clocked.story).toEqual([LOCKED, ENDED]);
		await clocked.page(locks('12:16:00', '12:15:00', { account: { ...stays, lockedUntil: at('12:15:00') } }));
		await clocked.becomes('12:30:00');
		expect(clocked.story).toEqual([LOCKED, ENDED]);
	});

	it('forgets who is deleted', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'));
		await clocked.page(change({ operation: 'deleted', person: ann, occurredAt: at('12:20:00') }));
		await clocked.becomes('13:00:00');
		expect(clocked.story).toEqual([LOCKED]);
		expect(clocked.store.memories.size).toBe(0);
	});

	it('follows who is renamed', async () => {
		const clocked = await Clocked.begin();
		const renamed = person('ann', { dn: 'uid=anna,ou=people,dc=example,dc=org', username: 'anna' });
		await clocked.page(locks('12:00:00', '12:15:00'));
		await clocked.page(
			change({
				operation: 'renamed',
				person: renamed,
				previousDn: ann.dn,
				occurredAt: at('12:10:00'),
			}),
		);
		clocked.directory.people.delete(ann.dn);
		clocked.directory.people.set(renamed.dn, renamed);
		await clocked.becomes('12:15:00');
		expect(clocked.told.at(-1)).toMatchObject({ event: 'user.unlocked', user: { username: 'anna' } });
	});

	it('tells nothing of somebody else who has the name now', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'));
		clocked.directory.people.set(ann.dn, { ...ann, id: 'id-other' });
		await clocked.becomes('12:15:00');
		expect(clocked.story).toEqual([LOCKED]);
	});

	it('tells with what it knows when the person cannot be read', async () => {
		const clocked = await Clocked.begin();
		await clocked.page(locks('12:00:00', '12:15:00'));
		clocked.directory.people.clear();
		await clocked.becomes('12:15:00');
		expect(clocked.told.at(-1)?.user).toMatchObject({ id: ann.id, dn: ann.dn, locked: false });
	});

	it('remembers nothing when nobody wants to hear of it, and forgets what it remembered', async () => {
		const before = await Clocked.begin();
		await before.page(locks('12:00:00', '12:15:00'));
		const { directory, store } = before;
		const without = await Clocked.begin({ directory, store, events: ['user.locked'] });
		expect(store.memories.size).toBe(0);
		await without.page(locks('12:30:00', '12:45:00'));
		await without.becomes('13:00:00');
		expect(without.story).toEqual(['user.locked 12:30:00']);
		expect(store.memories.size).toBe(0);
	});

	it.each<JsonValue>([null, 'x', [], { dn: 'uid=ann' }, { until: 'never' }])(
		'takes what it did not write for nothing: %j',
		async (value) => {
			const store = new MemoryStore();
			await store.commit({ memory: [{ stage: 'lockClock', key: 'id-ann', value }] });
			const clocked = await Clocked.begin({ store });
			expect(clocked.clock.nextDueAt).toBeUndefined();
			expect(store.memories.size).toBe(0);
		},
	);

	it('does not trip over an end that is no time', async () => {
		const clocked = await Clocked.begin();
		const account = { before: state(false), after: state(true), lockedUntil: 'whenever' };
		await clocked.page(locks('12:00:00', undefined, { account }));
		expect(clocked.clock.nextDueAt).toBeUndefined();
	});

	it('tells many ends in portions', async () => {
		const clocked = await Clocked.begin();
		const everybody = Array.from({ length: 1_200 }, (_, index) => {
			const one = person(`p${index}`);
			return locks('12:00:00', '12:15:00', { person: one, entryId: one.id, dn: one.dn });
		});
		await clocked.page(...everybody);
		const portions: number[] = [];
		for (let before = clocked.told.length; clocked.clock.nextDueAt; before = clocked.told.length) {
			await clocked.becomes('12:15:00');
			portions.push(clocked.told.length - before);
		}
		expect(portions).toEqual([500, 500, 200]);
	});
});
