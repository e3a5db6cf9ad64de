import type { ImportedWorkflow, StoredCredential, WorkflowDocument } from '../../sandbox/n8n.ts';
import { Chain, publish, pushData, pushText, tap } from '../support/chain';
import { eventually } from '../support/eventually';
import type { TestN8n } from '../support/n8n';
import { readWorkflow, startTestN8n } from '../support/n8n';

jest.setTimeout(180_000);

const TRIGGER = 'Person created or joins a group';

/** One n8n with the two templates, imported and published through its REST API. Kill and restart tests have an n8n of their own. */
describe('the chain in a real n8n', () => {
	let chain: Chain;
	let n8n: TestN8n;
	let credentials: StoredCredential[];
	let onboarding: ImportedWorkflow;

	beforeAll(async () => {
		chain = await Chain.start(
			['ada', 'ben', 'cleo', 'dora', 'emil', 'finn', 'gwen', 'hana', 'ivan'],
			['cleo'],
		);
		await chain.admin.addGroup('Nurses', [chain.admin.personDn('ivan')]);
		n8n = await startTestN8n();
		credentials = await chain.connect(n8n);
		await publish(n8n, readWorkflow('acknowledgments'), credentials);
		onboarding = await publish(n8n, readWorkflow('onboarding'), credentials);
	});

	afterAll(async () => {
		await n8n?.discard();
		await chain?.stop();
	});

	const join = async (uid: string, group = 'Nurses'): Promise<void> =>
		chain.admin.addMembers(chain.admin.groupDn(group), [chain.admin.personDn(uid)]);

	it('brings a push to a new group member, records the tap once, and keeps one correlation id', async () => {
		await join('ada');
		const push = await chain.waitForPush('ada');
		expect(pushText(push)).toEqual({
			title: 'Welcome, Ada',
			body: expect.stringContaining('You are now in Nurses.') as string,
		});
		const { ackUrl, messageId, correlationId } = pushData(push);

		const page = await fetch(ackUrl ?? '');
		expect(page.status).toBe(200);
		expect(await page.text()).toContain('Welcome, Ada');
		expect(await chain.records(messageId ?? '')).toEqual([]);

		const first = await tap(ackUrl ?? '');
		expect(first).toEqual({
			status: 200,
			body: expect.objectContaining({ status: 'recorded', messageId }) as unknown,
		});
		const second = await tap(ackUrl ?? '');
		expect(second.body.status).toBe('alreadyRecorded');
		expect(await chain.records(messageId ?? '')).toEqual([
			expect.objectContaining({
				personDn: chain.admin.personDn('ada'),
				action: 'acknowledged',
				correlationId,
				device: 'app',
				genuine: true,
			}),
		]);
		const run = await n8n.client.waitForExecution(onboarding.id, ({ status }) => status === 'success');
		expect(run.output[TRIGGER]?.[0]).toMatchObject({ event: 'group.memberAdded', correlationId });
		expect(run.output['Send the welcome']?.[0]).toMatchObject({
			status: 'accepted',
			messageId,
			correlationId,
		});
		expect(JSON.stringify(run.output['Send the welcome'])).not.toContain('APA91b');
	});

	it('welcomes a person who is created and put into two groups once, not three times', async () => {
		await chain.admin.addGroup('Theatre', [chain.admin.personDn('ivan')]);
		await chain.addPerson('nora', true);
		await join('nora');
		await join('nora', 'Theatre');
		await chain.waitForPush('nora');
		// Changes are delivered in order: when a later one has arrived, the earlier ones are through.
		await join('hana');
		await chain.waitForPush('hana');
		expect(chain.pushesTo('nora')).toHaveLength(1);
	});

	it('lists a person without a device instead of losing them', async () => {
		await join('cleo');
		const run = await n8n.client.waitForExecution(
			onboarding.id,
			({ status }) => status === 'success',
			45_000,
		);
		const listed = await eventually('a run that listed cleo', async () => {
			for (const { id } of await n8n.client.executions(onboarding.id)) {
				const rows = (await n8n.client.execution(id)).output['List the person there'];
				if (rows?.some(({ username }) => username === 'cleo')) return rows;
			}
			return undefined;
		});
		expect(run.error).toBeUndefined();
		expect(listed[0]).toMatchObject({ username: 'cleo', mail: 'cleo@example.org', reason: 'joined Nurses' });
	});

	it('refuses forged and foreign links without starting a run, and says so', async () => {
		const acknowledgments = (await n8n.client.executions()).filter(({ mode }) => mode === 'webhook').length;
		const url = `${n8n.url}/webhook/acknowledgments`;
		const push = chain.pushesTo('ada')[0];
		if (!push) throw new Error('ada got no push');
		const genuine = new URL(pushData(push).ackUrl ?? '').searchParams.get('token') ?? '';
		const [header, , signature] = genuine.split('.');
		const claims = JSON.stringify({
			iss: 'directory-push',
			aud: 'ack',
			sub: 'someone',
			m: 'x',
			a: ['acknowledged'],
			exp: 2e9,
		});
		const forged = `${header}.${Buffer.from(claims).toString('base64url')}.${signature}`;
		for (const token of [forged, 'x', '', 'a'.repeat(10_000)]) {
			const answer = await tap(`${url}?token=${encodeURIComponent(token)}`);
			expect([400, 401, 403]).toContain(answer.status);
		}
		const action = await tap(pushData(push).ackUrl ?? '', 'approved');
		expect(action.status).toBe(403);
		const after = (await n8n.client.executions()).filter(({ mode }) => mode === 'webhook').length;
		expect(after).toBe(acknowledgments);
	});

	it('asks to try again while the directory is down, and records the next tap', async () => {
		await join('dora');
		const push = await chain.waitForPush('dora');
		const { ackUrl, messageId } = pushData(push);
		await chain.slapd.kill();
		const during = await tap(ackUrl ?? '');
		expect(during.status).toBe(503);
		expect(during.body.status).not.toBe('recorded');
		await chain.slapd.restart();
		const after = await tap(ackUrl ?? '');
		expect(after).toEqual({ status: 200, body: expect.objectContaining({ status: 'recorded' }) as unknown });
		expect(await chain.records(messageId ?? '')).toHaveLength(1);
	});

	it('goes on watching after slapd was restarted', async () => {
		await chain.slapd.kill();
		await chain.slapd.restart();
		await join('emil');
		await chain.waitForPush('emil');
		expect(chain.pushesTo('emil')).toHaveLength(1);
	});

	it('delivers once FCM is back after an outage, with the same message id', async () => {
		await chain.fcm.configure({ outage: 'unavailable' });
		await join('finn');
		const failed = await n8n.client.waitForExecution(
			onboarding.id,
			({ status }) => status === 'error',
			90_000,
		);
		expect(failed.output[TRIGGER]?.[0]).toMatchObject({ user: { username: 'finn' } });
		await chain.fcm.configure({ outage: 'none' });
		const push = await chain.waitForPush('finn', 90_000);
		const again = await eventually('the successful run', async () => {
			const runs = await n8n.client.executions(onboarding.id);
			const success = runs.find(({ status, id }) => status === 'success' && Number(id) > Number(failed.id));
			return success && n8n.client.execution(success.id);
		});
		expect(again.output[TRIGGER]?.[0]?.eventId).toBe(failed.output[TRIGGER]?.[0]?.eventId);
		expect(again.output['Send the welcome']?.[0]?.messageId).toBe(pushData(push).messageId);
		expect(chain.pushesTo('finn')).toHaveLength(1);
	});

	it('carries hostile names, DNs and template text through as text', async () => {
		const uid = 'o"reilly\\, *)(uid=*';
		const dn = `uid=o\\"reilly\\\\\\, *)(uid=*,ou=people,${chain.slapd.baseDn}`;
		await chain.admin.connection.add(dn, {
			objectClass: ['inetOrgPerson'],
			uid: [uid],
			cn: [uid],
			sn: ['x'],
			displayName: ['{{ $env.HOME }} ${7*7} <script>alert(1)</script>'],
			userPassword: ['do not show'],
		});
		const group = await chain.admin.connection
			.add(`cn=A\\2C B*)(cn=*,ou=groups,${chain.slapd.baseDn}`, {
				objectClass: ['groupOfNames'],
				cn: ['A, B*)(cn=*'],
				member: [dn],
			})
			.then(() => 'added');
		expect(group).toBe('added');
		const run = await eventually('the run for the hostile person', async () => {
			for (const { id, status } of await n8n.client.executions(onboarding.id)) {
				if (status !== 'success') continue;
				const execution = await n8n.client.execution(id);
				if (JSON.stringify(execution.output[TRIGGER]).includes('reilly')) return execution;
			}
			return undefined;
		});
		expect(run.output['List the person there']?.[0]).toMatchObject({
			username: uid,
			displayName: '{{ $env.HOME }} ${7*7} <script>alert(1)</script>',
		});
		expect(JSON.stringify(run.output)).not.toContain('do not show');
	});

	it('advises on a wrong bind password in the credential test', async () => {
		const [ldap] = credentials;
		if (!ldap) throw new Error('no credential');
		const good = await n8n.client.testCredential(ldap, chain.ldapCredential());
		expect(good.status).toBe('OK');
		const wrong = await n8n.client.testCredential(ldap, { ...chain.ldapCredential(), password: 'wrong-one' });
		expect(wrong.status).toBe('Error');
		expect(wrong.message).toMatch(/password/i);
		expect(wrong.message).not.toContain('wrong-one');
	});

	describe('with a workflow that only watches', () => {
		let watcher: ImportedWorkflow;

		beforeAll(async () => {
			watcher = await publish(n8n, watchingWorkflow(), credentials);
		});

		it('shows 200 changes of one second once each, in batches', async () => {
			const members = Array.from({ length: 200 }, (_, index) => `crowd${index}`);
			await Promise.all(members.map(async (uid) => chain.admin.addPerson(uid)));
			const seen = await eventually(
				'200 events',
				async () => {
					const events = await eventsOf(watcher);
					return events.filter(({ event }) => event === 'user.created').length >= 200 ? events : undefined;
				},
				90_000,
			);
			const names = seen.map(({ username }) => username);
			expect(new Set(names)).toEqual(new Set(members));
			expect(names).toHaveLength(200);
		});

		it('delivers a change that is made during a long run', async () => {
			const slow = await publish(n8n, watchingWorkflow('slow', 4), credentials);
			await chain.admin.addPerson('early');
			await n8n.client.waitForExecution(
				slow.id,
				({ status }) => status === 'running' || status === 'success',
				45_000,
			);
			await chain.admin.addPerson('meanwhile');
			const events = await eventually('both', async () => {
				const all = await eventsOf(slow);
				return all.some(({ username }) => username === 'meanwhile') ? all : undefined;
			});
			expect(events.map(({ username }) => username).sort()).toEqual(['early', 'meanwhile']);
		});

		const eventsOf = async (
			workflow: ImportedWorkflow,
		): Promise<Array<{ event: string; username: string }>> => {
			const events: Array<{ event: string; username: string }> = [];
			for (const { id, status } of await n8n.client.executions(workflow.id)) {
				if (status !== 'success') continue;
				for (const item of (await n8n.client.execution(id)).output.Watch ?? []) {
					const user = item.user as { username: string };
					events.push({ event: item.event as string, username: user.username });
				}
			}
			return events;
		};
	});
});

function watchingWorkflow(name = 'watch', seconds = 0): WorkflowDocument {
	const node = (id: string, title: string, type: string, parameters: Record<string, unknown>) => ({
		id,
		name: title,
		type,
		typeVersion: type.endsWith('wait') ? 1.1 : 1,
		position: [0, 0],
		parameters,
	});
	const trigger = node(`${name}-1`, 'Watch', 'n8n-nodes-directory-push.directoryTrigger', {
		authentication: 'ldap',
		personEvents: ['user.created'],
		groupEvents: [],
	});
	const wait = node(`${name}-2`, 'Wait', 'n8n-nodes-base.wait', { amount: seconds, unit: 'seconds' });
	return {
		name,
		nodes: seconds > 0 ? [trigger, wait] : [trigger],
		connections: seconds > 0 ? { Watch: { main: [[{ node: 'Wait', type: 'main', index: 0 }]] } } : {},
		settings: { executionOrder: 'v1' },
	};
}
