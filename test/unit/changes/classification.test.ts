import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import { EventClassifier } from '../../../lib/directory/changes/classification';
import type { WatchScope } from '../../../lib/directory/changes/event.types';
import { GROUP_EVENTS, PERSON_EVENTS } from '../../../lib/directory/changes/event.types';
import type { AccountState, Known, Person } from '../../../lib/directory/directory.types';
import { change, created, FakeDirectory, group, person, scopeOf } from '../../support/fakeWatch';

const all = scopeOf(...PERSON_EVENTS, ...GROUP_EVENTS);
const now = () => new Date('2030-01-01T00:00:01.000Z');

async function eventsOf(changed: EntryChange, scope: WatchScope = all, directory = new FakeDirectory()) {
	const session = await directory.open();
	return await new EventClassifier(session, scope, now).eventsOf(changed);
}

const state = (enabled: Known<boolean>): AccountState => ({
	enabled,
	locked: false,
	passwordResetRequired: false,
});
const account = (before: AccountState, after: AccountState) =>
	change({ person: person('ann'), account: { before, after } });
const accountChange = (before: Known<boolean>, after: Known<boolean>) => account(state(before), state(after));
const kindsOf = async (...given: Parameters<typeof eventsOf>): Promise<string[]> =>
	(await eventsOf(...given)).map(({ event }) => event);
