import { deleteApp, initializeApp } from 'firebase-admin/app';
import type { App } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';

import { DomainError } from '../../../lib/domain.errors';
import { bindTransport } from '../../../lib/push/fcm/admin.seam';
import type { FcmChannel } from '../../../lib/push/fcm/channel';
import { FcmSender } from '../../../lib/push/fcm/fcm.sender';
import type { HttpAnswer } from '../../../lib/push/fcm/fcm.types';
import { fcmSettingsOf } from '../../../lib/push/fcm/fcmSettings';
import { TransportError } from '../../../lib/push/fcm/transport.errors';
import type { PushResult } from '../../../lib/push/push.types';
import { pushMessage, TestClock } from '../../support/pushMessage';
import { serviceAccountFile } from '../../support/serviceAccountKey';

const settings = fcmSettingsOf({ serviceAccount: serviceAccountFile() });
const ok = (): HttpAnswer => ({ status: 200, headers: {}, text: '{"name":"projects/p/messages/1"}' });

function refusal(
	status: number,
	rpc: string,
	options: { code?: string; message?: string; after?: string; reason?: string } = {},
): HttpAnswer {
	const details = [
		...(options.code
			? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: options.code }]
			: []),
		...(options.reason
			? [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: options.reason }]
			: []),
	];
	const text = JSON.stringify({
		error: { code: status, status: rpc, message: options.message ?? 'as it is', details },
	});
	return { status, headers: options.after === undefined ? {} : { 'retry-after': options.after }, text };
}

const page = (status: number): HttpAnswer => ({ status, headers: {}, text: '<html>no</html>' });

let app: App;
let clock: TestClock;
beforeEach(() => {
	clock = new TestClock();
	app = initializeApp(
		{ projectId: 'p', credential: { getAccessToken: async () => ({ access_token: 'x', expires_in: 60 }) } },
		'sender',
	);
});
afterEach(async () => deleteApp(app));

/** The real firebase-admin above answers that are given in order. */
function senderOf(script: Array<HttpAnswer | Error>, retryAmbiguous = false): FcmSender {
	const messaging = getMessaging(app);
	const client = {
		async post(): Promise<HttpAnswer> {
			const next = script.shift();
			if (next instanceof Error) throw next;
			if (!next) throw new Error('no more answers');
			return next;
		},
		close() {},
	};
	const tokens = { token: async () => ({ value: 'x', expiresInSeconds: 60 }), invalidate() {} };
	bindTransport(messaging, client, tokens);
	const channel: FcmChannel = {
		send: async (message, dryRun) => messaging.send(message, dryRun),
		close: async () => undefined,
	};
	return new FcmSender(channel, settings, clock, retryAmbiguous);
}

async function send(script: Array<HttpAnswer | Error>, retryAmbiguous = false): Promise<PushResult> {
	return await senderOf(script, retryAmbiguous).send(pushMessage(), { token: 'the-token' });
}

async function refused(script: Array<HttpAnswer | Error>): Promise<DomainError> {
	const error: unknown = await send(script).catch((reason: unknown) => reason);
	if (error instanceof DomainError) return error;
	throw new Error(`resolved or rejected otherwise: ${String(error)}`);
}

