import type { EntryChange, JsonValue } from '../../../lib/directory/changes/changes.types';
import type { ChangeEvent, EventKind, WatchScope } from '../../../lib/directory/changes/event.types';
import { EventPipeline } from '../../../lib/directory/changes/eventPipeline';
import type { EventStage, MemoryWrite } from '../../../lib/directory/changes/eventStage.types';
import { FirstEventFilter } from '../../../lib/directory/changes/firstEvents';
import { change, created, FakeDirectory, group, MemoryStore, person, scopeOf } from '../../support/fakeWatch';

const NOW = new Date('2030-01-01T12:00:00.000Z');

/** Notes what it sees, and tells what it is given. */
class NotingStage implements EventStage {
	readonly seen: string[] = [];
	nextDueAt: Date | undefined;
	tells: ChangeEvent[] = [];

	constructor(readonly name: string) {}

	async start(_memory: unknown, isFresh: boolean): Promise<MemoryWrite[]> {
		return [this.#write('start', isFresh)];
	}

	async process(changes: readonly EntryChange[], events: ChangeEvent[]) {
		this.seen.push(`${changes.length} changes, ${events.length} events`);
		return { events: [...events, ...this.tells.splice(0)], memory: [this.#write('page', changes.length)] };
	}

	async due(now: Date) {
		this.seen.push(`due at ${now.toISOString()}`);
		this.nextDueAt = undefined;
		return { events: this.tells.splice(0), memory: [this.#write('due', true)] };
	}

	#write(key: string, value: JsonValue): MemoryWrite {
		return { stage: this.name, key, value };
	}
}

interface Setting {
	scope?: Partial<WatchScope>;
	events?: EventKind[];
	stages?: EventStage[];
	ownDn?: string;
	filter?: FirstEventFilter;
}

async function pipeline({ scope, events = ['user.created'], stages = [], ownDn, filter }: Setting) {
	const directory = new FakeDirectory();
	directory.ownDn = ownDn;
	const all = { ...scopeOf(...events), ...scope };
	directory.people.set(person('ann').dn, person('ann'));
	return new EventPipeline(await directory.open(), all, () => NOW, stages, filter);
}

async function eventOf(change: EntryChange, kind: EventKind): Promise<ChangeEvent> {
	const { kept } = await (await pipeline({})).process([change]);
	const [event] = kept;
	if (!event) throw new Error('no event');
	return { ...event, event: kind, eventId: `${event.eventId}-${kind}` };
}

describe('EventPipeline', () => {
	it('takes a page through the stages in order, and keeps what all of them remember', async () => {
		const [first, second] = [new NotingStage('first'), new NotingStage('second')];
		const line = await pipeline({ stages: [first, second] });
		expect(await line.start(new MemoryStore().memory, true)).toEqual([
			{ stage: 'first', key: 'start', value: true },
			{ stage: 'second', key: 'start', value: true },
		]);
		first.tells = [await eventOf(created('ben'), 'security.unusualGroupChange')];
		const { kept, memory } = await line.process([created('ann'), change({})]);
		expect(second.seen).toEqual(['2 changes, 2 events']);
		expect(kept.map(({ event }) => event)).toEqual(['user.created', 'security.unusualGroupChange']);
		expect(memory.map(({ stage, key }) => `${stage} ${key}`)).toEqual(['first page', 'second page']);
	});

	it('asks only those whose time has come, and takes what they tell through those behind them', async () => {
		const stages = ['first', 'second', 'third'].map((name) => new NotingStage(name));
		const [first, second, third] = stages;
		const line = await pipeline({ stages });
		expect(line.nextDueAt).toBe(Infinity);
		if (first && second && third) {
			first.nextDueAt = new Date(NOW.getTime() + 1);
			second.nextDueAt = NOW;
			second.tells = [await eventOf(created('ann'), 'user.unlocked')];
		}
		expect(line.nextDueAt).toBe(NOW.getTime());
		const { kept, memory } = await line.due(NOW);
		expect(kept.map(({ event }) => event)).toEqual(['user.unlocked']);
		expect(stages.map(({ seen }) => seen)).toEqual([
			[],
			[`due at ${NOW.toISOString()}`],
			['0 changes, 1 events'],
		]);
		expect(memory.map(({ stage, key }) => `${stage} ${key}`)).toEqual(['second due', 'third page']);
	});

	it('tells security events of people who were told of before', async () => {
		const store = new MemoryStore();
		const stage = new NotingStage('s');
		const line = await pipeline({ stages: [stage], filter: new FirstEventFilter(store, 86_400_000) });
		const granted = await eventOf(created('ann'), 'security.privilegedAccessGranted');
		stage.tells = [granted];
		const { kept, firsts } = await line.process([created('ann'), created('ann')]);
		expect(kept.map(({ event }) => event)).toEqual(['user.created', 'security.privilegedAccessGranted']);
		expect(firsts.map(({ eventId }) => eventId)).not.toContain(granted.eventId);
	});
});

describe('changes by accounts that are left out', () => {
	const service = 'cn=HR Sync, ou=services, dc=example, dc=org';
	const byService = { actor: 'CN=hr sync,ou=services,dc=example,dc=org' };
	const events: EventKind[] = [
		'user.created',
		'group.memberAdded',
		'group.created',
		'user.firstDeviceRegistered',
	];
	const joins = (more: Partial<EntryChange>): EntryChange =>
		change({
			group: group('nurses'),
			members: { added: [{ value: person('ann').dn, is: 'dn' }], removed: [] },
			...more,
		});
	const registers = (more: Partial<EntryChange>): EntryChange =>
		change({ operation: 'created', device: { owner: { value: person('ann').dn, is: 'dn' } }, ...more });

	const told = async (setting: Setting, ...changes: EntryChange[]): Promise<string[]> => {
		const { kept } = await (await pipeline({ events, ...setting })).process(changes);
		return kept.map(({ event }) => event);
	};

	it('are no events, however their DN is written, but stages see them', async () => {
		const stage = new NotingStage('graph');
		const setting = { scope: { leftOutActors: [service] }, stages: [stage] };
		expect(await told(setting, created('ben', byService), joins(byService), registers(byService))).toEqual(
			[],
		);
		expect(stage.seen).toEqual(['3 changes, 0 events']);
		expect(await told(setting, created('ben'), joins({}))).toEqual(['user.created', 'group.memberAdded']);
	});

	it('are told where the server does not record who made them, whoever wrote last', async () => {
		const lastModifier = { actor: null, lastModifier: service };
		expect(await told({ scope: { leftOutActors: [service] } }, created('ben', lastModifier))).toEqual([
			'user.created',
		]);
	});

	it("are the own login's, unless they are wanted", async () => {
		expect(await told({ ownDn: service }, created('ben', byService), joins(byService))).toEqual([]);
		const wanted = { ownDn: service, scope: { includeOwn: true } };
		expect(await told(wanted, created('ben', byService), joins(byService))).toEqual([
			'user.created',
			'group.memberAdded',
		]);
	});

	it('are left out when chosen, although what the own login does is wanted', async () => {
		const setting = { ownDn: service, scope: { includeOwn: true, leftOutActors: [service] } };
		expect(await told(setting, created('ben', byService))).toEqual([]);
	});

	it('tell of a first device, which the own login registers', async () => {
		expect(await told({ ownDn: service }, registers(byService))).toEqual(['user.firstDeviceRegistered']);
	});

	it('do not trip over an actor that is no DN', async () => {
		expect(await told({ ownDn: service }, created('ben', { actor: '\\zz,=' }))).toEqual(['user.created']);
	});

	it('has the members of a page read together, and forgets them after it', async () => {
		const expected: string[][] = [];
		const session = await new FakeDirectory().open();
		session.expectMembers = async (members) => void expected.push(members.map(({ value }) => value));
		const members = (...names: string[]) => names.map((value) => ({ value, is: 'dn' as const }));
		const changes = [
			change({ group: group('a'), members: { added: members('uid=a', 'uid=b'), removed: members('uid=c') } }),
			change({ group: group('b'), members: { added: members('uid=d'), removed: [] } }),
		];
		const scope = scopeOf('group.memberAdded');
		await new EventPipeline(session, scope, () => NOW, []).process(changes);
		expect(expected).toEqual([['uid=a', 'uid=b', 'uid=d'], []]);
	});
});