const OPEN = state(true);
const UNKNOWN: AccountState = { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' };

describe('EventClassifier', () => {
	it.each<[Known<boolean>, Known<boolean>, string[]]>([
		[true, false, ['user.disabled']],
		[false, true, ['user.enabled']],
		[true, true, []],
		['unknown', false, ['user.disabled']],
		['unknown', true, []],
		[true, 'unknown', []],
	])('enabled %s → %s is %j', async (before, after, kinds) => {
		expect((await eventsOf(accountChange(before, after))).map(({ event }) => event)).toEqual(kinds);
	});

	it.each<[string, Partial<AccountState>, Partial<AccountState>, string[]]>([
		['a lock', { locked: false }, { locked: true }, ['user.locked']],
		['a lock of which nothing from before is known', UNKNOWN, { locked: true }, ['user.locked']],
		['a lock that was there already', { locked: true }, { locked: true }, []],
		['a lock that is taken away', { locked: true }, { locked: false }, ['user.unlocked']],
		['values that were taken away, whatever they were', UNKNOWN, {}, []],
		['a lock that is not told any more', { locked: true }, { locked: 'unknown' }, []],
		['a deactivation', { enabled: true }, { enabled: false }, ['user.disabled']],
		[
			'a lock that becomes a deactivation',
			{ locked: true },
			{ locked: false, enabled: false },
			['user.disabled', 'user.unlocked'],
		],
		[
			'a deactivation that becomes a lock',
			{ enabled: false },
			{ enabled: true, locked: true },
			['user.enabled', 'user.locked'],
		],
		['a reset', {}, { passwordResetRequired: true }, ['user.passwordResetRequired']],
		[
			'a reset of which nothing from before is known',
			UNKNOWN,
			{ passwordResetRequired: true },
			['user.passwordResetRequired'],
		],
		['a new password after a reset', { passwordResetRequired: true }, {}, []],
	])('account state: %s', async (_what, before, after, kinds) => {
		expect(await kindsOf(account({ ...OPEN, ...before }, { ...OPEN, ...after }))).toEqual(kinds);
	});

	it('shows a lock as it was found, also when it is over by now', async () => {
		const [event] = await eventsOf(account(OPEN, { ...OPEN, locked: true }));
		expect(event).toMatchObject({ event: 'user.locked', user: { enabled: true, locked: true } });
	});

	it('tells a created account once, however it is set up', async () => {
		const set = { before: UNKNOWN, after: { enabled: false, locked: true, passwordResetRequired: true } };
		const attributes = [{ attribute: 'title', before: [], after: ['Nurse'] }];
		expect(await kindsOf(created('ann', { account: set, attributes }))).toEqual(['user.created']);
	});

	it('tells of a deleted account who it was', async () => {
		const gone = person('ann', { displayName: 'Ann Lee', username: undefined });
		expect(await eventsOf(change({ operation: 'deleted', person: gone }))).toMatchObject([
			{ event: 'user.deleted', user: { displayName: 'Ann Lee', dn: gone.dn, username: null }, changes: [] },
		]);
	});

	describe('a move', () => {
		const before = 'uid=ann,ou=guests,dc=example,dc=org';
		const moved = (more: Partial<EntryChange> = {}) =>
			change({ operation: 'renamed', person: person('ann'), previousDn: before, ...more });

		it('shows the name before and after', async () => {
			expect(await eventsOf(moved())).toMatchObject([
				{
					event: 'user.moved',
					user: { dn: person('ann').dn },
					changes: [{ attribute: 'dn', before: [before], after: [person('ann').dn] }],
				},
			]);
		});

		it('is told beside what else was done', async () => {
			const attributes = [{ attribute: 'title', before: ['Aide'], after: ['Nurse'] }];
			const set = { before: OPEN, after: { ...OPEN, enabled: false } };
			const events = await eventsOf(moved({ operation: 'modified', attributes, account: set }));
			expect(events.map(({ event }) => event)).toEqual(['user.disabled', 'user.updated', 'user.moved']);
			expect(events.map(({ changes }) => changes[0]?.attribute)).toEqual(['title', 'title', 'dn']);
		});

		it('is none where the name is the same', async () => {
			expect(await eventsOf(moved({ previousDn: person('ann').dn }))).toEqual([]);
		});

		it.each<[string, string, string[]]>([
			['into the base', 'ou=people,dc=example,dc=org', ['user.updated', 'user.moved']],
			['out of the base', 'ou=guests,dc=example,dc=org', ['user.moved']],
			['elsewhere', 'ou=others,dc=example,dc=org', []],
		])('%s', async (_where, base, kinds) => {
			const attributes = [{ attribute: 'title', before: ['Aide'], after: ['Nurse'] }];
			expect(await kindsOf(moved({ attributes }), { ...all, base })).toEqual(kinds);
		});

		it('shows names where they are no part of the DN, and invents none', async () => {
			const changed = change({ person: person('ann.lee'), previousName: 'ann' });
			const name = { attribute: 'name', before: ['ann'] };
			expect(await eventsOf(changed)).toMatchObject([
				{ event: 'user.moved', changes: [{ ...name, after: ['ann.lee'] }] },
			]);
			const nameless = { ...changed, person: person('ann', { username: undefined }) };
			expect((await eventsOf(nameless))[0]?.changes).toEqual([{ ...name, after: 'unknown' }]);
		});

		it('of a group is no event', async () => {
			const renamed = change({ operation: 'renamed', group: group('nurses'), previousDn: 'cn=aides' });
			expect(await eventsOf(renamed)).toEqual([]);
		});
	});

	describe('a device', () => {
		const owner = { value: person('ann').dn, is: 'dn' as const };
		const registered = change({ operation: 'created', entryId: 'id-phone', device: { owner } });
		const directoryWith = (...people: Person[]) => {
			const directory = new FakeDirectory();
			for (const one of people) directory.people.set(one.dn, one);
			return directory;
		};

		it("is told as its owner's first one", async () => {
			expect(await eventsOf(registered, all, directoryWith(person('ann')))).toMatchObject([
				{ event: 'user.firstDeviceRegistered', user: { id: 'id-ann' }, group: null, changes: [] },
			]);
		});

		it('is told of a person whose own entry holds it', async () => {
			const attributes = [{ attribute: 'title', before: [], after: ['Nurse'] }];
			const onPerson = change({ person: person('ann'), attributes, device: { owner } });
			expect(await kindsOf(onPerson)).toEqual(['user.updated', 'user.firstDeviceRegistered']);
		});

		it('keeps its id, by whatever name the owner goes', async () => {
			const folded = { ...registered, device: { owner: { ...owner, value: owner.value.toUpperCase() } } };
			const directory = directoryWith(person('ann'), person('ann', { dn: owner.value.toUpperCase() }));
			const [one] = await eventsOf(registered, all, directory);
			const [other] = await eventsOf(folded, all, directory);
			expect(one?.eventId).toBe(other?.eventId);
		});

		it.each<[string, WatchScope, FakeDirectory]>([
			['of an owner who is gone', all, directoryWith()],
			['of somebody out of scope', { ...all, base: 'ou=guests' }, directoryWith(person('ann'))],
			['when it is not ticked', scopeOf('user.created'), directoryWith(person('ann'))],
		])('is not told %s', async (_what, scope, directory) => {
			expect(await eventsOf(registered, scope, directory)).toEqual([]);
		});

		it('is not told when there was one before', async () => {
			const directory = directoryWith(person('ann'));
			directory.ownersOfOlderDevices.add(owner.value);
			expect(await eventsOf(registered, all, directory)).toEqual([]);
		});
	});

	describe('a group', () => {
		it('is told when it is made and when it is removed, without a person', async () => {
			for (const operation of ['created', 'deleted'] as const) {
				expect(await eventsOf(change({ operation, group: group('nurses') }))).toMatchObject([
					{ event: `group.${operation}`, user: null, group: { name: 'nurses' }, changes: [] },
				]);
			}
			expect(await eventsOf(change({ group: group('nurses') }))).toEqual([]);
		});

		it('that is new counts although others are watched; of those removed only the watched ones do', async () => {
			const directory = new FakeDirectory();
			directory.watchedGroups = [group('ward')];
			const kinds = async (operation: EntryChange['operation'], cn: string) =>
				await kindsOf(change({ operation, group: group(cn) }), all, directory);
			expect(await kinds('created', 'nurses')).toEqual(['group.created']);
			expect(await kinds('deleted', 'nurses')).toEqual([]);
			expect(await kinds('deleted', 'ward')).toEqual(['group.deleted']);
		});

		it('is told whatever is asked of people', async () => {
			const scope = { ...all, base: 'ou=people', conditions: [{ attribute: 'l', value: 'berlin' }] };
			expect(await kindsOf(change({ operation: 'created', group: group('nurses') }), scope)).toEqual([
				'group.created',
			]);
		});

		it('comes before its members', async () => {
			const members = { added: [{ value: 'uid=ann', is: 'dn' as const }], removed: [] };
			const made = change({ operation: 'created', group: group('nurses'), members });
			expect(await kindsOf(made)).toEqual(['group.created', 'group.memberAdded']);
		});

		it('keeps its kind', async () => {
			const role = { ...group('approvers'), kind: 'role' as const };
			const members = { added: [{ value: 'uid=ann', is: 'dn' as const }], removed: [] };
			expect(await eventsOf(change({ group: role, members }))).toMatchObject([{ group: { kind: 'role' } }]);
		});
	});

	it('shows the state after the change, not the one of today', async () => {
		const [event] = await eventsOf(accountChange(true, false));
		expect(event?.user).toMatchObject({ username: 'ann', enabled: false });
	});

	it('shows what the change left alone as it is, whatever the touched attributes alone would say', async () => {
		const changed = change({
			person: person('ann', { enabled: false, locked: true }),
			attributes: [{ attribute: 'title', before: [], after: ['Nurse'] }],
			account: { before: state(true), after: { ...state(true), passwordResetRequired: true } },
		});
		expect(await eventsOf(changed)).toMatchObject([
			{ event: 'user.passwordResetRequired', user: { enabled: false, locked: true } },
			{ event: 'user.updated', user: { enabled: false, locked: true } },
		]);
	});

	it('goes on watching a group that was made anew under its name', async () => {
		const directory = new FakeDirectory();
		directory.watchedGroups = [group('nurses')];
		const joins = { added: [{ value: 'uid=ann', is: 'dn' as const }], removed: [] };
		const anew = { ...group('nurses'), id: 'another', dn: 'CN=Nurses, ou=groups,dc=example,dc=org' };
		expect(await eventsOf(change({ group: anew, members: joins }), all, directory)).toHaveLength(1);
		expect(await eventsOf(change({ group: group('doctors'), members: joins }), all, directory)).toEqual([]);
	});

	it('emits only what is ticked', async () => {
		expect(await eventsOf(created('ann'), scopeOf('user.deleted'))).toEqual([]);
	});

	it('gives the same change the same ids, and different ones to everything else', async () => {
		const directory = new FakeDirectory();
		const first = created('ann', { changeId: 'c1' });
		const again = await eventsOf(first, all, directory);
		const [event] = await eventsOf(first, all, directory);
		expect(again[0]?.eventId).toBe(event?.eventId);
		expect(event?.correlationId).not.toBe(event?.eventId);
		const others = [
			...(await eventsOf(created('ann', { changeId: 'c2' }), all, directory)),
			...(await eventsOf(created('ben', { changeId: 'c1' }), all, directory)),
			...(await eventsOf({ ...first, operation: 'deleted' }, all, directory)),
		];
		directory.directoryId = 'another';
		others.push(...(await eventsOf(first, all, directory)));
		expect(new Set([event, ...others].map((one) => one?.eventId)).size).toBe(5);
	});

	it('keeps the id of a member event when the member is gone at the replay', async () => {
		const joined = change({
			group: group('nurses'),
			members: { added: [{ value: person('ann').dn, is: 'dn' }], removed: [] },
		});
		const here = new FakeDirectory();
		here.people.set(person('ann').dn, person('ann'));
		const [known] = await eventsOf(joined, all, here);
		const [gone] = await eventsOf(joined);
		expect(known?.user).toMatchObject({ id: 'id-ann' });
		expect(gone?.user).toMatchObject({
			id: null,
			dn: person('ann').dn,
			displayName: null,
			enabled: 'unknown',
		});
		expect(gone?.eventId).toBe(known?.eventId);
	});

	it('looks only at watched groups', async () => {
		const directory = new FakeDirectory();
		directory.watchedGroups = [group('ward')];
		const joined = (name: string) =>
			change({ group: group(name), members: { added: [{ value: 'uid=a', is: 'dn' }], removed: [] } });
		expect(await eventsOf(joined('nurses'), all, directory)).toEqual([]);
		expect(await eventsOf(joined('ward'), all, directory)).toHaveLength(1);
	});

	it('asks base and conditions of people, also of members', async () => {
		const scope: WatchScope = {
			...all,
			base: 'OU=People, dc=example,dc=org',
			conditions: [{ attribute: 'l', value: 'berlin' }],
		};
		const berlin = person('ann', { attributes: { L: ['Berlin'] } });
		const elsewhere = person('ben', {
			dn: 'uid=ben,ou=guests,dc=example,dc=org',
			attributes: { L: ['Berlin'] },
		});
		for (const [who, expected] of [
			[berlin, 1],
			[elsewhere, 0],
			[person('cem'), 0],
		] as const) {
			expect(await eventsOf(created(who.username ?? '', { person: who }), scope)).toHaveLength(expected);
		}
	});

	it('marks what is detected long after it happened', async () => {
		const [late] = await eventsOf(created('ann', { occurredAt: '2029-12-31T23:50:00.000Z' }));
		const [fresh] = await eventsOf(created('ann'));
		expect([late?.late, fresh?.late]).toEqual([true, false]);
	});

	it('survives members that are no DNs', async () => {
		const values = ['', 'not a dn', '\0', ',,,', '{{ $json }}'];
		const members = { added: values.map((value) => ({ value, is: 'dn' as const })), removed: [] };
		const events = await eventsOf(change({ group: group('odd'), members }));
		expect(events.map(({ user }) => user?.dn)).toEqual(values);
	});
});
