import type { ChangeEvent, WatchScope } from '../../../../lib/directory/changes/event.types';
import { DEFAULT_LIMITS } from '../../../../lib/directory/changes/event.types';
import { eventGroup, eventUser } from '../../../../lib/directory/changes/eventSubject';
import { BulkChangeStage } from '../../../../lib/directory/changes/security/bulkChange.stage';
import { concludedEvent } from '../../../../lib/directory/changes/security/concludedEvent';
import { group, person, scopeOf } from '../../../support/fakeWatch';
import { GroupWorld, StageRows, StageRun } from '../../../support/groupWorld';

const MINUTE = 60_000;
const scope: WatchScope = {
	...scopeOf('security.bulkChange'),
	limits: { ...DEFAULT_LIMITS, bulk: { changes: 3, windowMs: 5 * MINUTE } },
};
const at = (time: string): string => `2030-01-01T${time}.000Z`;

class Bulk {
	time = Date.parse(at('12:01:00'));
	#count = 0;

	private constructor(
		readonly world: GroupWorld,
		readonly run: StageRun,
	) {}

	static async over(memory = new StageRows()): Promise<Bulk> {
		const world = new GroupWorld({});
		const clock = { now: () => new Date(at('12:01:00')) };
		const stage = new BulkChangeStage(await world.session(), scope, () => clock.now());
		const bulk = new Bulk(world, await new StageRun(stage, memory).start());
		clock.now = () => new Date(bulk.time);
		return bulk;
	}

	async events(number: number, time: string, more: Partial<ChangeEvent> = {}): Promise<ChangeEvent[]> {
		const session = await this.world.session();
		return Array.from({ length: number }, () =>
			concludedEvent(
				{ session, now: () => new Date(this.time) },
				{
					event: 'user.updated',
					occurredAt: at(time),
					about: { subject: `${++this.#count}`, group: '', changeId: time },
					user: eventUser(person('ann')),
					...more,
				},
			),
		);
	}

	async page(...events: ChangeEvent[]): Promise<ChangeEvent[]> {
		return await this.run.page([], events);
	}

	async due(time: string): Promise<ChangeEvent[]> {
		this.time = Date.parse(at(time));
		return await this.run.due(new Date(this.time));
	}

	get dueAt(): string | undefined {
		return this.run.stage.nextDueAt?.toISOString();
	}
}

const kinds = (events: readonly ChangeEvent[]): string[] => events.map(({ event }) => event);
const inGroup = (name: string): Partial<ChangeEvent> => ({
	event: 'group.memberAdded',
	group: eventGroup(group(name)),
});

