import { once } from 'node:events';

import type { FcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import { startFcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import { at, textAt } from '../../sandbox/fcm/json.types.ts';
import type { ServiceAccountKey } from '../../sandbox/fcm/serviceAccount.ts';
import type { Answer } from './fcmEmulatorClient';
import { assertionOf, openHttp2, post, postHttp2, requestToken } from './fcmEmulatorClient';

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';

let emulator: FcmEmulator;
let account: ServiceAccountKey;
let bearer: string;

beforeAll(async () => {
	emulator = await startFcmEmulator();
	account = emulator.serviceAccount();
	bearer = await freshBearer();
});
afterAll(() => emulator.stop());

async function freshBearer(): Promise<string> {
	const granted = await requestToken(emulator, assertionOf(account));
	return `Bearer ${textAt(granted.json, 'access_token')}`;
}

const sendPath = (): string => `/v1/projects/${emulator.projectId}/messages:send`;
const sendHeaders = (): Record<string, string> => ({
	authorization: bearer,
	'content-type': 'application/json',
});
const send = (message: object, more: object = {}): Promise<Answer> =>
	post(emulator, sendPath(), JSON.stringify({ message, ...more }), sendHeaders());

function fcmCode(answer: Answer): string | undefined {
	const details = at(answer.json, 'error', 'details');
	const detail = Array.isArray(details)
		? details.find((one) => textAt(one, '@type') === FCM_ERROR)
		: undefined;
	return textAt(detail, 'errorCode');
}

describe('the token endpoint', () => {
	it('grants an access token for a signed assertion', async () => {
		const answer = await requestToken(emulator, assertionOf(account));
		expect(answer.status).toBe(200);
		expect(answer.json).toEqual({
			access_token: expect.stringMatching(/^ya29\./),
			expires_in: 3600,
			token_type: 'Bearer',
		});
	});

	const now = Math.floor(Date.now() / 1000);
	it.each([
		['another audience', { aud: 'https://oauth2.googleapis.com/token' }, 'invalid_grant', /audience/],
		['an unknown account', { iss: 'nobody@example.com' }, 'invalid_grant', /account not found/],
		['no scope', { scope: '' }, 'invalid_scope', /scope/],
		['a past assertion', { iat: now - 9000, exp: now - 5400 }, 'invalid_grant', /short-lived/],
		['a future assertion', { iat: now + 9000, exp: now + 9600 }, 'invalid_grant', /short-lived/],
		['an assertion for two hours', { exp: now + 7200 }, 'invalid_grant', /short-lived/],
	])('refuses %s', async (_what, change, error, description) => {
		const answer = await requestToken(emulator, assertionOf(account, change));
		expect(answer.status).toBe(400);
		expect(answer.json).toEqual({ error, error_description: expect.stringMatching(description) });
	});

	it('refuses a signature by another key, algorithm none, and an altered claim', async () => {
		const other = {
			...emulator.serviceAccount(),
			client_email: account.client_email,
			private_key_id: account.private_key_id,
		};
		const [header, , signature] = assertionOf(account).split('.');
		const claims = Buffer.from(JSON.stringify({ iss: account.client_email })).toString('base64url');
		const forged = [
			assertionOf(other),
			assertionOf(account, {}, { alg: 'none' }),
			`${header}.${claims}.${signature}`,
			`${header}.${claims}.`,
		];
		for (const assertion of forged) {
			const answer = await requestToken(emulator, assertion);
			expect(answer.json).toEqual({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
		}
	});

	it('refuses what is no assertion at all', async () => {
		expect((await requestToken(emulator, 'no.jwt')).status).toBe(400);
		const form = { 'content-type': 'application/x-www-form-urlencoded' };
		expect((await post(emulator, '/token', 'grant_type=password', form)).json).toMatchObject({
			error: 'unsupported_grant_type',
		});
		expect((await post(emulator, '/token', '', form)).json).toMatchObject({ error: 'invalid_request' });
	});
});

describe('who may send', () => {
	it('refuses without a token, with an invented one, and after expiry', async () => {
		const anonymous = await post(emulator, sendPath(), '{}', { 'content-type': 'application/json' });
		expect(anonymous.status).toBe(401);
		const invented = await post(emulator, sendPath(), '{}', {
			...sendHeaders(),
			authorization: 'Bearer ya29.invented',
		});
		expect(invented.status).toBe(401);
		expect(textAt(invented.json, 'error', 'status')).toBe('UNAUTHENTICATED');

		emulator.expireAccessTokens();
		expect((await send({ token: 'emu-ok' })).status).toBe(401);
		bearer = await freshBearer();
		expect((await send({ token: 'emu-ok' })).status).toBe(200);
	});

	it('refuses a scope that does not include messaging', async () => {
		const scope = 'https://www.googleapis.com/auth/firebase.database';
		const granted = await requestToken(emulator, assertionOf(account, { scope }));
		const authorization = `Bearer ${textAt(granted.json, 'access_token')}`;
		const answer = await post(emulator, sendPath(), '{"message":{"token":"emu-ok"}}', {
			...sendHeaders(),
			authorization,
		});
		expect(answer.status).toBe(403);
	});

	it('refuses another project without naming a device error', async () => {
		const answer = await post(
			emulator,
			'/v1/projects/elsewhere/messages:send',
			'{"message":{"token":"emu-ok"}}',
			sendHeaders(),
		);
		expect(answer.status).toBe(403);
		expect(fcmCode(answer)).toBeUndefined();
	});
});

describe('devices', () => {
	it('accepts a registered token, and its installation id, for that person', async () => {
		const device = emulator.registerDevice({ person: 'amara', platform: 'android' });
		expect(device.token).toMatch(/^[\w-]{22}:APA91b[\w-]{134}$/);
		const answer = await send({ token: device.token, notification: { title: 'A' } });
		expect(answer.json).toEqual({
			name: expect.stringMatching(/^projects\/directory-push-sandbox\/messages\/0:/),
		});
		await send({ fid: device.installationId, notification: { title: 'B' } });
		const received = emulator.messages().filter((message) => message.device?.person === 'amara');
		expect(received.map(({ message }) => textAt(message, 'notification', 'title'))).toEqual(['A', 'B']);
	});

	it('answers INVALID_ARGUMENT for a token that nobody registered, UNREGISTERED for one that is gone', async () => {
		const { token } = emulator.registerDevice({ person: 'ben', platform: 'ios' });
		const foreign = await send({ token: `${token}x` });
		expect([foreign.status, fcmCode(foreign)]).toEqual([400, 'INVALID_ARGUMENT']);
		expect(textAt(foreign.json, 'error', 'message')).toContain('not a valid FCM registration token');
		emulator.unregisterDevice(token);
		const gone = await send({ token });
		expect([gone.status, fcmCode(gone)]).toEqual([404, 'UNREGISTERED']);
	});
});

describe('validation', () => {
	const token = 'emu-ok';
	it.each<[string, object]>([
		['an unknown name', { token, notification: { sound: 'default' } }],
		['a number where text is due', { token, data: { count: 1 } }],
		['half a character', { token, notification: { title: 'x\ud83d' } }],
		['half a character in the data', { token, data: { a: '\udc4b' } }],
		['half a character in a name', { token, data: { '\ud83d': 'a' } }],
		['nested data', { token, data: { a: { b: 'c' } } }],
		['two targets', { token, topic: 'news' }],
		['no target', { notification: { title: 'x' } }],
		['an empty target', { token: '' }],
		['both spellings of one field', { token, fcmOptions: {}, fcm_options: {} }],
		['a reserved data key', { token, data: { from: 'me' } }],
		['a google. data key', { token, data: { 'google.x': 'y' } }],
		['a duration without unit', { token, android: { ttl: '60' } }],
		['a duration of more than four weeks', { token, android: { ttl: '2419201s' } }],
		['a label with a space', { token, fcm_options: { analytics_label: 'a b' } }],
		['an http link', { token, webpush: { fcm_options: { link: 'http://example.com' } } }],
		['a javascript link', { token, webpush: { fcm_options: { link: 'javascript:alert(1)' } } }],
		['too many bytes', { token, data: { text: 'x'.repeat(4093) } }],
		['too many bytes for a topic', { topic: 'news', data: { text: 'x'.repeat(2045) } }],
		['too long an APNs payload', { token, apns: { payload: { aps: { alert: 'x'.repeat(4096) } } } }],
		['aps that is no object', { token, apns: { payload: { aps: 'x' } } }],
		['a badge that is no number', { token, apns: { payload: { aps: { badge: '1' } } } }],
		['a collapse id of 65 bytes', { token, apns: { headers: { 'apns-collapse-id': 'x'.repeat(65) } } }],
		['a webpush Topic of 33 characters', { token, webpush: { headers: { Topic: 'x'.repeat(33) } } }],
		['an unknown priority', { token, android: { priority: 'urgent' } }],
		['a malformed condition', { condition: "'a' in topics; drop" }],
	])('refuses %s', async (_what, message) => {
		const answer = await send(message);
		expect(answer.status).toBe(400);
		expect(textAt(answer.json, 'error', 'status')).toBe('INVALID_ARGUMENT');
	});

	it('names the field that is wrong', async () => {
		const answer = await send({ token, notification: { sound: 'x' }, data: { n: 1 } });
		expect(answer.json).toMatchObject({
			error: {
				code: 400,
				details: [
					{
						'@type': 'type.googleapis.com/google.rpc.BadRequest',
						fieldViolations: [{ field: 'message.notification' }, { field: 'message.data[0].value' }],
					},
				],
			},
		});
	});

	it('refuses what is no JSON object and unknown names beside the message', async () => {
		for (const body of ['', '[]', 'null', '{"message":', '{"message":{"token":"emu-ok"},"dry":true}', '{}']) {
			expect((await post(emulator, sendPath(), body, sendHeaders())).status).toBe(400);
		}
	});

	it('takes __proto__ for the unknown name it is', async () => {
		const body = '{"message":{"token":"emu-ok","__proto__":{"a":1}}}';
		expect((await post(emulator, sendPath(), body, sendHeaders())).status).toBe(400);
	});

	it('takes both spellings, and null as not set', async () => {
		const answer = await send({
			token,
			topic: null,
			data: { text: 'x'.repeat(4000) },
			android: {
				restrictedPackageName: 'a',
				notification: { channel_id: 'b', notificationCount: 2, event_time: '2026-01-01T00:00:00Z' },
			},
			webpush: { fcmOptions: { link: 'https://example.com' } },
			apns: {
				headers: { 'apns-priority': '10' },
				payload: { aps: { alert: { title: 't' }, 'content-available': 1 } },
			},
		});
		expect(answer.status).toBe(200);
		expect(emulator.messages().at(-1)?.message).toMatchObject({
			android: { notification: { channelId: 'b' } },
		});
	});

	it('validates only, when asked to', async () => {
		const before = emulator.messages().length;
		expect((await send({ token }, { validate_only: true })).json).toEqual({
			name: expect.stringContaining('fake_message_id'),
		});
		expect((await send({ token, data: { from: '' } }, { validateOnly: true })).status).toBe(400);
		expect(emulator.messages()).toHaveLength(before);
	});
});

describe('faults', () => {
	it.each([
		['emu-unregistered', 404, 'UNREGISTERED'],
		['emu-invalid', 400, 'INVALID_ARGUMENT'],
		['emu-mismatch', 403, 'SENDER_ID_MISMATCH'],
		['emu-third-party-auth', 401, 'THIRD_PARTY_AUTH_ERROR'],
		['emu-quota-7', 429, 'QUOTA_EXCEEDED'],
		['emu-unavailable', 503, 'UNAVAILABLE'],
		['emu-internal', 500, 'INTERNAL'],
		['emu-401', 401, undefined],
	])('%s answers %i %s', async (token, status, code) => {
		const answer = await send({ token });
		expect([answer.status, fcmCode(answer)]).toEqual([status, code]);
		if (token === 'emu-quota-7') expect(answer.headers['retry-after']).toBe('7');
	});

	it('fails N times for each distinct token, then accepts', async () => {
		for (const token of ['emu-unavailable-2:a', 'emu-unavailable-2:b']) {
			const statuses = [await send({ token }), await send({ token }), await send({ token })].map(
				({ status }) => status,
			);
			expect(statuses).toEqual([503, 503, 200]);
		}
	});

	it('answers with a page, half a document, or breaks off', async () => {
		expect((await send({ token: 'emu-html502' })).text).toMatch(/^<!DOCTYPE html>/);
		const truncated = await send({ token: 'emu-truncated' });
		expect([truncated.status, truncated.json]).toEqual([200, undefined]);
		await expect(send({ token: 'emu-reset' })).rejects.toThrow(/socket hang up/);
		await expect(send({ token: 'emu-cut' })).rejects.toThrow(/aborted/);
		expect((await send({ token: 'emu-slow-10' })).status).toBe(200);
	});
});

describe('HTTP/2', () => {
	const body = (token: string): string => JSON.stringify({ message: { token } });

	it('answers many streams of one session', async () => {
		const session = openHttp2(emulator);
		const { overHttp2, sessions } = emulator.stats();
		const answers = await Promise.all(
			Array.from({ length: 50 }, (_, index) =>
				postHttp2(session, sendPath(), body(`emu-ok:${index}`), sendHeaders()),
			),
		);
		expect(answers.every(({ status }) => status === 200)).toBe(true);
		expect(emulator.stats()).toMatchObject({ overHttp2: overHttp2 + 50, sessions: sessions + 1 });
		session.destroy();
	});

	it.each([['first'], ['second']])(
		'refuses the %s stream by GOAWAY without taking its message',
		async (which) => {
			const session = openHttp2(emulator);
			if (which === 'second') await postHttp2(session, sendPath(), body('emu-ok'), sendHeaders());
			const before = emulator.messages().length;
			const refused = postHttp2(session, sendPath(), body('emu-goaway'), sendHeaders());
			await expect(refused).rejects.toThrow(/NGHTTP2_REFUSED_STREAM/);
			expect(emulator.messages()).toHaveLength(before);
			session.destroy();
		},
	);

	it('resets a stream', async () => {
		const session = openHttp2(emulator);
		await expect(postHttp2(session, sendPath(), body('emu-reset'), sendHeaders())).rejects.toThrow(
			/NGHTTP2_INTERNAL_ERROR/,
		);
		expect((await postHttp2(session, sendPath(), body('emu-ok'), sendHeaders())).status).toBe(200);
		session.destroy();
	});

	it('offers HTTP/1.1 alone when told to', async () => {
		const plain = await startFcmEmulator({ http2: false });
		const session = openHttp2(plain);
		await expect(once(session, 'connect')).rejects.toThrow(/alert no application protocol|ERR_HTTP2/i);
		await plain.stop();
	});
});

describe('outages', () => {
	afterEach(() => emulator.configure({ outage: 'none' }));

	it('answers 503 with Retry-After while unavailable', async () => {
		await emulator.configure({ outage: 'unavailable', retryAfterSeconds: 3 });
		const answer = await send({ token: 'emu-ok' });
		expect([answer.status, answer.headers['retry-after']]).toEqual([503, '3']);
		expect((await requestToken(emulator, assertionOf(account))).status).toBe(200);
		await emulator.configure({ outage: 'everything' });
		expect((await requestToken(emulator, assertionOf(account))).status).toBe(503);
	});

	it('stops listening, and comes back on the same port', async () => {
		await emulator.configure({ outage: 'refuse' });
		await expect(send({ token: 'emu-ok' })).rejects.toThrow(/ECONNREFUSED/);
		await emulator.configure({ outage: 'none' });
		expect((await send({ token: 'emu-ok' })).status).toBe(200);
	});
});

describe('waiting for a message', () => {
	it('finds one that came before, one that comes later, and says when none does', async () => {
		await send({ token: 'emu-ok', data: { n: 'before' } });
		await expect(
			emulator.waitForMessage(({ message }) => textAt(message, 'data', 'n') === 'before'),
		).resolves.toBeDefined();
		const later = emulator.waitForMessage(({ message }) => textAt(message, 'data', 'n') === 'later');
		await send({ token: 'emu-ok', data: { n: 'later' } });
		await expect(later).resolves.toMatchObject({ wire: { data: { n: 'later' } } });
		await expect(emulator.waitForMessage(() => false, 1)).rejects.toThrow(/no such message/);
	});
});