describe('what FCM decides about a message', () => {
	it('is accepted, with its name', async () => {
		expect(await send([ok()])).toEqual({
			status: 'accepted',
			attempts: 1,
			providerMessageId: 'projects/p/messages/1',
		});
	});

	it.each([
		['deviceGone', refusal(404, 'NOT_FOUND', { code: 'UNREGISTERED' })],
		[
			'deviceGone',
			refusal(400, 'INVALID_ARGUMENT', {
				code: 'INVALID_ARGUMENT',
				message: 'The registration token is not a valid FCM registration token',
			}),
		],
		[
			'messageInvalid',
			refusal(400, 'INVALID_ARGUMENT', { code: 'INVALID_ARGUMENT', message: 'Android message is too big' }),
		],
		[
			'messageInvalid',
			refusal(400, 'INVALID_ARGUMENT', { message: 'Invalid JSON payload received. Unknown name "sound"' }),
		],
		['notPermitted', refusal(403, 'PERMISSION_DENIED', { code: 'SENDER_ID_MISMATCH' })],
		['notPermitted', refusal(401, 'UNAUTHENTICATED', { code: 'THIRD_PARTY_AUTH_ERROR' })],
		['unknown', page(502)],
		['unknown', page(503)],
		['unknown', page(504)],
		['unknown', page(500)],
		['unknown', page(200)],
		['unknown', { status: 200, headers: {}, text: '{"name": "projects/' }],
		['unknown', refusal(404, 'NOT_FOUND', { code: 'SOMETHING_NEW' })],
	] satisfies Array<[PushResult['status'], HttpAnswer]>)('%s at once: %j', async (status, answer) => {
		expect(await send([answer])).toMatchObject({ status, attempts: 1 });
		expect(clock.pauses).toEqual([]);
	});

	it('does not quote the token, whatever the answer says', async () => {
		const message = 'no the-token today';
		const result = await send([refusal(400, 'INVALID_ARGUMENT', { code: 'INVALID_ARGUMENT', message })]);
		expect(result.reason).toBe('no [token] today');
	});

	it('is not asked about a device without token', async () => {
		expect(await senderOf([]).send(pushMessage(), { token: ' ' })).toMatchObject({
			status: 'messageInvalid',
			attempts: 0,
		});
	});
});

describe('a service or credential that is unusable', () => {
	it.each([
		[
			'a plain NOT_FOUND is a wrong project, never a device',
			refusal(404, 'NOT_FOUND'),
			'not-found',
			'project',
		],
		[
			'the permission is missing',
			refusal(403, 'PERMISSION_DENIED', { message: "Permission 'cloudmessaging.messages.create' denied" }),
			'permission-denied',
			'may not send',
		],
		[
			'the API is switched off',
			refusal(403, 'PERMISSION_DENIED', { reason: 'SERVICE_DISABLED' }),
			'permission-denied',
			'switched off',
		],
		['there is a page instead of FCM', page(404), 'credential-invalid', 'is not FCM'],
		['there is a redirect to a login', page(302), 'credential-invalid', 'is not FCM'],
		['there is a proxy that wants a login', page(407), 'credential-invalid', 'is not FCM'],
	])('%s', async (_case, answer, failure, said) => {
		const error = await refused([answer]);
		expect(error).toMatchObject({ recovery: 'abort', failure });
		expect(error.message).toContain(said);
		expect(error.advice).not.toBe('');
		expect(clock.pauses).toEqual([]);
	});

	it('is one whose token stays refused after a new one', async () => {
		const again = refusal(401, 'UNAUTHENTICATED');
		expect(await refused([again, again])).toMatchObject({ recovery: 'abort', failure: 'credential-invalid' });
	});

	it('is one that cannot be reached in three attempts', async () => {
		const down = () => new TransportError('connect', 'ECONNREFUSED', 'connection refused');
		const error = await refused([down(), down(), down()]);
		expect(error).toMatchObject({
			recovery: 'retry',
			failure: 'temporarily-unavailable',
			code: 'ECONNREFUSED',
		});
		expect(error.message).toContain('fcm.googleapis.com');
		expect(clock.pauses).toEqual([500, 1000]);
		expect(await send([down(), ok()])).toMatchObject({ status: 'accepted', attempts: 2 });
	});

	it.each([
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		'CERT_HAS_EXPIRED',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'EPROXYAUTH',
	])('is not tried again after %s', async (code) => {
		expect(await refused([new TransportError('connect', code, 'no')])).toMatchObject({
			recovery: 'abort',
			code,
		});
		expect(clock.pauses).toEqual([]);
	});
});

