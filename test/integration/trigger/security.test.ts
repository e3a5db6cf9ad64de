import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { SecurityFinding } from '../../../lib/directory/changes/event.types';
import { DirectoryTrigger } from '../../../nodes/Directory/DirectoryTrigger.node';
import type { Slapd } from '../../../sandbox/openldap/slapd';
import { startSlapd } from '../../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf, FakeTrigger } from '../../support/fakeTrigger';

const named = (...names: string[]): IDataObject => ({
	values: names.map((value) => ({ group: { mode: 'name', value } })),
});

/** A summary is told once nothing has come for ten seconds. */
jest.setTimeout(60_000);

const isBetween = (at: unknown, from: string, to: string): boolean =>
	typeof at === 'string' && at >= from && at <= to;

/** What is concluded from several changes, through the node, on a real server. */
describe('Directory Trigger on OpenLDAP: nested groups and security events', () => {
	let slapd: Slapd;
	let admin: DirectoryAdmin;
	let folder: string;
	let workflow = 0;
	let number = 0;
	const open: Array<() => Promise<unknown>> = [];

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'directory-push-security-'));
		process.env.N8N_DIRECTORY_PUSH_STATE_FOLDER = folder;
		slapd = await startSlapd();
		admin = new DirectoryAdmin(slapd);
	});

	afterEach(async () => {
		for (const close of open.splice(0).reverse()) await close();
	});

	afterAll(async () => {
		await admin.close();
		await slapd.stop();
		await rm(folder, { recursive: true });
	});

	async function start(
		parameters: IDataObject,
		workflowId = `security${++workflow}`,
		server = slapd,
	): Promise<{ trigger: FakeTrigger; stop: () => Promise<void> }> {
		const trigger = new FakeTrigger({
			parameters: { ...parameters, options: { pollInterval: 1, ...(parameters.options as IDataObject) } },
			credential: credentialOf(server),
			workflowId,
		});
		const response = await new DirectoryTrigger().trigger.call(trigger.context);
		const stop = async (): Promise<void> => response.closeFunction?.();
		open.push(stop);
		return { trigger, stop };
	}

	const somebody = (): Promise<string> => admin.addPerson(`person${++number}`);
	const people = (count: number): Promise<string[]> => Promise.all(Array.from({ length: count }, somebody));
	const usernameOf = (dn: string): string => /^uid=([^,]+)/.exec(dn)?.[1] ?? '';

	describe('members through nested groups', () => {
		const members = {
			groupEvents: ['group.memberAdded', 'group.memberRemoved'],
			includeNested: true,
		};

		it('tells who comes in through a group inside, the way, and nobody twice', async () => {
			const [ann, ben] = [await somebody(), await somebody()];
			const ward = await admin.addGroup('ward', [slapd.adminDn]);
			const hospital = await admin.addGroup('hospital', [slapd.adminDn, ward]);
			const { trigger } = await start({ ...members, watchedGroups: named('hospital') });
			await admin.addMembers(ward, [ann]);
			await admin.addMembers(hospital, [ann, ben]);
			await admin.removeMembers(ward, [ann]);
			await admin.removeMembers(hospital, [ann]);
			const items = await trigger.arrived(3);
			expect(items).toMatchObject([
				{
					event: 'group.memberAdded',
					user: { username: usernameOf(ann) },
					group: { name: 'hospital', membership: 'effective', via: ['ward'] },
				},
				{ event: 'group.memberAdded', user: { username: usernameOf(ben) }, group: { via: [] } },
				{ event: 'group.memberRemoved', user: { username: usernameOf(ann) }, group: { name: 'hospital' } },
			]);
		});

		it('tells a large group that is put in as one event with a number, and remembers over a restart', async () => {
			const crowd = await people(6);
			const clinic = await admin.addGroup('clinic', crowd);
			const region = await admin.addGroup('region', [slapd.adminDn]);
			const parameters = { ...members, watchedGroups: named('region'), options: { nestedLimit: 5 } };
			const first = await start(parameters, 'crowd');
			await admin.addMembers(region, [clinic]);
			const [added] = await first.trigger.arrived(1);
			expect(added).toMatchObject({
				event: 'group.memberAdded',
				user: null,
				group: { name: 'region' },
				nestedGroup: { name: 'clinic', members: 6 },
			});
			await first.stop();
			await admin.removeMembers(region, [clinic]);
			const second = await start(parameters, 'crowd');
			expect(await second.trigger.arrived(1)).toMatchObject([
				{ event: 'group.memberRemoved', user: null, nestedGroup: { name: 'clinic', members: 6 } },
			]);
		});
	});

	it('tells privileged access through nested groups, whatever is asked of people', async () => {
		const [eve, fay] = [await somebody(), await somebody()];
		const operators = await admin.addGroup('operators', [slapd.adminDn]);
		const admins = await admin.addGroup('admins', [slapd.adminDn, operators]);
		const { trigger } = await start({
			securityEvents: ['security.privilegedAccessGranted', 'security.privilegedAccessRevoked'],
			privilegedGroups: named('admins'),
			options: {
				base: `ou=groups,${slapd.baseDn}`,
				leaveOutActors: [slapd.adminDn],
				conditions: { values: [{ attribute: 'title', value: 'nobody has it' }] },
			},
		});
		await admin.addMembers(operators, [eve]);
		await admin.addMembers(admins, [fay]);
		await admin.removeMembers(admins, [operators]);
		expect(await trigger.arrived(3)).toMatchObject([
			{
				event: 'security.privilegedAccessGranted',
				actor: slapd.adminDn,
				user: { username: usernameOf(eve) },
				group: { name: 'admins', via: ['operators'] },
				security: { explanation: expect.stringContaining('operators') as string },
			},
			{ event: 'security.privilegedAccessGranted', user: { username: usernameOf(fay) }, group: { via: [] } },
			{ event: 'security.privilegedAccessRevoked', user: { username: usernameOf(eve) } },
		]);
	});

	it('tells of an account that is made anew under a name that a privileged group kept', async () => {
		const [gus, hal] = [await somebody(), await somebody()];
		const stewards = await admin.addGroup('stewards', [slapd.adminDn, gus, hal]);
		await admin.addGroup('masters', [slapd.adminDn, stewards]);
		const { trigger } = await start({
			securityEvents: ['security.privilegedAccessGranted', 'security.privilegedAccessRevoked'],
			privilegedGroups: named('masters'),
		});
		await admin.remove(gus);
		await admin.addPerson(usernameOf(gus));
		await admin.removeMembers(stewards, [hal]);
		const granted = { event: 'security.privilegedAccessGranted', group: { via: ['stewards'] } };
		expect(await trigger.arrived(2)).toMatchObject([
			{ ...granted, user: { username: usernameOf(gus) } },
			{ event: 'security.privilegedAccessRevoked', user: { username: usernameOf(hal) } },
		]);
	});

	it('tells nothing of it where an overlay took the name out of the group without a record', async () => {
		const whole = await startSlapd({ memberof: true });
		const keeper = new DirectoryAdmin(whole);
		open.push(
			async () => await whole.stop(),
			async () => await keeper.close(),
		);
		const [ida, jon] = [await keeper.addPerson('ida'), await keeper.addPerson('jon')];
		const stewards = await keeper.addGroup('stewards', [whole.adminDn, ida, jon]);
		await keeper.addGroup('masters', [whole.adminDn, stewards]);
		const { trigger } = await start(
			{ securityEvents: ['security.privilegedAccessGranted'], privilegedGroups: named('masters') },
			'whole',
			whole,
		);
		await keeper.remove(ida);
		await keeper.addPerson('ida');
		await keeper.addPerson('kay');
		await keeper.addMembers(stewards, [jon.replace('jon', 'kay')]);
		expect(await trigger.arrived(1)).toMatchObject([{ user: { username: 'kay' } }]);
	});

	it('tells an unusual change of a group beside the changes themselves', async () => {
		const crowd = await people(5);
		const group = await admin.addGroup('busy', [slapd.adminDn]);
		const { trigger } = await start({
			groupEvents: ['group.memberAdded'],
			securityEvents: ['security.unusualGroupChange'],
			options: { unusualLimit: 3 },
		});
		for (const person of crowd) await admin.addMembers(group, [person]);
		const items = await trigger.arrived(6);
		const unusual = items.filter(({ event }) => event === 'security.unusualGroupChange');
		expect(unusual).toMatchObject([{ user: null, group: { name: 'busy' }, security: { limit: 3 } }]);
		expect(items).toHaveLength(6);
	});

	it('sums up a bulk change, and leaves out of it what is privileged', async () => {
		const group = await admin.addGroup('chiefs', [slapd.adminDn]);
		const { trigger } = await start({
			personEvents: ['user.created'],
			securityEvents: ['security.bulkChange', 'security.privilegedAccessGranted'],
			privilegedGroups: named('chiefs'),
			options: { bulkLimit: 3, bulkWindow: 0.1 },
		});
		const crowd = await people(30);
		await admin.addMembers(group, crowd.slice(0, 1));
		const ofKind = (kind: string): IDataObject[] => trigger.items.filter(({ event }) => event === kind);
		const findings = (): SecurityFinding[] =>
			ofKind('security.bulkChange').map(({ security }) => security as unknown as SecurityFinding);
		/** Windows begin by the clock: the thirty may fall into two of them, and what is left for one may be no bulk. */
		const counted = (): number => {
			const single = ofKind('user.created').filter(
				({ occurredAt }) => !findings().some(({ from = '', to = '' }) => isBetween(occurredAt, from, to)),
			);
			return findings().reduce((sum, { count = 0 }) => sum + count, single.length);
		};
		while (findings().length === 0 || counted() < 30) await trigger.arrived(trigger.items.length + 1);
		expect(counted()).toBe(30);
		expect(ofKind('security.bulkChange')[0]).toMatchObject({
			user: null,
			group: null,
			security: { limit: 3, byKind: { 'user.created': findings()[0]?.count } },
		});
		expect(ofKind('user.created').length).toBeLessThanOrEqual(2 * 3);
		expect(ofKind('security.privilegedAccessGranted')).toHaveLength(1);
	});
});
