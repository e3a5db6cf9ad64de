import { getApps } from 'firebase-admin/app';

import { startFcmEmulator } from '../../../sandbox/fcm/fcmEmulator';
import type { FcmEmulator, FcmEmulatorOptions } from '../../../sandbox/fcm/fcmEmulator';
import { openFcmSender } from '../../../lib/push/fcm/fcm.sender';
import { fcmSettingsOf } from '../../../lib/push/fcm/fcmSettings';
import { MAX_PAYLOAD_BYTES, messageProblems } from '../../../lib/push/fcm/message.validation';
import { payloadBytes } from '../../../lib/push/fcm/wire';
import type { PushSender } from '../../../lib/push/push.types';
import { startConnectProxy } from '../../support/connectProxy';
import { fieldsFor, senderFor } from '../../support/fcmCredential';
import { pushMessage } from '../../support/pushMessage';

const emulators: FcmEmulator[] = [];
const senders: PushSender[] = [];

async function emulate(options: FcmEmulatorOptions = {}): Promise<FcmEmulator> {
	const emulator = await startFcmEmulator(options);
	emulators.push(emulator);
	return emulator;
}
function open(...parameters: Parameters<typeof senderFor>): PushSender {
	const sender = senderFor(...parameters);
	senders.push(sender);
	return sender;
}
const targets = (count: number, name = 'emu-ok') =>
	Array.from({ length: count }, (_, index) => ({ token: `${name}:${index}` }));
const sendAll = async (sender: PushSender, tokens: Array<{ token: string }>) =>
	await Promise.all(tokens.map(async (target) => sender.send(pushMessage(), target)));
const tally = (results: Array<{ status: string }>) => {
	const counts: Record<string, number> = {};
	for (const { status } of results) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
};
/** Sockets that would keep this process alive; the emulator's ends are among them. */
const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

afterEach(async () => {
	for (const sender of senders.splice(0)) await sender.close();
	for (const emulator of emulators.splice(0)) await emulator.stop();
	expect(getApps()).toEqual([]);
});

