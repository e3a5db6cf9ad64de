import type { ChangeEvent, EventKind, WatchScope } from '../../../lib/directory/changes/event.types';
import { DEFAULT_LIMITS } from '../../../lib/directory/changes/event.types';
import { sampleEvent } from '../../../lib/directory/changes/sample';
import type { SampleFinder } from '../../../lib/directory/changes/sample.types';
import type { Group } from '../../../lib/directory/directory.types';
import { FakeDirectory, group, person, scopeOf } from '../../support/fakeWatch';

const changedAt = '2029-12-31T00:00:00.000Z';
const now = new Date('2030-01-01T00:00:00.000Z');
const ann = person('ann', { displayName: 'Ann Lee', title: 'Nurse' });

/** Ann, a member of nurses; admins has no person in it. */
const finder: SampleFinder = {
	person: async (accept) => (accept(ann) ? { person: ann, changedAt } : undefined),
	group: async (groups) => {
		const [found] = groups ?? [group('nurses')];
		return found && { group: found, changedAt };
	},
	member: async (groups, accept) => {
		const found = (groups ?? [group('nurses')]).find(({ name }) => name === 'nurses');
		if (!found || !accept(ann)) return undefined;
		return { group: found, person: ann, member: { value: ann.dn, is: 'dn' }, changedAt };
	},
};
const nobody: SampleFinder = {
	person: async () => undefined,
	group: async () => undefined,
	member: async () => undefined,
};

async function sampleOf(
	kind: EventKind,
	given: { scope?: WatchScope; privileged?: Group[]; finder?: SampleFinder; masked?: boolean } = {},
): Promise<ChangeEvent> {
	const directory = new FakeDirectory();
	directory.privilegedGroups = given.privileged ?? [group('nurses')];
	const scope = given.scope ?? scopeOf(kind);
	const request = { kind, scope, masked: given.masked ?? false, now };
	return await sampleEvent(await directory.open(), given.finder ?? finder, request);
}

describe('a sample', () => {
	it.each<[EventKind, Partial<ChangeEvent['user']>, ChangeEvent['changes']]>([
		['user.created', { enabled: true, locked: false }, []],
		['user.disabled', { enabled: false }, []],
		['user.locked', { locked: true }, []],
		['user.unlocked', { locked: false }, []],
		['user.passwordResetRequired', {}, []],
		['user.firstDeviceRegistered', {}, []],
		['user.moved', {}, [{ attribute: 'dn', before: 'unknown', after: [ann.dn] }]],
		['user.updated', {}, [{ attribute: 'title', before: 'unknown', after: ['Nurse'] }]],
	])('of %s shows a real person in that state', async (kind, user, changes) => {
		expect(await sampleOf(kind)).toMatchObject({
			event: kind,
			sample: true,
			occurredAt: changedAt,
			user: { username: 'ann', ...user },
			group: null,
			changes,
		});
	});

	it.each(['group.created', 'group.deleted'] as const)('of %s shows a real group', async (kind) => {
		expect(await sampleOf(kind)).toMatchObject({ user: null, group: { name: 'nurses' }, changes: [] });
	});

	it('of a membership says whether it may be an indirect one', async () => {
		const scope = scopeOf('group.memberAdded');
		expect((await sampleOf('group.memberAdded')).group?.membership).toBe('direct');
		expect((await sampleOf('group.memberAdded', { scope: { ...scope, nested: true } })).group).toMatchObject({
			membership: 'effective',
			via: [],
		});
	});

	it('of privileged access shows a member of a privileged group, whoever is watched', async () => {
		const scope = { ...scopeOf('security.privilegedAccessGranted'), base: 'ou=elsewhere' };
		expect(await sampleOf('security.privilegedAccessGranted', { scope })).toMatchObject({
			user: { username: 'ann' },
			group: { name: 'nurses', membership: 'effective' },
			changes: [{ attribute: 'member', before: [], after: [ann.dn] }],
			security: { explanation: expect.stringContaining('nothing has happened') as string },
		});
	});

	it('of an unusual change shows a group and the limit, and counts nothing', async () => {
		const scope = {
			...scopeOf('security.unusualGroupChange'),
			limits: { ...DEFAULT_LIMITS, unusualChanges: 7 },
		};
		expect(await sampleOf('security.unusualGroupChange', { scope })).toMatchObject({
			user: null,
			group: { name: 'nurses' },
			security: { count: 0, limit: 7, byKind: { 'group.memberAdded': 0 }, to: now.toISOString() },
		});
	});

	it('of a bulk change shows what would be summed up, and counts nothing', async () => {
		const scope = scopeOf('user.created', 'group.memberAdded', 'security.bulkChange');
		expect(await sampleOf('security.bulkChange', { scope })).toMatchObject({
			user: null,
			group: null,
			security: {
				count: 0,
				limit: 100,
				from: '2029-12-31T23:55:00.000Z',
				byKind: { 'user.created': 0, 'group.memberAdded': 0 },
				groups: [{ id: 'id-nurses', name: 'nurses', changes: 0 }],
				sample: [{ event: 'user.created', userId: 'id-ann', groupId: null, occurredAt: changedAt }],
			},
		});
	});

	it('of a bulk change shows its form in an empty directory as well', async () => {
		expect((await sampleOf('security.bulkChange', { finder: nobody })).security).toMatchObject({
			groups: [],
			sample: [],
		});
	});

	it.each<[EventKind, Group[], SampleFinder, string]>([
		['user.locked', [], nobody, 'no person'],
		['group.created', [], nobody, 'no group'],
		['security.unusualGroupChange', [], nobody, 'no group'],
		['security.privilegedAccessGranted', [], finder, 'no direct member of a privileged group'],
		['security.privilegedAccessRevoked', [group('admins')], finder, 'no direct member of a privileged group'],
	])('of %s is refused where there is nothing real to show, %#', async (kind, privileged, found, what) => {
		await expect(sampleOf(kind, { privileged, finder: found })).rejects.toMatchObject({
			message: expect.stringContaining(what) as string,
			advice: expect.stringContaining('real entries only') as string,
		});
	});

	it.each<EventKind>([
		'user.moved',
		'group.memberAdded',
		'security.privilegedAccessGranted',
		'security.bulkChange',
	])('of %s names no person when it is masked', async (kind) => {
		const scope = scopeOf('user.updated', kind);
		const text = JSON.stringify(await sampleOf(kind, { scope, masked: true }));
		expect(text).not.toMatch(/Ann|Lee|uid=ann|id-ann/);
		expect(text).toMatch(/•/);
	});
});
