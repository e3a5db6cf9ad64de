import type { EntryChange } from '../../../../lib/directory/changes/changes.types';
import { EventClassifier } from '../../../../lib/directory/changes/classification';
import type { ChangeEvent, WatchScope } from '../../../../lib/directory/changes/event.types';
import { DEFAULT_LIMITS } from '../../../../lib/directory/changes/event.types';
import { detections } from '../../../../lib/directory/changes/strategies/detections';
import { LeftOutActors } from '../../../../lib/directory/changes/leftOut';
import { MembershipStage } from '../../../../lib/directory/changes/membership/membership.stage';
import { change, group, person, scopeOf } from '../../../support/fakeWatch';
import {
	byDn,
	delta,
	dnOf,
	GroupWorld,
	member,
	shown,
	StageRows,
	StageRun,
} from '../../../support/groupWorld';

const now = () => new Date('2030-01-01T00:00:01.000Z');
const scope: WatchScope = { ...scopeOf('group.memberAdded', 'group.memberRemoved'), nested: true };
const limited = (nestedMembers: number): WatchScope => ({
	...scope,
	limits: { ...DEFAULT_LIMITS, nestedMembers },
});

/** The classifier and the stage, as the watcher runs them. */
class Watch {
	private constructor(
		readonly world: GroupWorld,
		readonly run: StageRun,
		private readonly classify: (change: EntryChange) => Promise<ChangeEvent[]>,
	) {}

	static async over(
		world: GroupWorld,
		watched: WatchScope = scope,
		{ memory, isFresh = true }: { memory?: StageRows; isFresh?: boolean } = {},
	): Promise<Watch> {
		world.directory.watchedGroups ??= [group('ROOT')];
		const session = await world.session();
		const classifier = new EventClassifier(session, watched, now);
		const leftOut = new LeftOutActors(session, watched);
		const stage = new MembershipStage(session, watched, now);
		const run = await new StageRun(stage, memory).start(isFresh);
		return new Watch(world, run, async (one) => leftOut.kept(one, await classifier.eventsOf(one)));
	}

	async page(...changes: EntryChange[]): Promise<ChangeEvent[]> {
		const events: ChangeEvent[] = [];
		for (const one of changes) events.push(...(await this.classify(one)));
		return await this.run.page(changes, events);
	}

	async tells(...changes: EntryChange[]): Promise<string[]> {
		return (await this.page(...changes)).map(shown);
	}
}

const renamed = (name: string, to: string, more: Partial<EntryChange> = {}): EntryChange =>
	change({
		operation: 'renamed',
		entryId: group(name).id,
		previousDn: group(name).dn,
		dn: group(to).dn,
		group: { ...group(to), id: group(name).id },
		...more,
	});