describe.each([
	['HTTP/2', { http2: true }],
	['HTTP/1.1, where the server offers no HTTP/2', { http2: false }],
])('over %s', (_protocol, options) => {
	it('delivers to a registered device, with one access token for all', async () => {
		const emulator = await emulate(options);
		const device = emulator.registerDevice({ person: 'ada', platform: 'android' });
		const sender = open(emulator);
		expect(await sender.send(pushMessage(), { token: device.token })).toMatchObject({
			status: 'accepted',
			attempts: 1,
		});
		await sendAll(sender, targets(150));
		const stats = emulator.stats();
		expect(stats.accepted).toBe(151);
		expect(options.http2 ? stats.overHttp1 : stats.overHttp2).toBe(0);
		expect(stats.accessTokensIssued).toBe(1);
		expect(emulator.messages()[0]).toMatchObject({
			device: { person: 'ada' },
			message: { notification: { title: 'Welcome' } },
		});
	});

	it.each([
		['emu-unregistered', { status: 'deviceGone', errorCode: 'UNREGISTERED' }],
		['emu-invalid', { status: 'deviceGone', errorCode: 'INVALID_ARGUMENT' }],
		['never-issued', { status: 'deviceGone', errorCode: 'INVALID_ARGUMENT' }],
		['emu-mismatch', { status: 'notPermitted', errorCode: 'SENDER_ID_MISMATCH' }],
		['emu-third-party-auth', { status: 'notPermitted', errorCode: 'THIRD_PARTY_AUTH_ERROR' }],
		['emu-quota-3', { status: 'retryLater', errorCode: 'QUOTA_EXCEEDED', attempts: 3, retryAfterMs: 3000 }],
		['emu-quota', { status: 'retryLater', errorCode: 'QUOTA_EXCEEDED', attempts: 1, retryAfterMs: 60_000 }],
		['emu-unavailable', { status: 'retryLater', errorCode: 'UNAVAILABLE', attempts: 3 }],
		['emu-unavailable-2', { status: 'accepted', attempts: 3 }],
		['emu-internal-1', { status: 'accepted', attempts: 2 }],
		['emu-401-1', { status: 'accepted', attempts: 1 }],
		['emu-html502', { status: 'unknown', errorCode: 'HTTP_502', attempts: 1 }],
		['emu-truncated', { status: 'unknown', attempts: 1 }],
		['emu-cut', { status: 'unknown', attempts: 1 }],
		['emu-reset', { status: 'unknown', attempts: 1 }],
	])('judges %s', async (token, expected) => {
		const emulator = await emulate(options);
		expect(await open(emulator).send(pushMessage(), { token })).toMatchObject(expected);
		if (expected.status !== 'accepted') expect(emulator.stats().accepted).toBe(0);
	});

	it.each(['emu-hang', 'emu-slow-60000'])(
		'gives up on %s after its time, and calls it unknown',
		async (token) => {
			const emulator = await emulate(options);
			const sender = open(emulator, { limits: { requestTimeoutMs: 100 } });
			await sender.send(pushMessage(), { token: 'emu-ok' });
			expect(await sender.send(pushMessage(), { token })).toMatchObject({
				status: 'unknown',
				errorCode: 'ETIMEDOUT',
			});
			expect(await sender.send(pushMessage(), { token: 'emu-ok' })).toMatchObject({ status: 'accepted' });
		},
	);

	it('repeats an ambiguous failure only when told to', async () => {
		const emulator = await emulate(options);
		const sender = open(emulator, { retryAmbiguous: true });
		expect(await sender.send(pushMessage(), { token: 'emu-reset-1' })).toMatchObject({
			status: 'accepted',
			attempts: 2,
		});
		expect(await sender.send(pushMessage(), { token: 'emu-html502-1' })).toMatchObject({
			status: 'accepted',
			attempts: 2,
		});
	});

	it('fetches one new token for all when the old one expired', async () => {
		const emulator = await emulate(options);
		const sender = open(emulator);
		await sendAll(sender, targets(3));
		emulator.expireAccessTokens();
		expect(tally(await sendAll(sender, targets(20, 'emu-ok:again')))).toEqual({ accepted: 20 });
		expect(emulator.stats().accessTokensIssued).toBe(2);
	});

	it('goes through a proxy with a login', async () => {
		const emulator = await emulate(options);
		const proxy = await startConnectProxy('push:p@ss:word');
		try {
			const fields = { proxyUrl: proxy.url, proxyUser: 'push', proxyPassword: 'p@ss:word' };
			expect(await open(emulator, { fields }).send(pushMessage(), { token: 'emu-ok' })).toMatchObject({
				status: 'accepted',
			});
			const { host } = new URL(emulator.endpoint);
			expect(new Set(proxy.tunnels)).toEqual(new Set([host]));
			const wrong = open(emulator, { fields: { ...fields, proxyPassword: 'wrong-secret' } });
			const error: unknown = await wrong
				.send(pushMessage(), { token: 'emu-ok' })
				.catch((reason: unknown) => reason);
			expect(error).toMatchObject({ recovery: 'abort', code: 'EPROXYAUTH' });
			expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret');
			expect(proxy.refused).toBe(1);
		} finally {
			await proxy.stop();
		}
	});

	it.each([
		['emoji', 'Hi 👩🏽‍⚕️ ünï'],
		['an expression', '{{ $json.secret }} ${7*7} <b>&amp;'],
		['NUL and controls', 'a\u0000b\u0007\u202e'],
		['half an emoji', 'cut \ud83d'],
		['quotes and line ends', '"\\\r\n\u2028'],
	])('carries %s as it is', async (_case, text) => {
		const emulator = await emulate(options);
		const message = pushMessage({ title: text, body: text, data: { note: text } });
		expect(await open(emulator).send(message, { token: 'emu-ok' })).toMatchObject({ status: 'accepted' });
		const mended = text.replace('\ud83d', text.includes('👩') ? '\ud83d' : '\ufffd');
		expect(emulator.messages()[0]?.message).toMatchObject({
			notification: { title: mended },
			data: { note: mended },
		});
	});

	it('is given every message that passes validation, up to the last byte', async () => {
		const emulator = await emulate(options);
		const base = pushMessage({
			body: '',
			link: 'https://a.example/',
			timeToLiveSeconds: 2_419_200,
			priority: 'high',
		});
		const message = { ...base, body: 'x'.repeat(MAX_PAYLOAD_BYTES - payloadBytes(base)) };
		expect(messageProblems(message)).toEqual([]);
		expect(await open(emulator).send(message, { token: 'emu-ok' })).toMatchObject({ status: 'accepted' });
	});
});

