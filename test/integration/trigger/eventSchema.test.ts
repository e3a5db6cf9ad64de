import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Ajv from 'ajv';

import type { SecurityFinding } from '../../../lib/directory/changes/event.types';
import { EVENT_TITLES } from '../../../lib/directory/changes/unseenEvents';
import { healthEvent } from '../../../lib/directory/changes/healthEvent';
import { DirectoryTrigger } from '../../../nodes/Directory/DirectoryTrigger.node';
import { startSlapd } from '../../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf, FakeTrigger } from '../../support/fakeTrigger';

const schema = JSON.parse(readFileSync(join(__dirname, '../../../docs/event.schema.json'), 'utf8')) as {
	properties: { event: { enum: string[] } };
};
const validate = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema);

const health = healthEvent(
	'health.reconciled',
	{ message: 'm', advice: 'a', at: new Date(0).toISOString() },
	{},
	new Date(),
);
const nurses = { id: '1', dn: 'cn=nurses,dc=example', name: 'nurses', kind: 'group' };

function expectValid(event: unknown): void {
	validate(event);
	expect(validate.errors).toBeNull();
}

describe('docs/event.schema.json', () => {
	const opened: Array<() => Promise<unknown> | undefined> = [];
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});

	it('knows every kind', () => {
		expect(schema.properties.event.enum.toSorted()).toEqual(Object.keys(EVENT_TITLES).toSorted());
	});

	it('fits health events', () => {
		expectValid(health);
	});

	it('fits what is told of a whole group, and what is concluded from several changes', () => {
		expectValid({
			...health,
			event: 'group.memberAdded',
			health: undefined,
			group: { ...nurses, membership: 'effective', via: ['ward'] },
			nestedGroup: { id: '2', dn: 'cn=ward,dc=example', name: 'ward', members: 120 },
		});
		const at = new Date(0).toISOString();
		const security: SecurityFinding = {
			explanation: '120 changes within 5 minutes; the limit is 100',
			count: 120,
			limit: 100,
			from: at,
			to: at,
			byKind: { 'user.created': 120 },
			groups: [{ id: '1', name: 'nurses', changes: 3 }],
			sample: [{ event: 'user.created', userId: 'u', groupId: null, occurredAt: at }],
		};
		expectValid({ ...health, event: 'security.bulkChange', health: undefined, security });
	});

	it('refuses a security event without its finding, and fields that it does not know', () => {
		expect(validate({ ...health, event: 'security.bulkChange', health: undefined })).toBe(false);
		expect(validate({ ...health, nestedGroup: { id: '1', dn: '', name: '', members: -1 } })).toBe(false);
		expect(validate({ ...health, surprise: true })).toBe(false);
	});

	it('fits real events and samples', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-schema-'));
		opened.push(() => rm(folder, { recursive: true }));
		process.env.N8N_DIRECTORY_PUSH_STATE_FOLDER = folder;
		const slapd = await startSlapd();
		opened.push(() => slapd.stop());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const parameters = {
			personEvents: ['user.created', 'user.enabled', 'user.disabled', 'user.updated', 'user.deleted'],
			groupEvents: ['group.memberAdded', 'group.memberRemoved'],
			options: { pollInterval: 1 },
		};
		const trigger = new FakeTrigger({ parameters, credential: credentialOf(slapd) });
		const response = await new DirectoryTrigger().trigger.call(trigger.context);
		opened.push(async () => response.closeFunction?.());
		const ann = await admin.addPerson('ann', { mail: ['ann@example.org'] });
		const group = await admin.addGroup('nurses', [ann, `cn=gone,${slapd.baseDn}`]);
		const sample = new FakeTrigger({ parameters, credential: credentialOf(slapd), mode: 'manual' });
		await (await new DirectoryTrigger().trigger.call(sample.context)).manualTriggerFunction?.();
		await admin.replace(ann, 'title', ['Nurse']);
		await admin.disable(ann);
		await admin.enable(ann);
		await admin.remove(group);
		await admin.remove(ann);
		for (const event of [...(await trigger.arrived(9)), ...sample.items]) expectValid(event);
		expect(new Set(trigger.items.map(({ event }) => event)).size).toBe(7);
		expect(sample.items).toHaveLength(1);
	});
});