describe('MembershipStage', () => {
	it('tells nothing of what was there at the start', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['ann', 'A'], A: ['ben'] }));
		expect(await watch.tells()).toEqual([]);
		expect(watch.world.read).toBe(2);
	});

	it('tells who came and went through a nested group, and how', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['B'], B: [] }));
		const [added] = await watch.page(delta('B', ['ann'], [], { changeId: 'c1' }));
		expect(added).toMatchObject({
			event: 'group.memberAdded',
			user: { username: 'ann' },
			group: { name: 'ROOT', membership: 'effective', via: ['A', 'B'] },
			changes: [{ attribute: 'member', before: [], after: [dnOf('ann')] }],
		});
		expect(await watch.tells(delta('B', [], ['ann']))).toEqual(['-ann in ROOT via A/B']);
	});

	it('leaves direct memberships to the event that tells them already', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: [] }));
		const [added, ...more] = await watch.page(delta('ROOT', ['ann']));
		expect(more).toEqual([]);
		expect(added?.group).toMatchObject({ membership: 'direct', via: [] });
		expect(await watch.tells(delta('ROOT', [], ['ann']))).toEqual(['-ann in ROOT']);
	});

	it('drops direct changes that change nothing effectively', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann'] }));
		expect(await watch.tells(delta('ROOT', ['ann']))).toEqual([]);
		expect(await watch.tells(delta('A', [], ['ann']))).toEqual([]);
		expect(await watch.tells(delta('ROOT', [], ['ann']))).toEqual(['-ann in ROOT']);
	});

	it('counts somebody once, however many ways lead to them', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A', 'B'], A: ['C'], B: ['C'], C: [] }));
		expect(await watch.tells(delta('C', ['ann']))).toEqual(['+ann in ROOT via A/C']);
		expect(await watch.tells(delta('A', [], ['C']))).toEqual([]);
		expect(await watch.tells(delta('B', [], ['C']))).toEqual(['-ann in ROOT via B/C']);
	});

	it('survives circles', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['B'], B: ['A', 'ROOT', 'B'] }));
		expect(await watch.tells(delta('B', ['ann']))).toEqual(['+ann in ROOT via A/B']);
		expect(await watch.tells(delta('ROOT', [], ['A']))).toEqual(['-ann in ROOT via A/B']);
		expect(await watch.tells(delta('B', ['ben']))).toEqual([]);
	});

	it('reads a group that becomes nested, and tells nothing twice', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: [], A: ['ann', 'B'], B: ['ben'] }));
		expect(await watch.tells(delta('ROOT', ['A']), delta('A', ['ann']))).toEqual([
			'+ann in ROOT via A',
			'+ben in ROOT via A/B',
		]);
		const [event] = await watch.page(delta('ROOT', [], ['A']));
		expect(event?.changes).toEqual([{ attribute: 'member', before: [group('A').dn], after: [] }]);
	});

	it('forgets groups that are out of reach', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['B'], B: ['ann'] }));
		await watch.page(delta('ROOT', [], ['A']));
		expect([...watch.run.memory.rows.keys()]).toEqual([JSON.stringify(['membership', 'g:id-ROOT'])]);
	});

	it('tells a large group as one event with a number', async () => {
		const watch = await Watch.over(
			new GroupWorld({ ROOT: ['A'], A: [], B: ['ann', 'ben', 'eve'] }),
			limited(2),
		);
		const [event, ...more] = await watch.page(delta('A', ['B']));
		expect(more).toEqual([]);
		expect(event).toMatchObject({
			user: null,
			nestedGroup: { id: 'id-B', name: 'B', members: 3 },
			group: { name: 'ROOT', membership: 'effective', via: ['A'] },
		});
		expect(watch.world.asked).toBeLessThan(6);
		expect(await watch.tells(delta('A', [], ['B']))).toEqual(['-B(3) in ROOT via A']);
	});

	it('tells each person who is added to a nested group, however many they are', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }), limited(2));
		expect(await watch.tells(delta('A', ['ann', 'ben', 'eve']))).toHaveLength(3);
	});

	it('does not count those who were members before by another way', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['ann'], B: ['ann', 'ben', 'eve'] }), limited(2));
		expect(await watch.tells(delta('ROOT', ['B']))).toEqual(['+ben in ROOT via B', '+eve in ROOT via B']);
	});

	it('follows a group that is renamed in the middle', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['B'], B: ['ann'] }));
		expect(await watch.tells(renamed('A', 'NEW'))).toEqual([]);
		expect(await watch.tells(delta('B', ['ben']))).toEqual(['+ben in ROOT via NEW/B']);
		expect(await watch.tells(delta('ROOT', ['NEW'], ['A']))).toEqual([]);
		expect(await watch.tells(delta('ROOT', [], ['NEW']))).toEqual([
			'-ann in ROOT via NEW/B',
			'-ben in ROOT via NEW/B',
		]);
	});

	it('follows a person who is renamed', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann'] }));
		const moved = change({
			operation: 'renamed',
			person: person('anna', { id: 'id-ann' }),
			previousDn: dnOf('ann'),
			dn: dnOf('anna'),
		});
		expect(await watch.tells(moved, delta('A', ['anna'], ['ann']))).toEqual([]);
		expect(await watch.tells(delta('A', [], ['anna']))).toEqual(['-anna in ROOT via A']);
	});

	it('takes a deleted group for one whose members leave', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann', 'ben'] }), limited(1));
		const deleted = delta('A', [], ['ann', 'ben'], { operation: 'deleted' });
		expect(await watch.tells(deleted)).toEqual(['-A(2) in ROOT']);
		expect(await watch.tells(delta('ROOT', [], ['A']))).toEqual([]);
	});

	it('takes a deleted root for one that everybody left, and knows it when it is made anew', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A', 'eve'], A: ['ann'] }));
		const deleted = delta('ROOT', [], ['A', 'eve'], { operation: 'deleted' });
		expect((await watch.tells(deleted)).sort()).toEqual(['-ann in ROOT via A', '-eve in ROOT']);
		const anew = { ...group('ROOT'), id: 'id-another' };
		const made = change({
			operation: 'created',
			group: anew,
			members: { added: [member('A')], removed: [] },
		});
		const [event] = await watch.page(made);
		expect(event).toMatchObject({ event: 'group.memberAdded', group: { id: 'id-another', via: ['A'] } });
	});

	it('tells a deleted person as deleted alone', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann'] }));
		const deleted = change({ operation: 'deleted', person: person('ann') });
		expect(await watch.tells(deleted, delta('A', [], ['ann']))).toEqual([]);
		expect(await watch.tells(delta('A', ['ann']))).toEqual(['+ann in ROOT via A']);
	});

	describe('where a group goes on naming who is gone', () => {
		const created = (who: string, more: Partial<EntryChange> = {}) =>
			change({ operation: 'created', entryId: 'id-another', dn: dnOf(who), person: person(who), ...more });
		const deleted = (who: string) => change({ operation: 'deleted', person: person(who) });
		const moved = (from: string, to: string) =>
			change({ operation: 'renamed', previousDn: dnOf(from), dn: dnOf(to), person: person(to) });
		const isAt = (second: number) => ({ occurredAt: `2030-01-01T00:05:0${second}.000Z` });

		it('tells of whoever is made anew under the name, by the change that made them', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['A', 'ann'], A: ['B'], B: ['ann', 'ben'] }));
			expect(await watch.tells(deleted('ann'), deleted('ben'))).toEqual([]);
			const spelled = dnOf('ann').replace('uid=', 'UID=');
			const [ann, ...more] = await watch.page(created('ann', { changeId: 'c7', dn: spelled }));
			expect(more).toEqual([]);
			expect(ann).toMatchObject({
				event: 'group.memberAdded',
				user: { username: 'ann' },
				group: { name: 'ROOT', membership: 'direct' },
				changes: [{ attribute: 'member', before: [], after: [spelled] }],
			});
			expect(await watch.tells(created('ben'))).toEqual(['+ben in ROOT via A/B']);
			expect(await watch.tells(delta('B', [], ['ben']))).toEqual(['-ben in ROOT via A/B']);
		});

		it('tells of whoever is renamed so that they get the name', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann'] }));
			expect(await watch.tells(deleted('ann'), moved('ben', 'ann'))).toEqual(['+ann in ROOT via A']);
		});

		it('asks for the old name of somebody who was renamed, when another gets it', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['ann'] });
			const watch = await Watch.over(world);
			expect(await watch.tells(moved('ann', 'anna'))).toEqual([]);
			world.groups.set('A', new Set(['anna']));
			expect(await watch.tells(created('ann'))).toEqual([]);
			expect(await watch.tells(moved('ann', 'eve'), moved('anna', 'ann'))).toEqual([]);
			world.groups.set('A', new Set(['anna']));
			expect(await watch.tells(created('anna'))).toEqual(['+anna in ROOT via A']);
		});

		it('tells nothing where the directory had removed the name without a record', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['ann', 'ben'] });
			const watch = await Watch.over(world);
			world.groups.set('A', new Set());
			expect(await watch.tells(deleted('ann'), deleted('ben'), created('ann'))).toEqual([]);
			expect([...watch.run.memory.rows.keys()].join()).not.toMatch(/ann|ben/);
			expect(await watch.tells(delta('A', ['ann']))).toEqual(['+ann in ROOT via A']);
			expect(watch.world.read).toBe(3);
		});

		it('lets the group itself tell where the same page does', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['ann', 'ben'] });
			const watch = await Watch.over(world);
			const page = [deleted('ann'), created('ann'), delta('A', ['ann'], [], { changeId: 'c9', ...isAt(1) })];
			const events = await watch.page(...page);
			expect(events.map(shown)).toEqual(['+ann in ROOT via A']);
			expect(events[0]?.occurredAt).toBe(isAt(1).occurredAt);
			world.groups.set('A', new Set());
			expect(await watch.tells(deleted('ben'), created('ben'), delta('A', [], ['ben'], isAt(2)))).toEqual([
				'+ben in ROOT via A',
				'-ben in ROOT via A',
			]);
		});

		it('knows a name as free once the group gave it up, and as a member once it names it again', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann', 'ben'] }));
			expect(await watch.tells(deleted('ann'), delta('A', [], ['ann']))).toEqual([]);
			expect(await watch.tells(created('ann'))).toEqual([]);
			expect(await watch.tells(deleted('ben'), delta('A', ['ben']), created('ben'))).toEqual([
				'+ben in ROOT via A',
			]);
			expect(watch.world.read).toBe(2);
		});

		it('tells the members of a group that is made anew, or gets the name', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['B', 'A'], B: ['ann'], C: ['eve'] });
			const watch = await Watch.over(world);
			const gone = delta('B', [], ['ann'], { operation: 'deleted' });
			expect(await watch.tells(gone)).toEqual(['-ann in ROOT via A/B']);
			const anew = { operation: 'created' as const, group: { ...group('B'), id: 'id-another' } };
			const members = { added: [member('ben')], removed: [] };
			expect(await watch.tells(change({ ...anew, entryId: 'id-another', members }))).toEqual([
				'+ben in ROOT via A/B',
			]);
			expect(await watch.tells(change({ ...anew, operation: 'deleted', entryId: 'id-another' }))).toEqual([
				'-ben in ROOT via A/B',
			]);
			expect(await watch.tells(renamed('C', 'B'))).toEqual(['+eve in ROOT via A/B']);
		});

		it('remembers it over a restart, repeats the ids, and forgets it with the group', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['ann', 'ben'] });
			const { run } = await Watch.over(world);
			const restarted = async (memory: StageRows) =>
				await Watch.over(world, scope, { memory, isFresh: false });
			await (await restarted(run.memory)).page(deleted('ann'), deleted('ben'));
			const before = new StageRows();
			for (const [row, value] of run.memory.rows) before.rows.set(row, value);
			const anew = created('ann');
			const events = await (await restarted(run.memory)).page(anew);
			expect(events.map(shown)).toEqual(['+ann in ROOT via A']);
			expect(await (await restarted(before)).page(anew)).toEqual(events);
			await (await restarted(before)).page(delta('A', [], [], { operation: 'deleted' }));
			expect([...before.rows.keys()].join()).not.toContain('ben');
		});

		it('tells of whoever got the name where the deletion is found only afterwards', async () => {
			const world = new GroupWorld({ ROOT: ['A', 'B'], A: ['ann', 'ben'], B: ['eve'] });
			world.directory.strategy.detects = detections('net');
			const watch = await Watch.over(world);
			const old = { ...person('ann'), id: 'id-old' };
			expect(await watch.tells(created('ann', { entryId: person('ann').id }))).toEqual([]);
			expect(await watch.tells(change({ operation: 'deleted', person: old }))).toEqual([
				'+ann in ROOT via A',
			]);
			world.gone.add('ben');
			expect(await watch.tells(deleted('ben'))).toEqual([]);
			world.groups.set('A', new Set(['ann']));
			expect(await watch.tells(created('ben'), delta('A', [], ['ben']))).toEqual([]);
			const another = { ...group('B'), id: 'id-another' };
			const members = { added: [member('dan')], removed: [] };
			expect(await watch.tells(change({ operation: 'created', group: another, members }))).toEqual([
				'-eve in ROOT via B',
				'+dan in ROOT via B',
			]);
			expect(await watch.tells(delta('B', [], ['eve'], { operation: 'deleted' }))).toEqual([]);
		});

		it('keeps no such names where the directory never leaves any', async () => {
			const world = new GroupWorld({ ROOT: ['A'], A: ['ann'] });
			world.directory.family = 'activeDirectory';
			const watch = await Watch.over(world);
			expect(await watch.tells(deleted('ann'), created('ann'))).toEqual([]);
			expect([...watch.run.memory.rows.keys()].join()).not.toContain('ann');
		});
	});

	it('takes in a group that was named before it was made', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'] }));
		watch.world.groups.set('A', new Set());
		expect(await watch.tells(delta('A', ['ann'], [], { operation: 'created' }))).toEqual([
			'+ann in ROOT via A',
		]);
	});

	it('reads a group that was named before it could be seen', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'] }));
		watch.world.groups.set('A', new Set(['ann']));
		expect(await watch.tells(delta('A', ['ben']))).toEqual(['+ann in ROOT via A', '+ben in ROOT via A']);
	});

	it('compares a group that was made anew under its name with what it held before', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann', 'eve'] }));
		const anew = { ...group('A'), id: 'id-another' };
		const members = { added: [member('ben'), member('eve')], removed: [] };
		expect(await watch.tells(change({ operation: 'created', group: anew, members }))).toEqual([
			'-ann in ROOT via A',
			'+ben in ROOT via A',
		]);
	});

	it('keeps the order in which things happened', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }));
		const at = (second: number) => ({ occurredAt: `2030-01-01T00:00:0${second}.000Z` });
		const page = [
			delta('A', ['ann'], [], at(1)),
			delta('ROOT', ['ben'], [], at(2)),
			delta('A', ['eve'], [], at(3)),
		];
		expect(await watch.tells(...page)).toEqual(['+ann in ROOT via A', '+ben in ROOT', '+eve in ROOT via A']);
	});

	it('counts those below the base alone', async () => {
		const watched = { ...limited(1), base: dnOf('ann') };
		const watch = await Watch.over(new GroupWorld({ ROOT: [], A: ['ann', 'ben', 'eve'] }), watched);
		expect(await watch.tells(delta('ROOT', ['A']))).toEqual(['+ann in ROOT via A']);
	});

	it('knows somebody by username and by DN', async () => {
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }));
		const both = change({
			group: group('A'),
			members: { added: [{ value: 'ann', is: 'username' }, member('ann')], removed: [] },
		});
		expect(await watch.tells(both)).toEqual(['+ann in ROOT via A']);
		expect(await watch.tells(delta('A', [], ['ann']))).toEqual([]);
		const last = change({
			group: group('A'),
			members: { added: [], removed: [{ value: 'ANN', is: 'username' }] },
		});
		expect((await watch.page(last)).map(({ event }) => event)).toEqual(['group.memberRemoved']);
	});

	it('watches several roots at a time', async () => {
		const world = new GroupWorld({ ROOT: ['A'], OTHER: ['ROOT'], A: [] });
		world.directory.watchedGroups = [group('ROOT'), group('OTHER')];
		const watch = await Watch.over(world);
		expect(await watch.tells(delta('A', ['ann']))).toEqual([
			'+ann in ROOT via A',
			'+ann in OTHER via ROOT/A',
		]);
	});

	it('asks base and conditions of people', async () => {
		const strict = {
			...scope,
			base: 'ou=people,dc=example,dc=org',
			conditions: [{ attribute: 'l', value: 'x' }],
		};
		expect(
			await (await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }), strict)).tells(delta('A', ['ann'])),
		).toEqual([]);
		const elsewhere = { ...scope, base: 'ou=elsewhere,dc=example,dc=org' };
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }), elsewhere);
		expect(await watch.tells(delta('A', ['ann']))).toEqual([]);
	});

	it('tells nothing of accounts that are left out, and counts what they did', async () => {
		const watched = { ...scope, leftOutActors: ['cn=hr,dc=example,dc=org'] };
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }), watched);
		const hr = { actor: 'CN=HR, dc=example,dc=org' };
		expect(await watch.tells(delta('A', ['ann'], [], hr), delta('ROOT', ['ben'], [], hr))).toEqual([]);
		expect(await watch.tells(delta('A', [], ['ann']))).toEqual(['-ann in ROOT via A']);
	});

	it('gives the same ids at a replay, and continues from memory as if it had never stopped', async () => {
		const world = new GroupWorld({ ROOT: ['A'], A: ['ann'], B: ['ben', 'eve'] });
		const first = await Watch.over(world);
		const before = new StageRows();
		for (const [row, value] of first.run.memory.rows) before.rows.set(row, value);
		const page = [delta('A', ['B'], ['ann']), delta('ROOT', ['dan'])];
		const events = await first.page(...page);
		const again = await Watch.over(world, scope, { memory: before, isFresh: false });
		expect(await again.page(...page)).toEqual(events);
		expect([...before.rows].sort()).toEqual([...first.run.memory.rows].sort());
		const next = await Watch.over(world, scope, { memory: before, isFresh: false });
		expect(await next.tells(delta('B', ['joe']))).toEqual(['+joe in ROOT via A/B']);
	});

	it('reads a root that is watched since, silently', async () => {
		const world = new GroupWorld({ ROOT: ['ann'], NEW: ['ben'] });
		const { run } = await Watch.over(world);
		world.directory.watchedGroups = [group('NEW')];
		const watch = await Watch.over(world, scope, { memory: run.memory, isFresh: false });
		const later = { occurredAt: '2030-01-01T00:05:00.000Z' };
		expect(await watch.tells(delta('NEW', ['ben'], [], later))).toEqual([]);
		expect([...run.memory.rows.keys()].join()).not.toContain('ROOT');
	});

	describe('what was written between the position and the load', () => {
		it('tells who came and went, once', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['ann', 'A'], A: ['ben'] }));
			const page = [delta('ROOT', ['ann'], ['eve']), delta('A', ['ben'], ['dan'])];
			expect((await watch.tells(...page)).sort()).toEqual([
				'+ann in ROOT',
				'+ben in ROOT via A',
				'-dan in ROOT via A',
				'-eve in ROOT',
			]);
			expect(await watch.tells(delta('ROOT', [], ['ann']), delta('ROOT', ['ann']))).toEqual([
				'-ann in ROOT',
				'+ann in ROOT',
			]);
		});

		it('tells of a group that was nested, and of one that was taken out, what it held when it was loaded', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: ['ann'], B: ['ben'] }));
			expect(await watch.tells(delta('ROOT', ['A'], ['B']), delta('A', ['ann']))).toEqual([
				'-ben in ROOT via B',
				'+ann in ROOT via A',
			]);
			expect(await watch.tells(delta('A', [], ['ann']))).toEqual(['-ann in ROOT via A']);
		});

		it('is still known after a restart, and of a root that is watched since', async () => {
			const world = new GroupWorld({ ROOT: ['ann'], NEW: ['ben'] });
			const { run } = await Watch.over(world);
			world.directory.watchedGroups = [group('ROOT'), group('NEW')];
			const watch = await Watch.over(world, scope, { memory: run.memory, isFresh: false });
			expect(await watch.tells(delta('ROOT', ['ann']), delta('NEW', ['ben']))).toEqual([
				'+ann in ROOT',
				'+ben in NEW',
			]);
		});

		it('knows a group by its id where an old log names entries by DN', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['ann'] }));
			const named = { entryId: group('ROOT').dn };
			expect(await watch.tells(delta('ROOT', ['ann'], [], named))).toEqual(['+ann in ROOT']);
		});

		it('counts by the time of the directory, which may be ahead', async () => {
			const watch = await Watch.over(new GroupWorld({ ROOT: ['ann', 'ben'] }));
			const ahead = { occurredAt: '2030-01-01T00:00:50.000Z' };
			const later = { occurredAt: '2030-01-01T00:05:00.000Z' };
			expect(await watch.tells(delta('ROOT', ['ann'], [], ahead))).toEqual(['+ann in ROOT']);
			expect(await watch.tells(delta('ROOT', ['ben'], ['joe'], later))).toEqual([]);
		});
	});

	it('takes any value for a member, and tells it by name', async () => {
		const hostile = [
			'',
			' ',
			',',
			'cn=',
			'=x',
			'\u0000',
			'cn=\\zz',
			':',
			'dn:x',
			'%3A',
			'1'.repeat(10_000),
			'💥',
		];
		const watch = await Watch.over(new GroupWorld({ ROOT: ['A'], A: [] }));
		const members = hostile.map(byDn);
		const added = await watch.page(change({ group: group('A'), members: { added: members, removed: [] } }));
		expect(added).toHaveLength(hostile.length - 1);
		const again = await Watch.over(watch.world, scope, { memory: watch.run.memory, isFresh: false });
		const removed = await again.page(change({ group: group('A'), members: { added: [], removed: members } }));
		expect(removed.map(({ user }) => user?.dn).sort()).toEqual(
			hostile.filter((value) => value !== '').sort(),
		);
	});
});
