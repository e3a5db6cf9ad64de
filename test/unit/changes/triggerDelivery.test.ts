import type { IRun } from 'n8n-workflow';

import { handOffTo } from '../../../lib/n8n/triggerDelivery';
import type { DeliveredWhen } from '../../../lib/n8n/triggerDelivery';
import { FakeTrigger } from '../../support/fakeTrigger';
import type { EmittedBatch } from '../../support/fakeTrigger';

const trigger = (run: (batch: EmittedBatch) => void): FakeTrigger =>
	new FakeTrigger({ parameters: {}, credential: {}, run });

const outcome = (when: DeliveredWhen, run: (batch: EmittedBatch) => void) =>
	handOffTo(trigger(run).context, when)([]);

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

	it('counts once it is handed over, when it only needs to start', async () => {
		expect(await outcome('starts', () => {})).toEqual({ status: 'delivered' });
	});
});
