import type { EntryChange } from '../../../lib/directory/changes/changes.types';
import { EventClassifier } from '../../../lib/directory/changes/classification';
import type { WatchScope } from '../../../lib/directory/changes/event.types';
import { GROUP_EVENTS, PERSON_EVENTS } from '../../../lib/directory/changes/event.types';
import type { Known } from '../../../lib/directory/directory.types';
import { change, created, FakeDirectory, group, person, scopeOf } from '../../support/fakeWatch';

const all = scopeOf(...PERSON_EVENTS, ...GROUP_EVENTS);
const now = () => new Date('2030-01-01T00:00:01.000Z');

async function eventsOf(changed: EntryChange, scope: WatchScope = all, directory = new FakeDirectory()) {
	const session = await directory.open();
	return await new EventClassifier(session, scope, now).eventsOf(changed);
}

const state = (enabled: Known<boolean>) => ({ enabled, locked: false, passwordResetRequired: false });
const accountChange = (before: Known<boolean>, after: Known<boolean>) =>
	change({ person: person('ann'), account: { before: state(before), after: state(after) } });

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
