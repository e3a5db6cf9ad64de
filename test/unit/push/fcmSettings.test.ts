import { generateKeyPairSync } from 'node:crypto';

import { DomainError } from '../../../lib/domain.errors';
import { fcmSettingsOf } from '../../../lib/push/fcm/fcmSettings';
import type { FcmCredentialFields } from '../../../lib/push/fcm/fcmSettings';
import { privateKeyPem, serviceAccountFile } from '../../support/serviceAccountKey';

function refusalOf(fields: Partial<FcmCredentialFields>): DomainError {
	try {
		fcmSettingsOf({ serviceAccount: serviceAccountFile(), ...fields });
	} catch (error) {
		if (error instanceof DomainError) return error;
		throw error;
	}
	throw new Error('nothing was refused');
}

describe('the service-account key', () => {
	it('is read as the console hands it out, with Google as the default', () => {
		const settings = fcmSettingsOf({ serviceAccount: serviceAccountFile() });
		expect(settings.serviceAccount).toMatchObject({
			projectId: 'hospital-push',
			clientEmail: 'sender@hospital-push.iam.gserviceaccount.com',
			privateKeyId: 'abc123',
		});
		expect(settings.endpoint.href).toBe('https://fcm.googleapis.com/');
		expect(settings.tokenUrl.href).toBe('https://oauth2.googleapis.com/token');
	});

	it('names the token endpoint of its own, unless the credential does', () => {
		const serviceAccount = serviceAccountFile({ token_uri: 'https://tokens.example/own' });
		expect(fcmSettingsOf({ serviceAccount }).tokenUrl.href).toBe('https://tokens.example/own');
		expect(fcmSettingsOf({ serviceAccount, tokenUrl: 'https://other.example/t' }).tokenUrl.href).toBe(
			'https://other.example/t',
		);
	});

	it('is read although a shell turned its line ends into \\n', () => {
		const serviceAccount = serviceAccountFile({ private_key: privateKeyPem.replaceAll('\n', '\\n') });
		expect(fcmSettingsOf({ serviceAccount }).serviceAccount.privateKey.trim()).toBe(privateKeyPem.trim());
	});

	const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
		type: 'pkcs8',
		format: 'pem',
	});
	it.each([
		['empty', '  ', 'is empty'],
		['text', 'hello', 'is not a JSON file'],
		['cut off', serviceAccountFile().slice(0, -20), 'is not a JSON file'],
		['a list', '[]', 'is not a JSON file'],
		['of an app', JSON.stringify({ project_info: { project_id: 'x' } }), 'google-services.json'],
		[
			'of a person',
			JSON.stringify({ type: 'authorized_user', refresh_token: 'secret' }),
			'login of a person',
		],
		['of another kind', '{"type":"external_account"}', '"type" is not "service_account"'],
		['without project', serviceAccountFile({ project_id: undefined }), '"project_id" is missing'],
		['with a path as project', serviceAccountFile({ project_id: '../../x' }), '"project_id"'],
		['without e-mail', serviceAccountFile({ client_email: '' }), '"client_email" is missing'],
		['without key', serviceAccountFile({ private_key: 7 }), '"private_key" is missing'],
		['with a cut key', serviceAccountFile({ private_key: privateKeyPem.slice(0, 200) }), 'cannot be read'],
		['with a key of another kind', serviceAccountFile({ private_key: elliptic }), 'not an RSA key'],
	])('is refused when %s, without quoting it', (_case, serviceAccount, said) => {
		const error = refusalOf({ serviceAccount });
		expect(error.message).toContain(said);
		expect(error.advice).toContain('Generate new private key');
		expect(error.failure).toBe('credential-invalid');
		const everything = `${error.message} ${error.advice} ${String(error.cause)}`;
		expect(everything).not.toContain('PRIVATE KEY');
		expect(everything).not.toContain('secret');
		expect(error.cause).toBeUndefined();
	});
});

describe('addresses', () => {
	it.each([
		'http://127.0.0.1:8080',
		'http://localhost:8080',
		'http://[::1]:8080',
		'https://gateway.example/fcm',
	])('%s may be the endpoint', (endpoint) => {
		const settings = fcmSettingsOf({ serviceAccount: serviceAccountFile(), endpoint });
		expect(settings.endpoint.href).toBe(new URL(endpoint).href);
	});

	it.each([
		'http://fcm.example',
		'http://127.0.0.1.evil.example',
		'http://localhost.evil.example',
		'ftp://127.0.0.1',
		'fcm.example',
		'https://user:hidden@fcm.example',
		'https://fcm.example/?key=hidden',
		'file:///etc/passwd',
	])('%s may be neither endpoint nor token URL', (address) => {
		for (const field of ['endpoint', 'tokenUrl'] as const) {
			const error = refusalOf({ [field]: address });
			expect(error.message).toContain(field === 'endpoint' ? 'Endpoint' : 'Token URL');
			expect(`${error.message}${error.advice}`).not.toContain('hidden');
		}
	});

	it('adds the login of the proxy, escaped', () => {
		const { proxy } = fcmSettingsOf({
			serviceAccount: serviceAccountFile(),
			proxyUrl: 'http://proxy.example:3128',
			proxyUser: 'a@b',
			proxyPassword: 'p:/@?#ß',
		});
		expect(proxy?.host).toBe('proxy.example:3128');
		expect(decodeURIComponent(proxy?.username ?? '')).toBe('a@b');
		expect(decodeURIComponent(proxy?.password ?? '')).toBe('p:/@?#ß');
	});

	it.each(['100%', 'p%41ss', '%', "it's"])('keeps the proxy password %s as it is', (proxyPassword) => {
		const { proxy } = fcmSettingsOf({
			serviceAccount: serviceAccountFile(),
			proxyUrl: 'http://proxy.example:3128',
			proxyUser: proxyPassword,
			proxyPassword,
		});
		expect(decodeURIComponent(proxy?.username ?? '')).toBe(proxyPassword);
		expect(decodeURIComponent(proxy?.password ?? '')).toBe(proxyPassword);
	});

	it('refuses a login inside the proxy address that cannot be decoded, without quoting it', () => {
		const error = refusalOf({ proxyUrl: 'http://push:hidden%zz@proxy.example:3128' });
		expect(error.message).toContain('Proxy URL');
		expect(`${error.message}${error.advice}`).not.toContain('hidden');
	});

	it('takes no SOCKS proxy', () => {
		expect(refusalOf({ proxyUrl: 'socks5://user:hidden@proxy.example' }).message).toContain('Proxy URL');
		expect(refusalOf({ proxyUrl: 'not an address hidden' }).message).not.toContain('hidden');
	});
});