describe('connections that end', () => {
	it('loses and doubles nothing when the server rotates its connections', async () => {
		const emulator = await emulate({ goawayEvery: 50 });
		expect(tally(await sendAll(open(emulator), targets(400)))).toEqual({ accepted: 400 });
		const tokens = emulator.messages().map(({ message }) => message.token);
		expect(new Set(tokens).size).toBe(400);
		expect(tokens).toHaveLength(400);
		expect(emulator.stats().sessions).toBeGreaterThan(3);
	});

	it('sends again, without asking, what a GOAWAY says was not processed', async () => {
		const emulator = await emulate();
		expect(await open(emulator).send(pushMessage(), { token: 'emu-goaway-1' })).toMatchObject({
			status: 'accepted',
			attempts: 1,
		});
		expect(emulator.stats().accepted).toBe(1);
	});

	it('does not go on for ever with a server that only says GOAWAY', async () => {
		const emulator = await emulate();
		await expect(open(emulator).send(pushMessage(), { token: 'emu-goaway' })).rejects.toMatchObject({
			recovery: 'retry',
		});
	});

	it('reports as unknown, and never twice, what a dying connection may have carried', async () => {
		const emulator = await emulate({ resetEvery: 40 });
		const counts = tally(await sendAll(open(emulator), targets(200)));
		expect((counts.accepted ?? 0) + (counts.unknown ?? 0)).toBe(200);
		expect(counts.unknown).toBeGreaterThan(0);
		const tokens = emulator.messages().map(({ message }) => message.token);
		expect(new Set(tokens).size).toBe(tokens.length);
	});

	it('keeps within the streams that a server allows', async () => {
		const emulator = await emulate({ maxConcurrentStreams: 5, latencyMs: 5 });
		expect(tally(await sendAll(open(emulator), targets(60)))).toEqual({ accepted: 60 });
		expect(emulator.stats().mostInFlight).toBeLessThanOrEqual(4 * 5 + 1);
		expect(emulator.stats().sessions).toBe(4);
	});

	it('opens a new connection when an idle one was closed', async () => {
		const emulator = await emulate();
		const sender = open(emulator, { limits: { idleTimeoutMs: 1 } });
		const before = openSockets();
		await sender.send(pushMessage(), { token: 'emu-ok:1' });
		await until(() => openSockets() === before);
		expect(await sender.send(pushMessage(), { token: 'emu-ok:2' })).toMatchObject({
			status: 'accepted',
			attempts: 1,
		});
		expect(emulator.stats().sessions).toBe(2);
	});

	it.each([true, false])('keep no process alive while they are idle (HTTP/2: %s)', async (http2) => {
		const emulator = await emulate({ http2 });
		const before = openSockets();
		const sender = open(emulator);
		await sender.send(pushMessage(), { token: 'emu-ok:1' });
		const sending = sender.send(pushMessage(), { token: 'emu-slow-50' });
		await until(() => emulator.stats().inFlight > 0);
		const emulatorsEnds = 2;
		expect(openSockets() - before).toBe(emulatorsEnds + 1);
		await sending;
		// A few turns for the agent to take the socket back; not seconds, in which the emulator would close its end.
		for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(openSockets() - before).toBe(emulatorsEnds);
	});

	it('says that nothing can be reached, and recovers when it can', async () => {
		const emulator = await emulate();
		const sender = open(emulator);
		await sender.send(pushMessage(), { token: 'emu-ok:1' });
		await emulator.configure({ outage: 'refuse' });
		await expect(sender.send(pushMessage(), { token: 'emu-ok:2' })).rejects.toMatchObject({
			recovery: 'retry',
			failure: 'temporarily-unavailable',
			code: 'ECONNREFUSED',
		});
		await emulator.configure({ outage: 'none' });
		expect(await sender.send(pushMessage(), { token: 'emu-ok:3' })).toMatchObject({ status: 'accepted' });
	});
});

