import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { buildDn } from '../../../lib/directory/distinguishedName';
import type { Slapd } from '../../../sandbox/openldap/slapd';
import { startSlapd } from '../../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf } from '../../support/fakeTrigger';
import { TriggersOnSlapd } from '../../support/triggersOnSlapd';
import type { EmittedBatch, FakeTriggerOptions } from '../../support/fakeTrigger';

const ALL = {
	personEvents: ['user.created', 'user.enabled', 'user.disabled', 'user.updated', 'user.deleted'],
	groupEvents: ['group.memberAdded', 'group.memberRemoved'],
	options: { pollInterval: 1 },
};

describe('Directory Trigger on OpenLDAP', () => {
	let setting: TriggersOnSlapd;
	let slapd: Slapd;
	let admin: DirectoryAdmin;

	beforeAll(async () => {
		setting = await TriggersOnSlapd.begin();
		({ slapd, admin } = setting);
	});
	afterEach(() => setting.closeOpen());
	afterAll(() => setting.end());

	const start = (options: Partial<FakeTriggerOptions> = {}) => setting.start({ parameters: ALL, ...options });

	it('tells of each life-cycle event, with who did it and what was before', async () => {
		await admin.addPerson('before');
		const { trigger } = await start();
		const ann = await admin.addPerson('ann', { title: ['Nurse'], mail: ['ann@example.org'] });
		const group = await admin.addGroup('nurses', [ann]);
		await admin.replace(ann, 'title', ['Head Nurse']);
		await admin.disable(ann);
		await admin.enable(ann);
		await admin.addMembers(group, [admin.personDn('before')]);
		await admin.removeMembers(group, [ann]);
		// Whose entry is gone when the event is read is known by DN alone.
		await trigger.arrived(7);
		await admin.remove(ann);
		const items = await trigger.arrived(8);
		expect(items.map(({ event }) => event)).toEqual([
			'user.created',
			'group.memberAdded',
			'user.updated',
			'user.disabled',
			'user.enabled',
			'group.memberAdded',
			'group.memberRemoved',
			'user.deleted',
		]);
		expect(items[2]).toMatchObject({
			actor: slapd.adminDn,
			late: false,
			user: { username: 'ann', mail: 'ann@example.org' },
			changes: [{ attribute: 'title', before: ['Nurse'], after: ['Head Nurse'] }],
			source: { directory: 'openldap', strategy: 'accessLog', transitions: 'each' },
		});
		expect(items[1]).toMatchObject({
			group: { name: 'nurses', membership: 'direct' },
			user: { username: 'ann' },
		});
		expect(items[7]).toMatchObject({ user: { username: 'ann', displayName: 'ann' } });
		expect(JSON.stringify(items)).not.toMatch(/geheim|userPassword/i);
	});

	it('tells each of 200 changes made within a second, once', async () => {
		const dn = await admin.addPerson('quick');
		const { trigger } = await start();
		const writes = Array.from({ length: 200 }, (_, index) => admin.replace(dn, 'title', [`title ${index}`]));
		await Promise.all(writes);
		const items = await trigger.arrived(200);
		const after = items.map(({ changes }) => (changes as Array<{ after: string[] }>)[0]?.after[0]);
		expect(after).toEqual(Array.from({ length: 200 }, (_, index) => `title ${index}`));
		expect(new Set(items.map(({ eventId }) => eventId)).size).toBe(200);
	});

	it('tells a change made during a long run, after it', async () => {
		const { trigger } = await start({ run: (batch, index) => index > 0 && batch.end('success') });
		await admin.addPerson('slow1');
		const first = await trigger.batch(0);
		await admin.addPerson('slow2');
		expect(trigger.batches).toHaveLength(1);
		first.end('success');
		const items = await trigger.arrived(2);
		expect(items.map(({ user }) => (user as { username: string }).username)).toEqual(['slow1', 'slow2']);
	});

	it.each([
		['a failed run', (batch: EmittedBatch) => batch.end('error', 'FCM is down')],
		['a crashed run', (batch: EmittedBatch) => batch.end('crashed')],
		['a run that could not start', (batch: EmittedBatch) => batch.refuse(new Error('no capacity'))],
	])('hands over again after %s, with the same eventId', async (what, fail) => {
		const { trigger } = await start({
			run: (batch, index) => (index === 0 ? fail(batch) : batch.end('success')),
		});
		await admin.addPerson(`retry-${what.replaceAll(' ', '-')}`);
		await trigger.batch(1);
		const [first, second] = trigger.items;
		expect(second?.eventId).toBe(first?.eventId);
		expect(second?.correlationId).toBe(first?.correlationId);
	});

	it('counts a run that waits as delivered, and a failed one when that is chosen', async () => {
		const waiting = await start({ run: (batch) => batch.end('waiting') });
		const finishing = await start({
			parameters: { ...ALL, options: { pollInterval: 1, deliveredWhen: 'finishes' } },
			run: (batch) => batch.end('error', 'it failed'),
		});
		await admin.addPerson('delivered1');
		await Promise.all([waiting.trigger.arrived(1), finishing.trigger.arrived(1)]);
		await admin.addPerson('delivered2');
		await Promise.all([waiting.trigger.arrived(2), finishing.trigger.arrived(2)]);
		for (const { trigger } of [waiting, finishing]) {
			expect(trigger.items.map(({ user }) => (user as { username: string }).username)).toEqual([
				'delivered1',
				'delivered2',
			]);
		}
	});

	it('does not wait for runs that only need to start, and gives n8n a key against repeats', async () => {
		const { trigger } = await start({
			parameters: { ...ALL, options: { pollInterval: 1, deliveredWhen: 'starts' } },
			run: () => {},
		});
		await admin.addPerson('starts1');
		await trigger.batch(0);
		await admin.addPerson('starts2');
		await trigger.batch(1);
		expect(trigger.batches[0]?.deduplicationKey).toMatch(/^directory-push-[0-9a-f]{32}$/);
		expect(trigger.batches[1]?.deduplicationKey).not.toBe(trigger.batches[0]?.deduplicationKey);
	});

	it('goes on while the server is restarted, and reports nothing of it', async () => {
		const { trigger } = await start();
		await admin.addPerson('restart1');
		await trigger.arrived(1);
		await slapd.kill();
		await slapd.restart();
		await admin.addPerson('restart2');
		const items = await trigger.arrived(2);
		expect(items.map(({ user }) => (user as { username: string }).username)).toEqual([
			'restart1',
			'restart2',
		]);
		expect(trigger.failures).toEqual([]);
	});

	it('comes alive after a server that was down when n8n started', async () => {
		const own = await startSlapd();
		const others = new DirectoryAdmin(own);
		setting.open.push(() => own.stop());
		setting.open.push(() => others.close());
		await own.kill();
		const { trigger } = await start({ credential: credentialOf(own), activation: 'init' });
		await own.restart();
		// Nothing was remembered before: only what is written after the first baseline is news.
		let written = 0;
		while (trigger.items.length === 0) {
			await others.addPerson(`revived${written++}`);
			await Promise.race([trigger.arrived(1), new Promise((resolve) => setTimeout(resolve, 200))]);
		}
		expect(trigger.items[0]).toMatchObject({ event: 'user.created' });
	});

	it('tells the person who publishes that the server is down', async () => {
		const own = await startSlapd();
		await own.stop();
		await expect(start({ credential: credentialOf(own) })).rejects.toMatchObject({
			message: expect.stringContaining(own.url.replace('ldap://', '')) as string,
			description: expect.stringMatching(/Check the URL/) as string,
		});
	});

	it('delivers after a restart what was changed meanwhile, and nothing twice', async () => {
		const owner = { workflowId: 'restarted' };
		const before = await start(owner);
		await admin.addPerson('up1');
		await before.trigger.arrived(1);
		await before.response.closeFunction?.();
		await admin.addPerson('down1');
		const after = await start({ ...owner, activation: 'init' });
		const items = await after.trigger.arrived(1);
		expect(items.map(({ user }) => (user as { username: string }).username)).toEqual(['down1']);
	});

	it('lets a run of the version before end, before the next one goes on', async () => {
		const owner = { workflowId: 'published-twice' };
		const first = await start({ ...owner, run: () => {} });
		await admin.addPerson('published1');
		const batch = await first.trigger.batch(0);
		await first.response.closeFunction?.();
		const second = await start({ ...owner, activation: 'update' });
		await admin.addPerson('published2');
		batch.end('success');
		const items = await second.trigger.arrived(1);
		expect(items.map(({ user }) => (user as { username: string }).username)).toEqual(['published2']);
	});

	it('passes hostile values through as they are, and survives them', async () => {
		const hostile = [
			'{{ $env.SECRET }}',
			'={{ process.exit(1) }}',
			'<script>alert(1)</script>',
			'line\nbreak',
			'nul\0nul',
			"'; DROP TABLE state; --",
			'*)(uid=*',
		];
		const { trigger } = await start();
		const group = await admin.addGroup('hostile', [slapd.adminDn]);
		for (const [index, title] of hostile.entries())
			await admin.addPerson(`hostile${index}`, { title: [title] });
		const odd = buildDn([{ attribute: 'cn', value: 'a,b+c"<x>\\ #{{1}}' }], `ou=people,${slapd.baseDn}`);
		await admin.connection.add(odd, {
			objectClass: ['inetOrgPerson'],
			cn: ['a,b+c"<x>\\ #{{1}}'],
			sn: ['x'],
		});
		await admin.addMembers(group, [odd, `cn=gone\\00,ou=people,${slapd.baseDn}`]);
		const dn = admin.personDn('hostile0');
		await admin.replace(dn, 'jpegPhoto', [Buffer.from([0x80, 0x00, 0x0a])]);
		const items = await trigger.arrived(hostile.length + 5);
		const users = items.map(({ user }) => user as { title: string | null; dn: string; displayName: string });
		expect(users.map(({ title }) => title)).toEqual(expect.arrayContaining(hostile));
		expect(users.at(-3)).toMatchObject({ displayName: 'a,b+c"<x>\\ #{{1}}' });
		expect(users.at(-2)).toMatchObject({ id: null, displayName: null });
		expect(items.at(-1)).toMatchObject({ changes: [{ attribute: 'jpegPhoto', after: ['gAAK'] }] });
		expect(trigger.failures).toEqual([]);
	});

	it('watches only the chosen groups, and only people in scope', async () => {
		const inside = await admin.addPerson('inside', { departmentNumber: ['Ward 3'] });
		const outside = await admin.addPerson('outside', { departmentNumber: ['Ward 4'] });
		const watched = await admin.addGroup('watched', [slapd.adminDn]);
		const other = await admin.addGroup('other', [slapd.adminDn]);
		const { trigger } = await start({
			parameters: {
				...ALL,
				personEvents: [],
				watchedGroups: { values: [{ group: { mode: 'name', value: 'watched' } }] },
				options: {
					pollInterval: 1,
					base: `ou=people,${slapd.baseDn}`,
					conditions: { values: [{ attribute: 'departmentnumber', value: 'ward 3' }] },
				},
			},
		});
		await admin.addMembers(other, [inside]);
		await admin.addMembers(watched, [outside]);
		await admin.addMembers(watched, [inside]);
		const items = await trigger.arrived(1);
		expect(items).toMatchObject([{ user: { username: 'inside' }, group: { name: 'watched' } }]);
	});

	it('refuses to publish with a group that is not there', async () => {
		const parameters = {
			...ALL,
			watchedGroups: { values: [{ group: { mode: 'name', value: 'no such group' } }] },
		};
		await expect(start({ parameters })).rejects.toMatchObject({
			message: 'The watched group "no such group" is not in the directory',
		});
	});

	it.each([
		['a base DN that is not there', { options: { base: 'ou=nowhere' } }, /shows no entry ou=nowhere/],
		['a secret to watch', { watchedAttributes: ['userPassword;x-1'] }, /is a secret and cannot be watched/],
		['a watched attribute that does not exist', { watchedAttributes: ['tilte'] }, /no attribute "tilte"/],
		[
			'a condition that nobody can fulfil',
			{ options: { conditions: { values: [{ attribute: 'depratment', value: 'x' }] } } },
			/no attribute "depratment"/,
		],
	])('refuses to publish with %s', async (_what, parameters, message) => {
		await expect(start({ parameters: { ...ALL, ...parameters } })).rejects.toMatchObject({
			message: expect.stringMatching(message) as string,
		});
	});

	it('tells nothing of people, groups and members outside the base of the credential', async () => {
		const staff = `ou=staff,${slapd.baseDn}`;
		await admin.connection.add(staff, { objectClass: ['organizationalUnit'], ou: ['staff'] });
		const inside = { objectClass: ['groupOfNames'], cn: ['inside'] };
		const { trigger } = await start({ credential: { ...credentialOf(slapd), baseDn: staff } });
		const outsider = await admin.addPerson('outsider');
		const group = await admin.addGroup('outside-group', [outsider]);
		await admin.connection.add(`cn=inside,${staff}`, { ...inside, member: [outsider] });
		await admin.replace(outsider, 'title', ['x']);
		await admin.remove(group);
		await admin.remove(outsider);
		await admin.connection.add(`uid=insider,${staff}`, {
			objectClass: ['inetOrgPerson'],
			...{ uid: ['insider'], cn: ['insider'], sn: ['insider'] },
		});
		expect((await trigger.arrived(1)).map(({ user }) => (user as { dn: string }).dn)).toEqual([
			`uid=insider,${staff}`,
		]);
	});

	it('tells nothing of members that are no people, of devices, of passwords and of locks that end by themselves', async () => {
		const { trigger } = await start();
		const dn = await admin.addPerson('quiet', { title: ['Nurse'] });
		const role = `cn=role,${slapd.baseDn}`;
		await admin.connection.add(role, { objectClass: ['organizationalRole'], cn: ['role'] });
		await admin.addGroup('roles', [role]);
		const device = `cn=phone,ou=devices,${slapd.baseDn}`;
		await admin.connection.add(device, { objectClass: ['device'], cn: ['phone'], owner: [dn] });
		await admin.replace(device, 'description', ['a token']);
		await admin.remove(device);
		await admin.replace(dn, 'userPassword', ['another']);
		await admin.replace(dn, 'pwdAccountLockedTime', ['20260101000000Z']);
		await admin.replace(dn, 'pwdAccountLockedTime', []);
		await admin.replace(dn, 'title', ['Head Nurse']);
		const items = await trigger.arrived(2);
		expect(items.map(({ event }) => event)).toEqual(['user.created', 'user.updated']);
		expect(items[1]).toMatchObject({ changes: [{ attribute: 'title' }] });
	});

	it('shows a real entry as a sample, masked, and remembers nothing', async () => {
		const dn = await admin.addPerson('sampled', { mail: ['sam@example.org'], displayName: ['Sam Pled'] });
		await admin.addGroup('samples', [dn]);
		const parameters = {
			...ALL,
			personEvents: [],
			watchedGroups: { values: [{ group: { mode: 'name', value: 'samples' } }] },
		};
		const { trigger, response } = await start({ mode: 'manual', parameters });
		await response.manualTriggerFunction?.();
		expect(trigger.items).toMatchObject([
			{
				event: 'group.memberAdded',
				sample: true,
				user: { displayName: 'S•• P•••', mail: 's••@e••••••.o••' },
				group: { name: 'samples' },
			},
		]);
		const open = await start({
			mode: 'manual',
			parameters: { ...parameters, options: { maskSample: false } },
		});
		await open.response.manualTriggerFunction?.();
		expect(open.trigger.items).toMatchObject([
			{ sample: true, user: { displayName: 'Sam Pled', mail: 'sam@example.org' } },
		]);
	});

	it('says why there is no sample', async () => {
		const group = await admin.addGroup('personless', [slapd.adminDn]);
		const parameters = {
			...ALL,
			personEvents: [],
			watchedGroups: { values: [{ group: { mode: 'dn', value: group } }] },
		};
		const { response } = await start({ mode: 'manual', parameters });
		await expect(response.manualTriggerFunction?.()).rejects.toMatchObject({
			message: 'There is no group with a member in the directory to show as a sample',
		});
	});

	it('keeps its memory in a file that nobody else can read', async () => {
		const { response } = await start({ workflowId: 'private' });
		await response.closeFunction?.();
		const [file] = (await readdir(setting.folder)).filter((name) => name.startsWith('private-'));
		expect((await stat(join(setting.folder, file ?? ''))).mode & 0o777).toBe(0o600);
	});

	describe('without an access log', () => {
		let plain: Slapd;
		let plainAdmin: DirectoryAdmin;
		beforeAll(async () => {
			plain = await startSlapd({ accesslog: false });
			plainAdmin = new DirectoryAdmin(plain);
		});
		afterAll(async () => {
			await plainAdmin.close();
			await plain.stop();
		});

		it('refuses to read a log that is not there', async () => {
			const parameters = { ...ALL, options: { readChangesBy: 'accessLog' } };
			await expect(start({ credential: credentialOf(plain), parameters })).rejects.toMatchObject({
				message: expect.stringContaining('cannot be read by the way "Access Log"') as string,
				description: expect.stringContaining('Set Read Changes By under Options to Best Available') as string,
			});
		});

		it('refuses to leave out authors that nobody records', async () => {
			const parameters = { ...ALL, options: { leaveOutActors: ['cn=provisioning,dc=example,dc=org'] } };
			await expect(start({ credential: credentialOf(plain), parameters })).rejects.toMatchObject({
				message: expect.stringContaining('does not tell who made a change') as string,
			});
		});

		it('tells net changes', async () => {
			const dn = await plainAdmin.addPerson('plain', { title: ['one'] });
			const parameters = { ...ALL, personEvents: ['user.created', 'user.disabled', 'user.updated'] };
			const { trigger } = await start({ credential: credentialOf(plain), parameters });
			await plainAdmin.replace(dn, 'title', ['two']);
			await trigger.arrived(1);
			await plainAdmin.disable(dn);
			await plainAdmin.addGroup('plain', [dn]);
			const items = await trigger.arrived(3);
			expect(items[0]).toMatchObject({
				event: 'user.updated',
				actor: null,
				changes: [{ attribute: 'title', before: ['one'], after: ['two'] }],
				source: { strategy: 'syncRepl', transitions: 'net' },
			});
			expect(
				items
					.slice(1)
					.map(({ event }) => event)
					.sort(),
			).toEqual(['group.memberAdded', 'user.disabled']);
		});
	});
});
