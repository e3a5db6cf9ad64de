import type { ICredentialTestFunctions } from 'n8n-workflow';

import { acknowledgmentSigningTest, signingOf } from '../../lib/n8n/acknowledgmentSigning';

const secret = 'a secret for tests, long enough to be one';
const publicUrl = 'https://n8n.example.org/webhook/acknowledgments';
const context = {} as ICredentialTestFunctions;
const test = (data: Record<string, string>) =>
	acknowledgmentSigningTest.call(context, {
		id: '1',
		name: 'Signing',
		type: 'acknowledgmentSigningApi',
		data,
	});

describe('the Acknowledgment Signing credential', () => {
	it('gives keys and the public address', () => {
		expect(signingOf({ secret, previousSecret: '', publicUrl: ` ${publicUrl} ` })).toEqual({
			keys: { secret },
			publicUrl,
		});
		expect(signingOf({ secret, previousSecret: secret, publicUrl }).keys).toEqual({
			secret,
			previousSecret: secret,
		});
	});

	it.each([
		['a good one', {}],
		['plain http on this computer', { publicUrl: 'http://localhost:5678/webhook/acknowledgments' }],
		['plain http on 127.0.0.1', { publicUrl: 'http://127.0.0.1:5678/webhook/acknowledgments' }],
		['plain http on ::1', { publicUrl: 'http://[::1]:5678/webhook/acknowledgments' }],
	])('passes its test: %s', async (_, changed) => {
		expect(await test({ secret, publicUrl, ...changed })).toMatchObject({ status: 'OK' });
	});

	it.each([
		['no secret', { secret: '' }, /empty/],
		['a short secret', { secret: 'short' }, /too short \(5 bytes\)/],
		['a short previous secret', { previousSecret: 'short' }, /Previous Secret/],
		['plain http elsewhere', { publicUrl: 'http://n8n.example.org/x' }, /https:/],
		['a host that only looks local', { publicUrl: 'http://127.0.0.1.example.org/x' }, /https:/],
		['another that looks local', { publicUrl: 'http://localhost.example.org/x' }, /https:/],
		['no address', { publicUrl: '' }, /not a web address/],
		['half an address', { publicUrl: 'n8n.example.org/webhook' }, /not a web address/],
		['a script', { publicUrl: 'javascript:alert(1)' }, /not a web address/],
		['a login in the address', { publicUrl: 'https://a:b@n8n.example.org/x' }, /login/],
		['a query', { publicUrl: `${publicUrl}?a=b` }, /query/],
	])('fails its test with advice: %s', async (_, changed, message) => {
		const result = await test({ secret, publicUrl, ...changed });
		expect(result.status).toBe('Error');
		expect(result.message).toMatch(message);
		expect(result.message).toMatch(/Enter /);
		expect(result.message).not.toContain(secret);
	});
});
