import type { IRun } from 'n8n-workflow';

import { handOffTo } from '../../../lib/n8n/triggerDelivery';
import type { DeliveredWhen } from '../../../lib/n8n/triggerDelivery';
import type { DomainError } from '../../../lib/domain.errors';
import { FakeTrigger } from '../../support/fakeTrigger';
import type { EmittedBatch } from '../../support/fakeTrigger';
import { FakeClock } from '../../support/fakeWatch';

const trigger = (run: (batch: EmittedBatch) => void): FakeTrigger =>
	new FakeTrigger({ parameters: {}, credential: {}, run });

const outcome = (when: DeliveredWhen, run: (batch: EmittedBatch) => void) =>
	handOffTo(trigger(run).context, when, { report: () => {}, clock: new FakeClock() })([]);

describe('a run of the workflow', () => {
	it.each<[IRun['status'], string, string]>([
		['success', 'delivered', 'delivered'],
		['waiting', 'delivered', 'delivered'],
		['error', 'delivered', 'failed'],
		['canceled', 'delivered', 'failed'],
		['crashed', 'failed', 'failed'],
		['unknown', 'failed', 'failed'],
	])('that ends as %s: finishes → %s, succeeds → %s', async (status, finishes, succeeds) => {
		expect((await outcome('finishes', (batch) => batch.end(status))).status).toBe(finishes);
		expect((await outcome('succeeds', (batch) => batch.end(status))).status).toBe(succeeds);
	});

	it('says why it failed', async () => {
		expect(await outcome('succeeds', (batch) => batch.end('error', 'FCM is down'))).toEqual({
			status: 'failed',
			reason: 'FCM is down',
		});
	});

	it('that n8n refuses to start, or cancels while it shuts down, is not delivered', async () => {
		for (const when of ['finishes', 'succeeds'] as const) {
			expect(await outcome(when, (batch) => batch.refuse(new Error('shutting down')))).toEqual({
				status: 'failed',
				reason: 'shutting down',
			});
		}
	});

	it('that cannot even be handed to n8n is not delivered', async () => {
		const refusing = () => {
			throw new Error('not supported');
		};
		expect(await outcome('succeeds', refusing)).toEqual({ status: 'failed', reason: 'not supported' });
	});

	it('that lasts for more than an hour is reported once, and still waited for', async () => {
		const problems: DomainError[] = [];
		const clock = new FakeClock();
		const report = (problem: DomainError) => void problems.push(problem);
		const result = await handOffTo(
			trigger((batch) => setImmediate(() => setImmediate(() => batch.end('success')))).context,
			'succeeds',
			{ report, clock },
		)([]);
		expect(clock.slept).toEqual([3_600_000]);
		expect(problems.map(({ message }) => message)).toEqual([
			'Changes wait because a run of this workflow has lasted for more than an hour',
		]);
		expect(result).toEqual({ status: 'delivered' });
	});

	it('that ends in time is not reported', async () => {
		const problems: DomainError[] = [];
		const report = (problem: DomainError) => void problems.push(problem);
		const { context } = trigger((batch) => batch.end('success'));
		await handOffTo(context, 'succeeds', { report, clock: new FakeClock() })([]);
		await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setImmediate(resolve));
		expect(problems).toEqual([]);
	});

	it('counts once it is handed over, when it only needs to start', async () => {
		expect(await outcome('starts', () => {})).toEqual({ status: 'delivered' });
	});
});
