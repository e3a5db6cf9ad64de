import { DEFAULT_LIMITS } from '../../../../lib/directory/changes/event.types';
import type { WatchScope } from '../../../../lib/directory/changes/event.types';
import { UnusualGroupChangeStage } from '../../../../lib/directory/changes/security/unusualGroupChange.stage';
import { group, scopeOf } from '../../../support/fakeWatch';
import { delta, GroupWorld, StageRows, StageRun } from '../../../support/groupWorld';

const scope: WatchScope = {
	...scopeOf('security.unusualGroupChange'),
	limits: { ...DEFAULT_LIMITS, unusualChanges: 2 },
};

async function runOver(world = new GroupWorld({}), more: Partial<WatchScope> = {}, memory = new StageRows()) {
	const now = () => new Date('2030-01-01T12:00:00.000Z');
	const stage = new UnusualGroupChangeStage(await world.session(), { ...scope, ...more }, now);
	return await new StageRun(stage, memory).start();
}

const at = (time: string) => ({ occurredAt: `2030-01-01T${time}.000Z` });

describe('UnusualGroupChangeStage', () => {
	it('tells with the change that passes the limit, once an hour', async () => {
		const run = await runOver();
		expect(await run.page([delta('A', ['ann', 'ben'], [], at('12:00:00'))])).toEqual([]);
		const [event, ...more] = await run.page([delta('A', ['eve', 'dan'], [], at('12:59:59'))]);
		expect(more).toEqual([]);
		expect(event).toMatchObject({
			event: 'security.unusualGroupChange',
			occurredAt: '2030-01-01T12:59:59.000Z',
			user: null,
			group: { id: 'id-A', name: 'A' },
			security: { count: 4, limit: 2, from: '2030-01-01T12:00:00.000Z', to: '2030-01-01T13:00:00.000Z' },
		});
		expect(event?.security?.explanation).toMatch(/^4 members were added to A .* more than 2 /);
		expect(await run.page([delta('A', ['joe'], [], at('12:59:59'))])).toEqual([]);
	});

	it('counts directions, groups and hours apart', async () => {
		const run = await runOver();
		const page = [
			delta('A', ['ann', 'ben'], ['eve'], at('12:10:00')),
			delta('B', ['ann', 'ben'], [], at('12:10:00')),
			delta('A', ['joe'], [], at('13:10:00')),
		];
		expect(await run.page(page)).toEqual([]);
		const events = await run.page([delta('A', ['dan'], ['joe', 'kim'], at('12:20:00'))]);
		expect(events.map(({ security }) => security?.count)).toEqual([3, 3]);
		expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
	});

	it('counts the same after a restart, and gives the same id at a replay', async () => {
		const run = await runOver();
		await run.page([delta('A', ['ann', 'ben'], [], at('12:10:00'))]);
		const page = [delta('A', ['eve'], [], at('12:20:00'))];
		const before = new StageRows();
		for (const [row, value] of run.memory.rows) before.rows.set(row, value);
		const events = await run.page(page);
		expect(events).toHaveLength(1);
		expect(await (await runOver(undefined, {}, before)).page(page)).toEqual(events);
	});

	it('looks at watched groups alone, if there are any', async () => {
		const world = new GroupWorld({});
		world.directory.watchedGroups = [group('A')];
		const run = await runOver(world);
		const members = ['ann', 'ben', 'eve'];
		const events = await run.page([
			delta('A', members, [], at('12:00:00')),
			delta('B', members, [], at('12:00:00')),
		]);
		expect(events.map((event) => event.group?.name)).toEqual(['A']);
	});

	it('does not count what accounts do that are left out', async () => {
		const run = await runOver(undefined, { leftOutActors: ['cn=admin,dc=example,dc=org'] });
		expect(await run.page([delta('A', ['ann', 'ben', 'eve'], [], at('12:00:00'))])).toEqual([]);
	});

	it('forgets hours that are over, but none that a backlog is in', async () => {
		const run = await runOver();
		await run.page([delta('A', ['ann'], [], at('01:10:00'))]);
		await run.page([delta('A', ['ben', 'eve'], [], at('01:20:00')), delta('A', ['ann'], [], at('02:20:00'))]);
		expect(run.memory.rows.size).toBe(2);
		await run.page([delta('A', ['ann'], [], at('12:20:00'))]);
		expect(run.memory.rows.size).toBe(1);
	});
});
