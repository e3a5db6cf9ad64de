import type { EntryChange } from '../../lib/directory/changes/changes.types';
import type { ChangeEvent, ChangeEventKind, WatchScope } from '../../lib/directory/changes/event.types';
import { OtdsSnapshotSource } from '../../lib/directory/changes/strategies/otdsSnapshot.source';
import type { SeenEntry } from '../../lib/directory/changes/strategies/snapshotSource.types';
import { openOtdsWatch } from '../../lib/directory/changes/strategies/otdsWatch.session';
import { deviceStoreOf } from '../../lib/directory/devices/deviceStore';
import { openOtdsDirectory } from '../../lib/directory/otds/otdsDirectory';
import { openOtdsConnection } from '../../lib/directory/otds/otdsConnection';
import { DirectoryWatcher } from '../../lib/directory/changes/watcher';
import type { DomainError } from '../../lib/domain.errors';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/directory/changes/clock';
import { SqliteStateStore } from '../../lib/n8n/stateStore.sqlite';
import type { OtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator';
import { EVERYTHING } from '../contract/changeStrategy.contract';
import { failureOf } from '../support/ldap';
import { SnapshotMemory } from '../support/snapshotMemory';
import { watchSettings } from '../support/otdsContract';

let otds: OtdsSimulator;
let folder: string;
const opened: Array<() => Promise<unknown>> = [];

beforeEach(async () => {
	otds = await startOtdsSimulator();
	folder = await mkdtemp(join(tmpdir(), 'directory-push-otds-'));
});
afterEach(async () => {
	for (const close of opened.splice(0).reverse()) await close();
	await otds.stop();
	await rm(folder, { recursive: true, force: true });
});

const scoped = (changes: Partial<WatchScope>): WatchScope => ({ ...EVERYTHING, attributes: [], ...changes });

async function open(scope: Partial<WatchScope> = {}) {
	const session = await openOtdsWatch(watchSettings(otds), scoped(scope));
	opened.push(() => session.close());
	return session;
}

/** The trigger's loop over the simulator. */
async function watch(scope: Partial<WatchScope> = {}, startFromNow = false) {
	const events: ChangeEvent[] = [];
	const problems: DomainError[] = [];
	let changed = (): void => {};
	const watcher = new DirectoryWatcher(
		{
			open: (wanted) => openOtdsWatch(watchSettings(otds), wanted),
			openStore: async () => new SqliteStateStore(join(folder, 'state.sqlite')),
			handOff: async (batch) => {
				events.push(...batch);
				changed();
				return { status: 'delivered' };
			},
			report: (problem) => {
				problems.push(problem);
				changed();
			},
			clock: systemClock,
		},
		{
			scope: scoped(scope),
			pollIntervalMs: 20,
			delivery: { attempts: 5, batchSize: 500 },
			startFromNow,
		},
	);
	await watcher.start({ patient: false });
	opened.push(() => watcher.stop());
	const until = async (holds: () => boolean): Promise<void> => {
		while (!holds()) await new Promise<void>((resolve) => (changed = resolve));
	};
	const told = (): string[] =>
		events.map(({ event, user }) => `${event} ${user?.username ?? user?.dn}`).sort();
	return { watcher, events, problems, until, told };
}

/** The only person there is. */
async function seenBy(source: OtdsSnapshotSource): Promise<SeenEntry> {
	for await (const page of source.walk()) {
		const [only] = page.entries();
		if (only) return only;
	}
	throw new Error('nobody was seen');
}

describe('watching OTDS', () => {
	it('tells an onboarding, a deactivation and a departure with the person and the group', async () => {
		const { uuid: group } = otds.addGroup('Staff', { name: 'Nurses' });
		otds.addUser('Staff', { name: 'stays' });
		const { events, until, told } = await watch();
		const ann = otds.addUser('Staff', { name: 'ann', attributes: { mail: ['ann@example.org'] } });
		otds.addMember(group, ann.uuid);
		await until(() => events.length >= 2);
		expect(events.find(({ event }) => event === 'group.memberAdded')).toMatchObject({
			actor: null,
			user: { id: ann.uuid, username: 'ann', mail: 'ann@example.org' },
			group: { id: group, name: 'Nurses' },
			source: { directory: 'otds', strategy: 'snapshot', transitions: 'net' },
		});
		otds.setEnabled(ann.uuid, false);
		await until(() => events.length >= 3);
		otds.remove(ann.uuid);
		await until(() => events.length >= 5);
		expect(told()).toEqual([
			'group.memberAdded ann',
			'group.memberRemoved ann',
			'user.created ann',
			'user.deleted ann',
			'user.disabled ann',
		]);
	});

	it('tells every attribute but what logins, memberships and flags write', async () => {
		const { uuid } = otds.addUser('Staff', { name: 'ann' });
		const { events, until } = await watch({ events: new Set<ChangeEventKind>(['user.updated']) });
		otds.login(uuid);
		otds.setLocked(uuid, true);
		otds.setAttribute(uuid, 'oTExtraAttr8', ['a device token']);
		otds.setAttribute(uuid, 'oTDepartment', ['Surgery']);
		await until(() => events.length > 0);
		expect(events.map(({ changes }) => changes)).toEqual([
			[{ attribute: 'otdepartment', before: [], after: ['Surgery'] }],
		]);
	});

	it('tells no device of an attribute that the credential names no longer', async () => {
		const { uuid, location } = otds.addUser('Staff', { name: 'ann' });
		const directory = openOtdsDirectory(watchSettings(otds));
		opened.push(() => directory.close());
		const person = await directory.client.person({ by: 'dn', value: location });
		if (!person) throw new Error('nobody there');
		const source = new OtdsSnapshotSource(
			directory.connection,
			scoped({ events: new Set<ChangeEventKind>(['user.updated']) }),
		);
		const earlier = new OtdsSnapshotSource(
			openOtdsConnection(watchSettings(otds, { devicesAttribute: '' })),
			scoped({ events: new Set<ChangeEventKind>(['user.updated']) }),
		);
		await deviceStoreOf(directory.records).register(person, { token: 's3cr3t', platform: 'android' });
		otds.setAttribute(uuid, 'oTExtraAttr0', ['{"not":"a device"}']);
		for (const { snapshot } of [await seenBy(source), await seenBy(earlier)]) {
			expect(JSON.stringify(snapshot)).not.toContain('s3cr3t');
			expect(snapshot.attributes.otextraattr0).toEqual(['{"not":"a device"}']);
		}
	});

	it('judges somebody who is gone by what they were', async () => {
		const nurse = otds.addUser('Staff', { name: 'nurse', attributes: { title: ['Nurse'] } });
		const clerk = otds.addUser('Staff', { name: 'clerk', attributes: { title: ['Clerk'] } });
		const { events, until, told } = await watch({ conditions: [{ attribute: 'title', value: 'nurse' }] });
		otds.remove(clerk.uuid);
		otds.remove(nurse.uuid);
		await until(() => events.length > 0);
		expect(told()).toEqual(['user.deleted nurse']);
	});

	it('believes a mass departure once an administrator starts from now', async () => {
		const people = Array.from({ length: 60 }, (_, index) => otds.addUser('Staff', { name: `p${index}` }));
		const first = await watch();
		for (const { uuid } of people.slice(0, 40)) otds.remove(uuid);
		await first.until(() => first.problems.length > 0);
		expect(first.problems[0]?.message).toMatch(/^\d+ of 60 users and groups seem to be gone/);
		await first.watcher.stop();
		expect(first.events).toEqual([]);
		const second = await watch({}, true);
		otds.remove(people[59]?.uuid ?? '');
		await second.until(() => second.events.length > 0);
		expect(second.told()).toEqual(['user.deleted p59']);
	});

	it('refuses a scope in which nothing could ever be seen', async () => {
		const refused = async (scope: Partial<WatchScope>) =>
			(await failureOf(openOtdsWatch(watchSettings(otds), scoped(scope)))).message;
		expect(await refused({ base: 'orgunit=nowhere,partition=Staff,dc=identity,dc=opentext,dc=net' })).toMatch(
			/^OTDS shows no organizational unit orgunit=nowhere/,
		);
		expect(await refused({ attributes: ['userPassword'] })).toMatch(/is a secret/);
		expect(await refused({ attributes: ['otextraattr8'] })).toMatch(/is a secret/);
		expect(await refused({ attributes: ['otLastLoginTimestamp'] })).toMatch(/changes with every login/);
		expect(await refused({ conditions: [{ attribute: 'a(b', value: 'x' }] })).toMatch(/cannot be the name/);
		expect(await refused({ conditions: [{ attribute: 'title', value: '' }] })).toMatch(/has no value/);
		expect(await refused({ groups: [{ by: 'name', value: 'Nobody' }] })).toMatch(/"Nobody" is not in/);
		otds.addRole('Staff', { name: 'Approvers' });
		otds.misbehave({ failNext: { path: /members/, status: 403, times: 1 } });
		expect(await refused({ groups: [{ by: 'name', value: 'Approvers' }] })).toMatch(
			/^OTDS does not list the members of the role "Approvers"/,
		);
		otds.behave();
		otds.addAccessRole('Portal', { partitions: ['Staff'] });
		expect(await refused({ privilegedGroups: [{ by: 'name', value: 'Portal' }] })).toMatch(
			/^"Portal" is an access role/,
		);
	});

	it('finds a real person and a real membership for test mode', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		otds.addUser('Staff', { name: 'bob' });
		const { uuid: group } = otds.addGroup('Staff', { name: 'Nurses' });
		otds.addMember(group, ann.uuid);
		const { samples, describeMember } = await open({
			base: 'partition=Staff,dc=identity,dc=opentext,dc=net',
		});
		expect(await samples.person(({ username }) => username === 'bob')).toMatchObject({
			person: { username: 'bob' },
		});
		const found = await samples.member(undefined, () => true);
		expect(found).toMatchObject({ person: { username: 'ann' }, group: { name: 'Nurses' } });
		expect(await samples.group(undefined)).toMatchObject({ group: { name: 'Nurses' } });
		expect(await describeMember({ value: ann.location, is: 'dn' })).toMatchObject({
			is: 'person',
			person: { username: 'ann' },
		});
		expect(await describeMember({ value: 'no DN at all', is: 'dn' })).toEqual({ is: 'unknown' });
		const value = `oTGroup=${group},dc=identity`;
		expect(await describeMember({ value, is: 'dn' })).toMatchObject({
			is: 'group',
			group: { id: group, name: 'Nurses' },
		});
		// Nobody takes it for a person.
		const gone = 'oTGroup=04f2d12b-0000-4000-8000-000000000000,dc=identity';
		expect(await describeMember({ value: gone, is: 'dn' })).toEqual({ is: 'group' });
	});

	it('tells every turn of an account, moves and renames', async () => {
		const { uuid } = otds.addUser('Staff', { name: 'ann' });
		const { events, until } = await watch();
		const next = async (work: () => void): Promise<ChangeEvent | undefined> => {
			const before = events.length;
			work();
			await until(() => events.length > before);
			return events.at(-1);
		};
		expect(await next(() => otds.setLocked(uuid, true))).toMatchObject({ event: 'user.locked' });
		expect(await next(() => otds.setLocked(uuid, false))).toMatchObject({ event: 'user.unlocked' });
		expect(await next(() => otds.requireReset(uuid, true))).toMatchObject({
			event: 'user.passwordResetRequired',
		});
		const where = (unit: string): unknown[] => [expect.stringContaining(`orgunit=${unit}`)];
		expect(await next(() => otds.move(uuid, 'floor'))).toMatchObject({
			event: 'user.moved',
			changes: [{ attribute: 'dn', before: where('users'), after: where('floor') }],
		});
		expect(await next(() => otds.rename(uuid, 'anna'))).toMatchObject({
			event: 'user.moved',
			user: { username: 'anna' },
			changes: [{ attribute: 'name', before: ['ann'], after: ['anna'] }],
		});
	});

	it('tells groups made and gone, and takes no group for a member', async () => {
		otds.addUser('Staff', { name: 'stays' });
		const { uuid: outer } = otds.addGroup('Staff', { name: 'Outer' });
		const { events, until } = await watch();
		const { uuid: inner } = otds.addGroup('Staff', { name: 'Inner' });
		otds.addMember(outer, inner);
		await until(() => events.length > 0);
		otds.remove(inner);
		await until(() => events.length > 1);
		expect(events.map(({ event, group, user }) => [event, group?.name, user])).toEqual([
			['group.created', 'Inner', null],
			['group.deleted', 'Inner', null],
		]);
	});

	it('tells a first device, and keeps nothing about it', async () => {
		const { uuid, location } = otds.addUser('Staff', { name: 'ann' });
		otds.setAttribute(uuid, 'oTExtraAttr8', ['somebody else’s value']);
		const { events, until, watcher } = await watch();
		const directory = openOtdsDirectory(watchSettings(otds));
		opened.push(() => directory.close());
		const person = await directory.client.person({ by: 'dn', value: location });
		if (!person) throw new Error('nobody there');
		const devices = deviceStoreOf(directory.records);
		await devices.register(person, { token: 'first-s3cr3t', platform: 'android' });
		await until(() => events.length > 0);
		await devices.register(person, { token: 'second-s3cr3t', platform: 'ios' });
		otds.setAttribute(uuid, 'title', ['Nurse']);
		await until(() => events.length > 1);
		await watcher.stop();
		expect(events.map(({ event, user }) => [event, user?.username])).toEqual([
			['user.firstDeviceRegistered', 'ann'],
			['user.updated', 'ann'],
		]);
		const kept = [JSON.stringify(events), await readFile(join(folder, 'state.sqlite'), 'latin1')];
		expect(kept.join()).not.toMatch(/s3cr3t|else.s value/);
	});

	it('says that devices are kept elsewhere where no attribute holds them', async () => {
		const session = await openOtdsWatch(watchSettings(otds, { devicesAttribute: '' }), scoped({}));
		opened.push(() => session.close());
		expect(session.strategy.detects['user.firstDeviceRegistered']).toMatchObject({
			sight: 'no',
			reason: expect.stringContaining('Record Directory') as string,
		});
	});

	it('tells who gets and loses a watched role', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const bob = otds.addUser('Staff', { name: 'bob' });
		const { uuid: role } = otds.addRole('OAuthClients', { name: 'Approvers' });
		otds.addRole('Staff', { name: 'Others' });
		otds.addMember(role, bob.uuid);
		const { events, until } = await watch({ groups: [{ by: 'name', value: 'Approvers' }] });
		otds.addMember(role, ann.uuid);
		await until(() => events.length > 0);
		otds.removeMember(role, bob.uuid);
		await until(() => events.length > 1);
		otds.remove(ann.uuid);
		await until(() => events.length > 3);
		expect(events.map(({ event, user, group }) => [event, user?.username, group?.name, group?.kind])).toEqual(
			[
				['group.memberAdded', 'ann', 'Approvers', 'role'],
				['group.memberRemoved', 'bob', 'Approvers', 'role'],
				['group.memberRemoved', 'ann', 'Approvers', 'role'],
				['user.deleted', 'ann', undefined, undefined],
			],
		);
	});

	it('tells members through nested groups, and privileged access through a role', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const outer = otds.addGroup('Staff', { name: 'Outer' });
		const inner = otds.addGroup('Staff', { name: 'Inner' });
		const role = otds.addRole('Staff', { name: 'Approvers' });
		otds.addMember(role.uuid, outer.uuid);
		const { events, until } = await watch({
			events: new Set(['group.memberAdded', 'group.memberRemoved', 'security.privilegedAccessGranted']),
			groups: [{ by: 'name', value: 'Outer' }],
			nested: true,
			privilegedGroups: [{ by: 'name', value: 'Approvers' }],
		});
		otds.addMember(inner.uuid, ann.uuid);
		otds.addMember(outer.uuid, inner.uuid);
		await until(() => events.length >= 2);
		otds.move(ann.uuid, 'floor');
		otds.removeMember(inner.uuid, ann.uuid);
		await until(() => events.length >= 3);
		const told = events.map(({ event, user, group }) => [event, user?.username, group?.name, group?.via]);
		expect(told.slice(0, 2).sort()).toEqual([
			['group.memberAdded', 'ann', 'Outer', ['Inner']],
			['security.privilegedAccessGranted', 'ann', 'Approvers', ['Outer', 'Inner']],
		]);
		expect(told[2]).toEqual(['group.memberRemoved', 'ann', 'Outer', ['Inner']]);
	});

	it('compares pages it knows again when only a role has other members', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const { uuid: role } = otds.addRole('Staff', { name: 'Approvers' });
		const { strategy } = await open({ groups: [{ by: 'name', value: 'Approvers' }] });
		const [cursor, remembered] = [await strategy.position(), new SnapshotMemory()];
		for await (const writes of strategy.baseline()) remembered.write(writes);
		const changes: EntryChange[] = [];
		const look = async (): Promise<number> => {
			for await (const page of strategy.read(cursor, remembered)) {
				remembered.write(page.snapshots);
				changes.push(...page.changes);
			}
			return changes.length;
		};
		expect([await look(), await look()]).toEqual([0, 0]);
		otds.addMember(role, ann.uuid);
		expect(await look()).toBe(1);
		expect(changes[0]).toMatchObject({
			group: { kind: 'role' },
			members: { added: [{ value: ann.location }] },
		});
	});

	it('keeps what it remembers apart by the roles that are watched', async () => {
		const { uuid: role } = otds.addRole('Staff', { name: 'Approvers' });
		otds.addMember(role, otds.addUser('Staff', { name: 'ann' }).uuid);
		const [all, one] = [await open(), await open({ groups: [{ by: 'name', value: 'Approvers' }] })];
		expect(one.strategy.scopeKey).not.toBe(all.strategy.scopeKey);
	});

	it('lists the members of groups and roles, people and groups, whichever way OTDS offers', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const inner = otds.addGroup('Staff', { name: 'Inner' });
		const outer = otds.addGroup('Staff', { name: 'Outer' });
		const role = otds.addRole('Staff', { name: 'Approvers' });
		for (const group of [outer, role]) {
			otds.addMember(group.uuid, ann.uuid);
			otds.addMember(group.uuid, inner.uuid);
		}
		const { directMembers, describeMember, samples } = await open({
			privilegedGroups: [{ by: 'name', value: 'Approvers' }],
		});
		const values = [ann, inner].map(({ location }) => location);
		const approvers = { id: role.uuid, dn: role.location, name: role.name, kind: 'role' as const };
		expect(await samples.group([approvers])).toMatchObject({ group: { kind: 'role' } });
		expect(await samples.member([approvers], () => true)).toMatchObject({
			person: { username: 'ann' },
			group: { name: 'Approvers' },
		});
		const membersOf = async ({ uuid: id, location: dn }: { uuid: string; location: string }) => {
			const found = await directMembers({ id, dn });
			return [found?.group.name, found?.group.kind, found?.members.map(({ value }) => value)];
		};
		expect(await membersOf(role)).toEqual(['Approvers', 'role', values]);
		otds.misbehave({ failNext: { path: /members/, status: 403, times: 1 } });
		expect(await membersOf(outer)).toEqual(['Outer', 'group', values]);
		expect(await membersOf(outer)).toEqual(['Outer', 'group', values]);
		otds.resetRequests();
		expect(await describeMember({ value: ann.location, is: 'dn' })).toMatchObject({ is: 'person' });
		expect(otds.requests()).toEqual([]);
		otds.remove(outer.uuid);
		expect(await directMembers({ id: outer.uuid, dn: outer.location })).toBeUndefined();
	});

	it('takes nobody for deleted who stands where it does not look', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const bare = otds.addUser('Staff', { name: 'bare', bareId: true });
		const { strategy } = await open();
		const remembered = new SnapshotMemory();
		for await (const writes of strategy.baseline()) remembered.write(writes);
		const source = new OtdsSnapshotSource(openOtdsConnection(watchSettings(otds)), scoped({}));
		for (const { uuid } of [ann, bare]) {
			const snapshot = (await remembered.get([uuid])).get(uuid);
			if (!snapshot) throw new Error('not remembered');
			expect(await source.isGone(uuid, snapshot)).toBe(false);
			otds.remove(uuid);
			expect(await source.isGone(uuid, snapshot)).toBe(true);
		}
		// Whom the login may no longer see is not gone, and ends no watch.
		const gone = (await remembered.get([bare.uuid])).get(bare.uuid);
		otds.misbehave({ failNext: { path: /\/users\/bare/, status: 403, times: 1 } });
		expect(gone && (await source.isGone(bare.uuid, gone))).toBe(false);
		otds.behave();
		// Somebody else of the same name is somebody else.
		otds.addUser('Staff', { name: 'ann' });
		const snapshot = (await remembered.get([ann.uuid])).get(ann.uuid);
		expect(snapshot && (await source.isGone(ann.uuid, snapshot))).toBe(true);
	});

	it('tells a membership in a group that was made while the users were read', async () => {
		const ann = otds.addUser('Staff', { name: 'ann' });
		const source = new OtdsSnapshotSource(openOtdsConnection(watchSettings(otds)), scoped({}));
		for await (const page of source.walk()) void page;
		const { uuid } = otds.addGroup('Staff', { name: 'New' });
		otds.addMember(uuid, ann.uuid);
		otds.resetRequests();
		expect(await source.group(uuid)).toMatchObject({ name: 'New' });
		expect(await source.group('04f2d12b-0000-4000-8000-000000000000')).toBeUndefined();
		expect(otds.requests().filter(({ path }) => path.endsWith('/groups'))).toHaveLength(1);
	});

	it('remembers no more than the ticked events need', async () => {
		otds.addUser('Staff', { name: 'ann', attributes: { title: ['Nurse'] } });
		const session = await open({ events: new Set<ChangeEventKind>(['user.created', 'user.disabled']) });
		const kept = [];
		for await (const writes of session.strategy.baseline()) kept.push(...writes);
		expect(kept).toHaveLength(1);
		expect(JSON.stringify(kept)).not.toMatch(/ann|Nurse|Staff/);
		const updated = await open({ events: new Set<ChangeEventKind>(['user.updated']) });
		expect(updated.strategy.scopeKey).not.toBe(session.strategy.scopeKey);
	});
});
