import type { ImportedWorkflow } from '../../sandbox/n8n.ts';
import { Chain, publish, pushData, tap } from '../support/chain';
import { eventually } from '../support/eventually';
import type { TestN8n } from '../support/n8n';
import { readWorkflow, startTestN8n } from '../support/n8n';

jest.setTimeout(240_000);

const TRIGGER = 'Person created or joins a group';

/** An n8n of their own: it is killed, restarted, and started while the directory is down. */
describe('an n8n that stops and starts', () => {
	let chain: Chain;
	let n8n: TestN8n;
	let onboarding: ImportedWorkflow;

	beforeAll(async () => {
		chain = await Chain.start(['ada', 'ben', 'cleo', 'dora', 'ivan']);
		await chain.admin.addGroup('Nurses', [chain.admin.personDn('ivan')]);
		n8n = await startTestN8n();
		const credentials = await chain.connect(n8n);
		await publish(n8n, readWorkflow('acknowledgments'), credentials);
		onboarding = await publish(n8n, readWorkflow('onboarding'), credentials);
	});

	afterAll(async () => {
		await n8n?.discard();
		await chain?.stop();
	});

	const join = async (uid: string): Promise<void> =>
		chain.admin.addMembers(chain.admin.groupDn('Nurses'), [chain.admin.personDn(uid)]);
	const runs = async (): Promise<string[]> =>
		(await n8n.client.executions(onboarding.id)).map(({ id }) => id);

	it('loses nothing when killed between event and push', async () => {
		// The request waits in the emulator: the event is out, no push is accepted yet.
		await chain.fcm.configure({ latencyMs: 600_000 });
		await join('dora');
		await eventually('the push under way', () => (chain.fcm.stats().inFlight > 0 ? true : undefined));
		await n8n.kill();
		await eventually('the request gone with n8n', () =>
			chain.fcm.stats().inFlight === 0 ? true : undefined,
		);
		await chain.fcm.configure({ latencyMs: 0 });
		expect(chain.pushesTo('dora')).toHaveLength(0);
		await n8n.start();
		await chain.waitForPush('dora', 90_000);
		expect(chain.pushesTo('dora')).toHaveLength(1);
	});

	it('replays the same message when killed before FCM answered: same ids, one record', async () => {
		await chain.fcm.configure({ answerDelayMs: 600_000 });
		await join('ada');
		const first = await chain.waitForPush('ada');
		await n8n.kill();
		await chain.fcm.configure({ answerDelayMs: 0 });
		await n8n.start();
		const second = await eventually('the replayed push', () => chain.pushesTo('ada')[1], 90_000);
		const { messageId, correlationId, ackUrl } = pushData(second);
		expect(pushData(first)).toMatchObject({ messageId, correlationId });
		// correlationId derives from eventId: the event is the same one. The run may end after its push, so an older success is no answer.
		await eventually('the successful run of the same event', async () => {
			for (const { id, status } of await n8n.client.executions(onboarding.id)) {
				if (status !== 'success') continue;
				const [event] = (await n8n.client.execution(id)).output[TRIGGER] ?? [];
				if (event?.correlationId === correlationId) return event;
			}
			return undefined;
		});
		expect((await tap(pushData(first).ackUrl ?? '')).body.status).toBe('recorded');
		expect((await tap(ackUrl ?? '')).body.status).toBe('alreadyRecorded');
		expect(await chain.records(messageId ?? '')).toHaveLength(1);
	});

	it('runs nothing when an idle n8n is restarted in good order', async () => {
		const before = await runs();
		await n8n.stop();
		await n8n.start();
		// A later change arrives: so the watcher has read everything before it, and emitted nothing of it.
		await join('ben');
		await chain.waitForPush('ben', 90_000);
		const after = await eventually('the run for ben', async () => {
			const all = await runs();
			return all.length > before.length ? all : undefined;
		});
		expect(after.length).toBe(before.length + 1);
		expect(chain.pushesTo('ada')).toHaveLength(2);
	});

	it('watches again by itself when the directory was down while n8n started', async () => {
		await n8n.stop();
		await chain.slapd.kill();
		await n8n.start();
		// n8n itself would try five times in 15 s and then give up for good.
		const reported = await n8n.client.waitForExecution(
			onboarding.id,
			({ status }) => status === 'error',
			60_000,
		);
		expect(reported.error?.message).toMatch(/directory/i);
		await chain.slapd.restart();
		await join('cleo');
		await chain.waitForPush('cleo', 90_000);
		expect(chain.pushesTo('cleo')).toHaveLength(1);
	});
});