describe('BulkChangeStage', () => {
	it('lets up to the limit pass', async () => {
		const bulk = await Bulk.over();
		expect(await bulk.page(...(await bulk.events(3, '12:00:01')))).toHaveLength(3);
		expect(bulk.dueAt).toBeUndefined();
		expect(await bulk.due('12:30:00')).toEqual([]);
	});

	it('absorbs a page that alone passes the limit as a whole, and tells one summary when the window has closed', async () => {
		const bulk = await Bulk.over();
		const updates = await bulk.events(2, '12:00:01');
		const joins = [
			...(await bulk.events(2, '12:00:02', inGroup('A'))),
			...(await bulk.events(1, '12:03:00', inGroup('B'))),
		];
		expect(await bulk.page(...updates, ...joins)).toEqual([]);
		expect(bulk.dueAt).toBe(at('12:05:00'));
		expect(await bulk.due('12:04:59')).toEqual([]);
		const [summary, ...more] = await bulk.due('12:05:00');
		expect(more).toEqual([]);
		expect(summary).toMatchObject({
			event: 'security.bulkChange',
			occurredAt: at('12:03:00'),
			late: false,
			user: null,
			group: null,
			security: {
				count: 5,
				limit: 3,
				from: at('12:00:01'),
				to: at('12:03:00'),
				byKind: { 'user.updated': 2, 'group.memberAdded': 3 },
				groups: [
					{ id: 'id-A', name: 'A', changes: 2 },
					{ id: 'id-B', name: 'B', changes: 1 },
				],
			},
		});
		expect(summary?.security?.sample?.[0]).toEqual({
			event: 'user.updated',
			userId: 'id-ann',
			groupId: null,
			occurredAt: at('12:00:01'),
		});
		expect(bulk.dueAt).toBeUndefined();
	});

	it('leaves what was handed over before, and counts it', async () => {
		const bulk = await Bulk.over();
		expect(await bulk.page(...(await bulk.events(3, '12:00:01')))).toHaveLength(3);
		expect(await bulk.page(...(await bulk.events(1, '12:00:02')))).toEqual([]);
		const [summary] = await bulk.due('12:06:00');
		expect(summary?.security).toMatchObject({ count: 4, from: at('12:00:01') });
		// Nobody could have told it before the window was over.
		expect(summary?.late).toBe(false);
	});

	it('does not count what follows from nesting, but absorbs it', async () => {
		const effective = { group: { ...eventGroup(group('A')), membership: 'effective' as const } };
		const bulk = await Bulk.over();
		expect(
			await bulk.page(...(await bulk.events(9, '12:00:01', { ...inGroup('A'), ...effective }))),
		).toHaveLength(9);
		const page = [
			...(await bulk.events(4, '12:00:02')),
			...(await bulk.events(2, '12:00:02', { ...inGroup('A'), ...effective })),
			...(await bulk.events(1, '12:00:02', { nestedGroup: { id: 'b', dn: 'cn=b', name: 'b', members: 7 } })),
		];
		expect(await bulk.page(...page)).toEqual([]);
		const [summary] = await bulk.due('12:05:00');
		expect(summary?.security).toMatchObject({ count: 4, byKind: { 'user.updated': 4 } });
		expect(summary?.security?.explanation).toContain('and 3 memberships through nested groups');
	});

	it('never sums up security and health events', async () => {
		const bulk = await Bulk.over();
		const page = [
			...(await bulk.events(9, '12:00:01', { event: 'security.privilegedAccessGranted' })),
			...(await bulk.events(4, '12:00:01')),
			...(await bulk.events(1, '12:00:01', { event: 'health.reconciled' })),
		];
		const told = kinds(await bulk.page(...page));
		expect(told).toHaveLength(10);
		expect(told).not.toContain('user.updated');
		expect((await bulk.due('12:05:00'))[0]?.security?.count).toBe(4);
	});

	it('tells the summary before what a later window holds', async () => {
		const bulk = await Bulk.over();
		await bulk.page(...(await bulk.events(4, '12:00:01')));
		expect(kinds(await bulk.page(...(await bulk.events(1, '12:05:00'))))).toEqual([
			'security.bulkChange',
			'user.updated',
		]);
		expect(bulk.dueAt).toBeUndefined();
	});

	it('works the same for a backlog, page by page', async () => {
		const bulk = await Bulk.over();
		bulk.time = Date.parse(at('18:00:00'));
		expect(await bulk.page(...(await bulk.events(4, '12:00:01')))).toEqual([]);
		// Long over, but the next page of the same window is on its way.
		expect(await bulk.due('18:00:01')).toEqual([]);
		expect(await bulk.page(...(await bulk.events(4, '12:00:02')))).toEqual([]);
		const [summary] = await bulk.due('18:00:11');
		expect(summary?.security?.count).toBe(8);
		expect(summary?.late).toBe(true);
	});

	it('makes a further summary of what turns up after the first', async () => {
		const bulk = await Bulk.over();
		await bulk.page(...(await bulk.events(4, '12:00:01')));
		const [first] = await bulk.due('12:05:00');
		expect(await bulk.page(...(await bulk.events(1, '12:04:59')))).toEqual([]);
		const [second] = await bulk.due('12:05:10');
		expect(second?.security?.count).toBe(5);
		expect(second?.eventId).not.toBe(first?.eventId);
	});

	it('decides the same at a replay and after a restart', async () => {
		const bulk = await Bulk.over();
		await bulk.page(...(await bulk.events(2, '12:00:01')));
		const copy = new StageRows();
		for (const [row, value] of bulk.run.memory.rows) copy.rows.set(row, value);
		const page = await bulk.events(2, '12:00:02', inGroup('A'));
		expect(await bulk.page(...page)).toEqual([]);
		const again = await Bulk.over(copy);
		expect(await again.page(...page)).toEqual([]);
		const restarted = await Bulk.over(copy);
		expect(await restarted.due('12:05:00')).toEqual(await bulk.due('12:05:00'));
		expect([...copy.rows]).toEqual([...bulk.run.memory.rows]);
	});

	it('gives a further summary of a window that it has forgotten another id', async () => {
		const bulk = await Bulk.over();
		const [early, later] = [await bulk.events(5, '12:00:01'), await bulk.events(5, '12:00:02')];
		await bulk.page(...early);
		const [first] = await bulk.due('12:05:00');
		bulk.time = Date.parse(at('18:00:00'));
		await bulk.page(...(await bulk.events(1, '18:00:00')));
		await bulk.page(...later);
		const [second] = await bulk.due('18:00:30');
		expect(second?.security).toMatchObject({ count: 5, from: at('12:00:02') });
		expect(second?.eventId).not.toBe(first?.eventId);
	});

	it('takes the times of the window for stored ones that are none, and forgets rows of no window', async () => {
		const memory = new StageRows();
		const counts = { count: 9, absorbed: 9 };
		memory.commit([
			{ stage: 'bulkChange', key: at('12:00:00'), value: { ...counts, first: 'then', last: '' } },
			{
				stage: 'bulkChange',
				key: 'never',
				value: { ...counts, first: at('12:00:00'), last: at('12:00:00') },
			},
		]);
		const bulk = await Bulk.over(memory);
		expect(memory.rows.size).toBe(1);
		const [summary, ...more] = await bulk.due('12:05:00');
		expect(more).toEqual([]);
		expect(summary?.occurredAt).toBe(at('12:00:00'));
		expect(summary?.security).toMatchObject({ count: 9, from: at('12:00:00') });
	});

	it('forgets windows that are long over, shows ten at most, and survives rows and times that are none', async () => {
		const memory = new StageRows();
		memory.commit([
			{ stage: 'bulkChange', key: 'x', value: [1] },
			{ stage: 'bulkChange', key: 'y', value: { count: 'a', groups: [null], sample: 7, byKind: [] } },
		]);
		const bulk = await Bulk.over(memory);
		await bulk.page(...(await bulk.events(20, '12:00:01')));
		expect((await bulk.due('12:05:00'))[0]?.security?.sample).toHaveLength(10);
		bulk.time = Date.parse(at('18:00:00'));
		await bulk.page(...(await bulk.events(1, '18:00:00')));
		expect([...memory.rows.keys()].filter((row) => row.includes('12:00:00'))).toEqual([]);
		const nonsense = await bulk.events(1, '18:00:00');
		expect(await bulk.page(...nonsense.map((event) => ({ ...event, occurredAt: 'never' })))).toHaveLength(1);
	});
});
