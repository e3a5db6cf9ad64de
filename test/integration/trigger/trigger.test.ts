import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ITriggerResponse } from 'n8n-workflow';

import { DirectoryTrigger } from '../../../nodes/Directory/DirectoryTrigger.node';
import type { Slapd } from '../../../sandbox/openldap/slapd';
import { startSlapd } from '../../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf, FakeTrigger } from '../../support/fakeTrigger';
import type { FakeTriggerOptions } from '../../support/fakeTrigger';

const ALL = {
	personEvents: ['user.created', 'user.enabled', 'user.disabled', 'user.updated', 'user.deleted'],
	groupEvents: ['group.memberAdded', 'group.memberRemoved'],
	options: { pollInterval: 1 },
};

describe('Directory Trigger on OpenLDAP', () => {
	let slapd: Slapd;
	let admin: DirectoryAdmin;
	let folder: string;
	let workflow = 0;
	const open: Array<() => Promise<unknown>> = [];

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'directory-push-trigger-'));
		process.env.N8N_DIRECTORY_PUSH_STATE_FOLDER = folder;
		slapd = await startSlapd();
		admin = new DirectoryAdmin(slapd);
	});

	afterEach(async () => {
		for (const close of open.splice(0)) await close();
	});

	afterAll(async () => {
		await admin.close();
		await slapd.stop();
		await rm(folder, { recursive: true });
	});

	async function start(options: Partial<FakeTriggerOptions> = {}): Promise<{ trigger: FakeTrigger; response: ITriggerResponse }> {
		const trigger = new FakeTrigger({
			parameters: ALL,
			credential: credentialOf(slapd),
			workflowId: `workflow${++workflow}`,
			...options,
		});
		const response = await new DirectoryTrigger().trigger.call(trigger.context);
		open.push(async () => response.closeFunction?.());
		return { trigger, response };
	}

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
		expect(items[1]).toMatchObject({ group: { name: 'nurses', membership: 'direct' }, user: { username: 'ann' } });
		expect(items[7]).toMatchObject({ user: { username: 'ann', displayName: 'ann' } });
		expect(JSON.stringify(items)).not.toMatch(/geheim|userPassword/i);
	});
});
