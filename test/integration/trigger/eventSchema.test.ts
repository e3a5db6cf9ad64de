import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Ajv from 'ajv';
import type { IDataObject } from 'n8n-workflow';

import type { EventKind, SecurityFinding } from '../../../lib/directory/changes/event.types';
import {
	GROUP_EVENTS,
	HEALTH_EVENTS,
	PERSON_EVENTS,
	SECURITY_EVENTS,
} from '../../../lib/directory/changes/event.types';
import { EVENT_TITLES } from '../../../lib/directory/changes/unseenEvents';
import { EventPipeline } from '../../../lib/directory/changes/eventPipeline';
import { everyStage } from '../../../lib/directory/changes/eventStages';
import { healthEvent } from '../../../lib/directory/changes/healthEvent';
import { DirectoryTrigger } from '../../../nodes/Directory/DirectoryTrigger.node';
import { startSlapd } from '../../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf, FakeTrigger } from '../../support/fakeTrigger';
import { change, group, scopeOf } from '../../support/fakeWatch';
import { byDn, delta, GroupWorld, StageRows } from '../../support/groupWorld';

jest.setTimeout(30_000);

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

const kindsOf = ({ items }: FakeTrigger): Set<unknown> => new Set(items.map(({ event }) => event));

async function untilTold(trigger: FakeTrigger, kind: EventKind): Promise<void> {
	while (!kindsOf(trigger).has(kind)) await trigger.arrived(trigger.items.length + 1);
}

/** What Execute Step shows when this event is the only one that is ticked. */
async function sampleOf(
	kind: EventKind,
	{ credential, ...parameters }: IDataObject & { credential: IDataObject },
): Promise<IDataObject | undefined> {
	const list = (prefix: string): string[] => (kind.startsWith(prefix) ? [kind] : []);
	const isBulk = kind === 'security.bulkChange';
	const ticked = {
		personEvents: list('user.'),
		groupEvents: list('group.'),
		securityEvents: list('security.'),
		options: { healthEvents: list('health.') },
		...(isBulk ? { personEvents: ['user.created'] } : {}),
	};
	const trigger = new FakeTrigger({ parameters: { ...parameters, ...ticked }, credential, mode: 'manual' });
	const response = await new DirectoryTrigger().trigger.call(trigger.context);
	await response.manualTriggerFunction?.();
	return trigger.items[0];
}

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

	it('fits what the stages tell, of members without a sensible name as well', async () => {
		const world = new GroupWorld({ ROOT: [], A: ['ann', 'ben'] });
		world.directory.watchedGroups = [group('ROOT')];
		world.directory.privilegedGroups = [group('ROOT')];
		const ticked = scopeOf('group.memberAdded', 'group.memberRemoved', ...SECURITY_EVENTS);
		const limits = { bulk: { changes: 2, windowMs: 60_000 }, unusualChanges: 1, nestedMembers: 1 };
		const clock = new Date('2030-01-01T02:00:00.000Z');
		const session = await world.session();
		const stages = everyStage(session, { ...ticked, nested: true, limits }, () => clock);
		const pipeline = new EventPipeline(session, { ...ticked, nested: true, limits }, () => clock, stages);
		await pipeline.start(new StageRows(), true);
		const nests = await pipeline.process([delta('ROOT', ['A'])]);
		const odd = change({
			group: group('ROOT'),
			members: { added: ['', ',', '\u0000'].map(byDn), removed: [] },
		});
		const joins = await pipeline.process([odd, delta('ROOT', ['eve', 'joe', 'kim'], ['A'])]);
		const due = await pipeline.due(new Date(clock.getTime() + 60_000));
		const events = [nests, joins, due].flatMap(({ kept }) => kept);
		for (const event of events) expectValid(event);
		const kinds = new Set(events.map(({ event }) => event));
		expect([...kinds].sort()).toEqual(['group.memberAdded', ...SECURITY_EVENTS].sort());
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
		const chiefs = await admin.addGroup('chiefs', [slapd.adminDn, await admin.addPerson('chief')]);
		const lists = {
			personEvents: [...PERSON_EVENTS],
			groupEvents: [...GROUP_EVENTS],
			securityEvents: ['security.privilegedAccessGranted', 'security.privilegedAccessRevoked'],
		};
		const parameters = {
			...lists,
			privilegedGroups: { values: [{ group: { mode: 'name', value: 'chiefs' } }] },
			options: { pollInterval: 1 },
		};
		const trigger = new FakeTrigger({ parameters, credential: credentialOf(slapd) });
		const response = await new DirectoryTrigger().trigger.call(trigger.context);
		opened.push(async () => response.closeFunction?.());
		const ann = await admin.addPerson('ann', { mail: ['ann@example.org'] });
		const group = await admin.addGroup('nurses', [ann, `cn=gone,${slapd.baseDn}`]);
		const samples = await Promise.all(
			[...PERSON_EVENTS, ...GROUP_EVENTS, ...SECURITY_EVENTS, ...HEALTH_EVENTS].map((kind) =>
				sampleOf(kind, { ...parameters, credential: credentialOf(slapd) }),
			),
		);
		await admin.replace(ann, 'title', ['Nurse']);
		await admin.disable(ann);
		await admin.enable(ann);
		await admin.replace(ann, 'pwdReset', ['TRUE']);
		await admin.replace(ann, 'pwdAccountLockedTime', ['20260101000000Z']);
		await admin.enable(ann);
		await admin.addMembers(chiefs, [ann]);
		await admin.removeMembers(chiefs, [ann]);
		await admin.connection.add(`cn=phone,ou=devices,${slapd.baseDn}`, {
			objectClass: ['device'],
			...{ cn: ['phone'], owner: [ann], description: ['{}'] },
		});
		// Whose entry has another name or is gone when an event is read may be known by the old DN alone.
		await untilTold(trigger, 'user.firstDeviceRegistered');
		const renamed = admin.personDn('ann.lee');
		await admin.connection.rename(ann, renamed);
		await admin.remove(group);
		await untilTold(trigger, 'group.deleted');
		await admin.remove(renamed);
		await untilTold(trigger, 'user.deleted');
		for (const event of [...trigger.items, ...samples]) expectValid(event);
		const told = [...PERSON_EVENTS, ...GROUP_EVENTS, ...lists.securityEvents];
		expect([...kindsOf(trigger)].sort()).toEqual(told.toSorted());
		expect(samples.map((sample) => sample?.sample)).toEqual(samples.map(() => true));
	});
});