describe('attempts', () => {
	const unavailable = (after?: string) => refusal(503, 'UNAVAILABLE', { code: 'UNAVAILABLE', after });
	const internal = () => refusal(500, 'INTERNAL', { code: 'INTERNAL' });
	const quota = (after?: string) => refusal(429, 'RESOURCE_EXHAUSTED', { code: 'QUOTA_EXCEEDED', after });

	it('are three, with growing pauses of full jitter', async () => {
		expect(await send([unavailable(), internal(), unavailable()])).toMatchObject({
			status: 'retryLater',
			attempts: 3,
			errorCode: 'UNAVAILABLE',
		});
		expect(clock.pauses).toEqual([500, 1000]);
		expect(await send([internal(), ok()])).toMatchObject({ status: 'accepted', attempts: 2 });
	});

	it('wait as long as FCM asks for', async () => {
		expect(await send([quota('7'), ok()])).toMatchObject({ status: 'accepted', attempts: 2 });
		expect(clock.pauses).toEqual([7500]);
	});

	it('wait until the date FCM names', async () => {
		const date = new Date(clock.now() + 9000).toUTCString();
		await send([unavailable(date), ok()]);
		expect(clock.pauses).toEqual([9500]);
	});

	it.each([
		['a longer pause is asked for', quota('31'), 31_000],
		['a quota is exceeded and no pause is named', quota(), 60_000],
		['the pause is nonsense', quota('soon'), 60_000],
	])('leave it to the caller when %s', async (_case, answer, retryAfterMs) => {
		expect(await send([answer])).toMatchObject({ status: 'retryLater', attempts: 1, retryAfterMs });
		expect(clock.pauses).toEqual([]);
	});

	const reset = () => new TransportError('exchange', 'ECONNRESET', 'The connection failed in mid-request');

	it('end when the message may have been sent', async () => {
		expect(await send([reset()])).toMatchObject({ status: 'unknown', attempts: 1, errorCode: 'ECONNRESET' });
		expect(await send([new TransportError('exchange', 'ETIMEDOUT', 'slow')])).toMatchObject({
			status: 'unknown',
		});
	});

	it('go on in that case only when wanted', async () => {
		expect(await send([reset(), page(502), ok()], true)).toMatchObject({ status: 'accepted', attempts: 3 });
		expect(await send([reset(), reset(), reset()], true)).toMatchObject({ status: 'unknown', attempts: 3 });
	});

	it('do not make unsent what an earlier one may have sent', async () => {
		const down = () => new TransportError('connect', 'ECONNREFUSED', 'connection refused');
		const doubtful = { status: 'unknown', attempts: 3, errorCode: 'ECONNRESET' };
		expect(await send([reset(), unavailable(), unavailable()], true)).toMatchObject(doubtful);
		expect(await send([reset(), down(), down()], true)).toMatchObject(doubtful);
		expect(await send([reset(), quota()], true)).toMatchObject({ ...doubtful, attempts: 2 });
	});

	it('do not make unsent what may have been sent when the run is stopped in between', async () => {
		const stop = new AbortController();
		clock.sleep = async () => stop.abort();
		const result = await senderOf([reset()], true).send(pushMessage(), { token: 't' }, stop.signal);
		expect(result).toMatchObject({ status: 'unknown', attempts: 1, errorCode: 'ECONNRESET' });
	});

	it('stop when the run is stopped', async () => {
		const stop = new AbortController();
		stop.abort();
		const result = await senderOf([]).send(pushMessage(), { token: 't' }, stop.signal);
		expect(result).toMatchObject({ status: 'retryLater', attempts: 0 });
	});

	it('make nothing of an unexpected failure but "unknown"', async () => {
		expect(await send([new TypeError('a bug')])).toMatchObject({ status: 'unknown', attempts: 1 });
	});
});

describe('the connection test', () => {
	const invalidToken = () =>
		refusal(400, 'INVALID_ARGUMENT', {
			code: 'INVALID_ARGUMENT',
			message: 'The registration token is not a valid FCM registration token',
		});

	it('is passed when FCM objects to nothing but the token', async () => {
		await expect(senderOf([invalidToken()]).test()).resolves.toBeUndefined();
		await expect(senderOf([ok()]).test()).resolves.toBeUndefined();
	});

	it.each([
		[[refusal(404, 'NOT_FOUND')], 'abort', 'does not know the project'],
		[[refusal(403, 'PERMISSION_DENIED')], 'abort', 'may not send'],
		[[refusal(400, 'INVALID_ARGUMENT', { message: 'odd' })], 'abort', 'odd'],
		[[refusal(429, 'RESOURCE_EXHAUSTED')], 'retry', 'no clear answer'],
		[[page(502)], 'retry', 'no clear answer'],
	])('says what is wrong: %j', async (script, recovery, said) => {
		await expect(senderOf(script).test()).rejects.toMatchObject({
			recovery,
			message: expect.stringContaining(said) as string,
		});
	});
});
