import type { EntryChange } from '../../../../lib/directory/changes/changes.types';
import { EffectiveMembership } from '../../../../lib/directory/changes/membership/effectiveMembership';
import { GroupPaths } from '../../../../lib/directory/changes/membership/groupPaths';
import { keyOfDn } from '../../../../lib/directory/changes/membership/membershipGraph';
import { change, group, person } from '../../../support/fakeWatch';
import { delta, dnOf, GroupWorld, member, StageRows } from '../../../support/groupWorld';

const STAGE = 'test';
/** Long before any of the changes. */
const now = (): Date => new Date('2029-01-01T00:00:00.000Z');

async function membershipOf(world: GroupWorld, roots: string[], memory?: StageRows, clock = now) {
	const membership = new EffectiveMembership(await world.session(), roots.map(group), STAGE, clock);
	const rows = memory ?? new StageRows();
	rows.commit(await membership.start(rows, memory === undefined));
	return { membership, rows };
}

/** The same sequence for the same seed, everywhere. */
function numbersFrom(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

/** Recomputed from nothing, depth first: `root person` of everybody. */
function naive({ groups, gone }: GroupWorld, roots: readonly string[]): Set<string> {
	const found = new Set<string>();
	for (const root of roots) {
		const seen = new Set<string>();
		const visit = (name: string): void => {
			if (seen.has(name)) return;
			seen.add(name);
			for (const one of groups.get(name) ?? []) {
				if (groups.has(one)) visit(one);
				else if (one === one.toLowerCase() && !gone.has(one)) found.add(`${root} ${one}`);
			}
		};
		visit(root);
	}
	return found;
}

const GROUPS = ['R', 'S', 'A', 'B', 'C', 'D', 'E', 'F'];
const PEOPLE = ['ann', 'ben', 'eve', 'dan', 'joe', 'kim'];
const ROOTS = ['R', 'S'];

/** What a group names in vain when it comes into reach cannot be told from its members: here, none does. */
function cleanOutOfReach({ groups, gone }: GroupWorld): void {
	const inReach = new Set(ROOTS);
	for (const name of inReach) for (const one of groups.get(name) ?? []) if (groups.has(one)) inReach.add(one);
	for (const [name, members] of groups) if (!inReach.has(name)) for (const who of gone) members.delete(who);
}

/**
 * One random write, done to the world and returned as the change that tells it. `keepsWhole`: what is gone is taken out of the groups
 * that name it, without a word.
 */
function randomWrite(world: GroupWorld, below: (limit: number) => number, keepsWhole = true): EntryChange {
	const forget = (name: string): void => {
		for (const others of world.groups.values()) if (keepsWhole) others.delete(name);
	};
	const alive = PEOPLE.filter((who) => !world.gone.has(who));
	const pick = (names: readonly string[]): string => names[below(names.length)] ?? 'ann';
	const name = pick(GROUPS);
	const members = world.groups.get(name);
	const kind = below(20);
	if (!members) {
		const added = [pick([...alive, ...GROUPS]), pick(alive)];
		world.groups.set(name, new Set(added));
		return delta(name, [...new Set(added)], [], { operation: 'created' });
	}
	if (kind === 0) {
		world.groups.delete(name);
		forget(name);
		return delta(name, [], [...members], { operation: 'deleted' });
	}
	if (kind === 1) {
		const who = pick(PEOPLE);
		if (world.gone.delete(who)) return change({ operation: 'created', person: person(who) });
		if (alive.length < 3) return change({ person: person(who) });
		world.gone.add(who);
		forget(who);
		return change({ operation: 'deleted', person: person(who) });
	}
	const added = kind < 12 ? [pick([...alive, ...GROUPS])] : [];
	const removed = kind >= 10 && members.size > 0 ? [pick([...members])] : [];
	for (const one of removed) members.delete(one);
	for (const one of added) members.add(one);
	return delta(name, added, removed);
}

describe('EffectiveMembership', () => {
	const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
	it.each([...SEEDS.map((seed) => [seed, true] as const), ...SEEDS.map((seed) => [seed, false] as const)])(
		'agrees with a recomputation after each of 400 random writes (seed %i, references kept whole: %s)',
		async (seed, keepsWhole) => {
			const below = numbersFrom(seed);
			const world = new GroupWorld(Object.fromEntries(GROUPS.map((name) => [name, [] as string[]])));
			let { membership, rows } = await membershipOf(world, ROOTS);
			let told = naive(world, ROOTS);
			for (let step = 0; step < 400; step++) {
				const written = randomWrite(world, below, keepsWhole);
				for (const { root, gained, members } of await membership.apply(written)) {
					for (const { key } of members) {
						const who = PEOPLE.find((name) => keyOfDn(dnOf(name)) === key);
						const fact = `${membership.graph.roots[root]?.group.name} ${who}`;
						// What is there already is not told again, and nothing goes that was not there.
						if (who === undefined) continue;
						expect(`${gained} ${told.has(fact)} ${fact}`).toBe(`${gained} ${!gained} ${fact}`);
						if (gained) told.add(fact);
						else told.delete(fact);
					}
				}
				cleanOutOfReach(world);
				rows.commit(membership.takeWrites());
				const truth = naive(world, ROOTS);
				if (written.operation === 'deleted' && written.person)
					told = new Set([...told].filter((fact) => truth.has(fact)));
				expect([...told].sort()).toEqual([...truth].sort());
				if (below(40) === 0) ({ membership, rows } = await membershipOf(world, ROOTS, rows));
			}
		},
	);

	it.each([1, 2, 3, 4, 5, 6, 7, 8])(
		'tells everybody who came between the position and the load, and ends where the directory is (seed %i)',
		async (seed) => {
			const below = numbersFrom(seed);
			const pick = (names: readonly string[]): string => names[below(names.length)] ?? 'ann';
			const world = new GroupWorld(Object.fromEntries(GROUPS.map((name) => [name, [] as string[]])));
			const write = (): EntryChange => {
				const [name, who] = [pick(GROUPS), pick([...PEOPLE, ...GROUPS])];
				const members = world.groups.get(name) ?? new Set();
				const isThere = members.delete(who);
				if (!isThere) members.add(who);
				return delta(name, isThere ? [] : [who], isThere ? [who] : []);
			};
			for (let step = 0; step < 30; step++) write();
			const before = naive(world, ROOTS);
			const written = Array.from({ length: 8 }, write);
			const { membership } = await membershipOf(world, ROOTS, undefined, () => new Date('2031-01-01'));
			const told = new Set<string>();
			for (const one of written) {
				for (const { root, gained, members } of await membership.apply(one)) {
					for (const { key } of members) {
						const who = PEOPLE.find((name) => keyOfDn(dnOf(name)) === key);
						if (gained) told.add(`${membership.graph.roots[root]?.group.name} ${who}`);
					}
				}
			}
			const truth = naive(world, ROOTS);
			expect([...truth].filter((fact) => !before.has(fact) && !told.has(fact))).toEqual([]);
			const reached = ROOTS.flatMap((root, number) =>
				PEOPLE.filter((name) => membership.isMember(keyOfDn(dnOf(name)), number)).map(
					(name) => `${root} ${name}`,
				),
			);
			expect(reached.sort()).toEqual([...truth].sort());
		},
	);

	it('goes on from memory with the same rows and the same ways as without a restart', async () => {
		const below = numbersFrom(99);
		const world = new GroupWorld(Object.fromEntries(GROUPS.map((name) => [name, [] as string[]])));
		const kept = await membershipOf(world, ROOTS);
		const fresh = await membershipOf(world, ROOTS);
		for (let step = 0; step < 200; step++) {
			const written = randomWrite(world, below, step % 2 === 0);
			const { membership } = await membershipOf(world, ROOTS, fresh.rows);
			const shape = (one: Awaited<ReturnType<EffectiveMembership['apply']>>) =>
				one.map(({ root, gained, nested, members }) => [
					membership.graph.roots[root]?.group.name,
					gained,
					nested?.key,
					members.map(({ key, path }) => [key, path.map((node) => node.key)]),
				]);
			expect(shape(await membership.apply(written)).sort()).toEqual(
				shape(await kept.membership.apply(written)).sort(),
			);
			cleanOutOfReach(world);
			fresh.rows.commit(membership.takeWrites());
			kept.rows.commit(kept.membership.takeWrites());
			expect([...fresh.rows.rows].sort()).toEqual([...kept.rows.rows].sort());
		}
	});

	it('prefers the shortest way, and of equal ones the first by name, whatever the order of members', async () => {
		for (const order of [
			['A', 'B', 'C'],
			['C', 'B', 'A'],
		]) {
			const world = new GroupWorld({ R: order, A: ['D'], B: ['D'], C: [], D: ['ann'] });
			const { membership } = await membershipOf(world, ['R']);
			const [lost] = [
				...(await membership.apply(delta('D', [], ['ann']))),
				...(await membership.apply(delta('C', ['ann']))),
			];
			expect(lost?.members[0]?.path.map(({ group: { name } }) => name)).toEqual(['A', 'D']);
		}
	});

	it('takes the nearer way, whatever the names', async () => {
		const { membership } = await membershipOf(
			new GroupWorld({ R: [], N: ['Z', 'C'], C: ['B'], B: ['ann'], Z: ['ann'] }),
			['R'],
		);
		const [gained] = await membership.apply(delta('R', ['N']));
		expect(gained?.members[0]?.path.map(({ group: { name } }) => name)).toEqual(['N', 'Z']);
	});

	it('keeps ids apart that hold what separates rows', async () => {
		const world = new GroupWorld({ 'A:B': ['ann'], A: ['B:ben'], 'A%3AB': ['eve'] });
		const { rows } = await membershipOf(world, ['A:B', 'A', 'A%3AB']);
		const { membership } = await membershipOf(world, ['A:B', 'A', 'A%3AB'], rows);
		const held = membership.graph.roots.map(({ group: { name }, members }) => [name, [...members]]);
		expect(Object.fromEntries(held)).toEqual({
			'A:B': [keyOfDn(dnOf('ann'))],
			A: [keyOfDn(dnOf('B:ben'))],
			'A%3AB': [keyOfDn(dnOf('eve'))],
		});
	});

	describe('with 100,000 members', () => {
		const COUNT = 100_000;
		const many = Array.from({ length: COUNT }, (_, number) => `p${number}`);
		const world = new GroupWorld({ R: ['A'], A: many, B: ['A'] });
		world.listsGroups = true;
		let membership: EffectiveMembership;
		let rows: StageRows;

		beforeAll(async () => {
			({ membership, rows } = await membershipOf(world, ['R']));
		});

		it('asks for no member by itself when it starts', () => {
			expect(world.asked).toBeLessThan(10);
			expect(rows.rows.size).toBe(COUNT + 3);
		});

		it('takes one row and no look at the others for a change of one member', async () => {
			const node = membership.graph.byId('id-A');
			if (!node) throw new Error('A is not in the graph');
			const walks = jest.spyOn(node.members, Symbol.iterator);
			const looks = jest.spyOn(membership.graph, 'holdersOf');
			const ways = jest.spyOn(GroupPaths.prototype, 'between');
			world.asked = 0;
			const [difference] = await membership.apply(delta('A', ['newcomer']));
			expect(difference?.members).toHaveLength(1);
			expect(membership.takeWrites()).toHaveLength(1);
			await membership.apply(delta('A', [], ['p77']));
			expect(membership.takeWrites()).toHaveLength(1);
			const renamed = { operation: 'renamed' as const, previousDn: dnOf('p78'), dn: dnOf('q78') };
			await membership.apply(change({ ...renamed, person: person('q78') }));
			expect(membership.takeWrites()).toHaveLength(2);
			expect(walks).not.toHaveBeenCalled();
			expect(looks.mock.calls.length).toBeLessThan(20);
			expect(ways).toHaveBeenCalledTimes(2);
			expect(world.asked).toBe(1);
			jest.restoreAllMocks();
		});

		it('keeps the rows of members when their group is renamed', async () => {
			const to = { ...group('Z'), id: 'id-A' };
			const renamed = { operation: 'renamed' as const, previousDn: group('A').dn, dn: to.dn, group: to };
			expect(await membership.apply(change({ ...renamed, entryId: 'id-A' }))).toEqual([]);
			expect(membership.takeWrites().length).toBeLessThan(5);
		});

		it('tells nobody when the group is nested once more', async () => {
			const added = { added: [member('B')], removed: [] };
			world.groups.set('B', new Set());
			expect(await membership.apply(change({ group: group('R'), members: added }))).toEqual([]);
			expect(membership.takeWrites().length).toBeLessThan(5);
		});
	});
});