describe('credentials', () => {
	it('do not mix, though they work at the same time in one process', async () => {
		const [first, second] = [
			await emulate({ projectId: 'first-project' }),
			await emulate({ projectId: 'second-project' }),
		];
		const [one, two] = [open(first), open(second)];
		const results = await Promise.all(
			[...targets(30)].flatMap((target) => [
				one.send(pushMessage(), target),
				two.send(pushMessage(), target),
			]),
		);
		expect(tally(results)).toEqual({ accepted: 60 });
		for (const emulator of [first, second]) {
			expect(emulator.messages()).toHaveLength(30);
			expect(
				emulator.messages().every(({ name }) => name.startsWith(`projects/${emulator.projectId}/`)),
			).toBe(true);
		}
	});

	it('do not mix either when two projects share an address', async () => {
		const emulator = await emulate({ projectId: 'first-project' });
		const foreign = JSON.stringify({ ...emulator.serviceAccount(), project_id: 'second-project' });
		await open(emulator).send(pushMessage(), { token: 'emu-ok:1' });
		await expect(
			open(emulator, { fields: { serviceAccount: foreign } }).send(pushMessage(), { token: 'emu-ok:2' }),
		).rejects.toMatchObject({ recovery: 'abort', failure: 'permission-denied' });
		expect(emulator.stats().accepted).toBe(1);
	});

	it('share one connection and one token among runs at the same time', async () => {
		const emulator = await emulate();
		const settings = fcmSettingsOf(fieldsFor(emulator));
		const [one, two] = [openFcmSender(settings), openFcmSender(settings)];
		senders.push(two);
		await Promise.all([
			one.send(pushMessage(), { token: 'emu-ok:1' }),
			two.send(pushMessage(), { token: 'emu-ok:2' }),
		]);
		await one.close();
		await one.close();
		expect(getApps()).toHaveLength(1);
		expect(await two.send(pushMessage(), { token: 'emu-ok:3' })).toMatchObject({ status: 'accepted' });
		expect(emulator.stats()).toMatchObject({ sessions: 1, accessTokensIssued: 1 });
	});

	it('that a token endpoint refuses are unusable, with advice and without the key', async () => {
		const emulator = await emulate();
		const stranger = JSON.stringify({ ...emulator.serviceAccount(), private_key_id: 'other' });
		const error: unknown = await open(emulator, { fields: { serviceAccount: stranger } })
			.send(pushMessage(), { token: 'emu-ok' })
			.catch((reason: unknown) => reason);
		expect(error).toMatchObject({ recovery: 'abort', failure: 'credential-invalid', code: 'invalid_grant' });
		expect(error).toMatchObject({ advice: expect.stringContaining('clock') as string });
		expect(JSON.stringify(error) + String(error)).not.toContain('PRIVATE KEY');
		expect(emulator.stats().requests).toBe(0);
	});

	it('wait for a token endpoint that is not available', async () => {
		const emulator = await emulate({ outage: 'everything' });
		await expect(open(emulator).send(pushMessage(), { token: 'emu-ok' })).rejects.toMatchObject({
			recovery: 'retry',
		});
		expect(emulator.stats().tokenRequests).toBe(3);
	});

	it('are not sent to a server whose authority is unknown', async () => {
		const emulator = await emulate();
		const error: unknown = await open(emulator, { fields: { ca: '' } })
			.send(pushMessage(), { token: 'emu-ok' })
			.catch((reason: unknown) => reason);
		expect(error).toMatchObject({ recovery: 'abort', failure: 'credential-invalid' });
		expect(error).toMatchObject({ advice: expect.stringContaining('CA certificate') as string });
		expect(emulator.stats().tokenRequests).toBe(0);
	});

	it('with a token endpoint that is something else are unusable', async () => {
		const emulator = await emulate();
		const fields = { tokenUrl: `${emulator.endpoint}/elsewhere` };
		await expect(open(emulator, { fields }).send(pushMessage(), { token: 'emu-ok' })).rejects.toMatchObject({
			recovery: 'abort',
			message: expect.stringContaining('not a token endpoint') as string,
		});
	});

	it('renew a token before it ends', async () => {
		const emulator = await emulate({ accessTokenLifetimeSeconds: 100 });
		let now = Date.now();
		const clock = { now: () => now, random: () => 0, sleep: async () => undefined };
		const sender = open(emulator, { clock });
		await sender.send(pushMessage(), { token: 'emu-ok:1' });
		now += 49_000;
		await sender.send(pushMessage(), { token: 'emu-ok:2' });
		expect(emulator.stats().accessTokensIssued).toBe(1);
		now += 2_000;
		await sendAll(sender, targets(10));
		expect(emulator.stats().accessTokensIssued).toBe(2);
	});

	it('are tested without sending anything', async () => {
		const emulator = await emulate();
		await expect(open(emulator).test()).resolves.toBeUndefined();
		expect(emulator.stats()).toMatchObject({ requests: 1, accepted: 0 });
	});
});

