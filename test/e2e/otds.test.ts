import type { ImportedWorkflow, StoredCredential, WorkflowDocument } from '../../sandbox/n8n.ts';
import { connectUsing } from '../../sandbox/n8n/connectUsing.ts';
import { publish, pushData, pushText, tap } from '../support/chain';
import { eventually } from '../support/eventually';
import type { TestN8n } from '../support/n8n';
import { readWorkflow, startTestN8n } from '../support/n8n';
import { OtdsChain } from '../support/otdsChain';

jest.setTimeout(240_000);

const TRIGGER = 'Person created or joins a group';

/** The templates for LDAP, on OTDS: Connect Using and the credential are all that changed. One n8n, restarted on the way. */
describe('the templates on OpenText Directory Services', () => {
	let chain: OtdsChain;
	let n8n: TestN8n;
	let credentials: StoredCredential[];
	let onboarding: ImportedWorkflow;
	let watcher: ImportedWorkflow;

	beforeAll(async () => {
		chain = await OtdsChain.start(['ada', 'ben', 'cleo', 'dora', 'emil', 'ivan'], ['cleo']);
		await chain.addGroup('Nurses', ['ivan']);
		n8n = await startTestN8n();
		credentials = await chain.connect(n8n);
		const template = (name: string): WorkflowDocument =>
			connectUsing(readWorkflow(name), 'openTextDirectoryServices');
		await publish(n8n, template('acknowledgments'), credentials);
		onboarding = await publish(n8n, template('onboarding'), credentials);
		watcher = await publish(n8n, watchingWorkflow(), credentials);
	});

	afterAll(async () => {
		await n8n?.discard();
		await chain?.stop();
	});

	const finished = async (workflow: ImportedWorkflow): Promise<string[]> => {
		const all = await n8n.client.executions(workflow.id);
		return all.filter(({ status }) => status === 'success').map(({ id }) => id);
	};

	it('tests the credential, and advises on a wrong secret without showing it', async () => {
		const [otds] = credentials;
		if (!otds) throw new Error('no credential');
		expect(await n8n.client.testCredential(otds, chain.credential())).toMatchObject({ status: 'OK' });
		const wrong = { ...chain.credential(), clientSecret: 'not-this-one' };
		const refused = await n8n.client.testCredential(otds, wrong);
		expect(refused).toMatchObject({ status: 'Error', message: expect.stringMatching(/secret/i) as string });
		expect(refused.message).not.toContain('not-this-one');
	});

	it("brings a push to a new group member, and records the tap once, in the person's attribute", async () => {
		await chain.join('ada', 'Nurses');
		const push = await chain.waitForPush('ada');
		expect(pushText(push)).toEqual({
			title: 'Welcome, Ada Test',
			body: expect.stringContaining('You are now in Nurses.') as string,
		});
		const { ackUrl, messageId, correlationId } = pushData(push);
		expect((await tap(ackUrl ?? '')).body).toMatchObject({ status: 'recorded', messageId });
		expect((await tap(ackUrl ?? '')).body.status).toBe('alreadyRecorded');

		const ada = await chain.admin.personKey('ada');
		expect(await chain.records(messageId ?? '')).toEqual([
			expect.objectContaining({ personId: ada, action: 'acknowledged', correlationId, genuine: true }),
		]);
		expect(await chain.admin.acknowledgments()).toEqual([
			expect.objectContaining({ personKey: ada, messageId, action: 'acknowledged' }),
		]);
		const run = await n8n.client.waitForExecution(onboarding.id, ({ status }) => status === 'success');
		expect(run.output[TRIGGER]?.[0]).toMatchObject({
			event: 'group.memberAdded',
			correlationId,
			source: { directory: 'otds', strategy: 'snapshot' },
		});
		expect(JSON.stringify(run.output['Send the welcome'])).not.toContain('APA91b');
	});

	it('lists a person without a device instead of losing them', async () => {
		await chain.join('cleo', 'Nurses');
		const listed = await soon('a run that listed cleo', async () => {
			for (const id of await finished(onboarding)) {
				const rows = (await n8n.client.execution(id)).output['List the person there'];
				if (rows?.some(({ username }) => username === 'cleo')) return rows;
			}
			return undefined;
		});
		expect(listed[0]).toMatchObject({ username: 'cleo', mail: 'cleo@example.org', reason: 'joined Nurses' });
	});

	it('tells that a user was disabled', async () => {
		const emil = await chain.admin.personKey('emil');
		await chain.admin.setEnabled(emil, false);
		const told = await soon('the event', async () => {
			for (const id of await finished(watcher)) return (await n8n.client.execution(id)).output.Watch;
			return undefined;
		});
		expect(told).toEqual([
			expect.objectContaining({
				event: 'user.disabled',
				user: expect.objectContaining({ id: emil, username: 'emil', enabled: false }) as unknown,
			}),
		]);
	});

	it('loses nothing that happened while n8n was stopped, and repeats nothing of before', async () => {
		const before = (await n8n.client.executions(onboarding.id)).length;
		await n8n.stop();
		await chain.join('dora', 'Nurses');
		await n8n.start();
		await chain.waitForPush('dora', 90_000);
		await chain.join('ben', 'Nurses');
		await chain.waitForPush('ben', 90_000);
		expect(chain.pushesTo('dora')).toHaveLength(1);
		expect(chain.pushesTo('ben')).toHaveLength(1);
		expect(chain.pushesTo('ada')).toHaveLength(1);
		const after = await soon('both runs', async () => {
			const all = await n8n.client.executions(onboarding.id);
			return all.length >= before + 2 ? all : undefined;
		});
		expect(after).toHaveLength(before + 2);
		expect(await finished(watcher)).toHaveLength(1);
	});

	it('goes on after OTDS was restarted and has forgotten every login', async () => {
		await chain.otds.kill();
		await chain.otds.restart();
		await chain.addPerson('emma');
		await chain.waitForPush('emma', 90_000);
		expect(chain.pushesTo('emma')).toHaveLength(1);
	});
});

function watchingWorkflow(): WorkflowDocument {
	const trigger = {
		id: 'otds-1',
		name: 'Watch',
		type: 'n8n-nodes-directory-push.directoryTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {
			authentication: 'openTextDirectoryServices',
			personEvents: ['user.disabled'],
			groupEvents: [],
		},
	};
	return { name: 'watch', nodes: [trigger], connections: {}, settings: { executionOrder: 'v1' } };
}

/** A look at a whole directory may take its time. */
const soon = <Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> =>
	eventually(what, look, 90_000);
