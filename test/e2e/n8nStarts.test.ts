import type { TestN8n } from '../support/n8n';
import { startTestN8n } from '../support/n8n';

jest.setTimeout(240_000);

describe('n8n with the pack installed from its tarball', () => {
	let n8n: TestN8n;
	beforeAll(async () => {
		n8n = await startTestN8n();
	});
	afterAll(() => n8n.discard());

	it('answers that it is healthy', async () => {
		const response = await fetch(`${n8n.url}/healthz`);
		expect(await response.json()).toEqual({ status: 'ok' });
	});

	it('loads every node of the pack', async () => {
		const ours = (await n8n.client.nodeTypes()).filter((name) =>
			name.startsWith('n8n-nodes-directory-push.'),
		);
		expect(ours).toEqual(
			expect.arrayContaining([
				'n8n-nodes-directory-push.acknowledgmentTrigger',
				'n8n-nodes-directory-push.directory',
				'n8n-nodes-directory-push.directoryTrigger',
				'n8n-nodes-directory-push.pushNotification',
			]),
		);
	});

	it('is the same n8n after it was killed and started again', async () => {
		const { id } = await n8n.client.createCredential('acknowledgmentSigningApi', 'Kept', {
			secret: 'a secret of more than thirty-two bytes',
			publicUrl: `${n8n.url}/webhook/acknowledgments`,
		});
		const { pid } = n8n;
		await n8n.kill();
		expect(n8n.pid).toBeUndefined();
		await n8n.start();
		expect(n8n.pid).not.toBe(pid);
		expect(await n8n.client.call('GET', `/rest/credentials/${id}`)).toMatchObject({ name: 'Kept' });
	});
});