describe('a dry run', () => {
	it('is validated by FCM and reaches nobody', async () => {
		const emulator = await emulate();
		const result = await open(emulator).send(pushMessage({ dryRun: true }), { token: 'emu-ok' });
		expect(result.status).toBe('accepted');
		expect(emulator.stats()).toMatchObject({ validated: 1, accepted: 0 });
	});
});

describe('the public way through firebase-admin', () => {
	it('delivers, through our address, authority and proxy', async () => {
		const emulator = await emulate();
		const proxy = await startConnectProxy('u:p');
		try {
			const fields = { proxyUrl: proxy.url, proxyUser: 'u', proxyPassword: 'p' };
			const sender = open(emulator, { route: 'public', fields });
			expect(tally(await sendAll(sender, targets(20)))).toEqual({ accepted: 20 });
			expect(emulator.stats().overHttp1).toBe(20);
			expect(proxy.tunnels.length).toBeGreaterThan(0);
		} finally {
			await proxy.stop();
		}
	});

	it.each([
		['emu-unregistered', { status: 'deviceGone' }],
		['emu-invalid', { status: 'deviceGone' }],
		['emu-mismatch', { status: 'notPermitted' }],
		['emu-third-party-auth', { status: 'notPermitted' }],
		['emu-quota-40', { status: 'retryLater', retryAfterMs: 40_000 }],
		['emu-html502', { status: 'unknown' }],
		['emu-truncated', { status: 'unknown' }],
	])('judges %s alike', async (token, expected) => {
		const emulator = await emulate();
		expect(await open(emulator, { route: 'public' }).send(pushMessage(), { token })).toMatchObject(expected);
	});

	it('knows an unusable credential and an unreachable service', async () => {
		const emulator = await emulate();
		const stranger = JSON.stringify({ ...emulator.serviceAccount(), private_key_id: 'other' });
		await expect(
			open(emulator, { route: 'public', fields: { serviceAccount: stranger } }).send(pushMessage(), {
				token: 'emu-ok',
			}),
		).rejects.toMatchObject({ code: 'invalid_grant' });
		const sender = open(emulator, { route: 'public' });
		await sender.send(pushMessage(), { token: 'emu-ok' });
		await emulator.configure({ outage: 'refuse' });
		await expect(sender.send(pushMessage(), { token: 'emu-ok' })).rejects.toMatchObject({
			recovery: 'retry',
		});
	});
});
