import { request as httpRequest } from 'node:http';

import type { IHookFunctions } from 'n8n-workflow';

import { mintAcknowledgmentToken } from '../../lib/acknowledgment/acknowledgmentToken';
import type { AcknowledgmentGrant } from '../../lib/acknowledgment/acknowledgment.types';
import { answerAcknowledgment } from '../../lib/n8n/acknowledgmentResponse';
import { AcknowledgmentTrigger } from '../../nodes/Acknowledgment/AcknowledgmentTrigger.node';
import { executeContext, startWebhookServer } from '../support/webhookServer';
import type { Run, WebhookServer, WebhookServerOptions } from '../support/webhookServer';

const secret = 'a secret for tests, long enough to be one';
const publicUrl = 'https://n8n.example.org/webhook/acknowledgments';
const grant: AcknowledgmentGrant = {
	messageId: 'm-1',
	recipientId: 'ada',
	actions: ['acknowledged', 'rejected'],
	correlationId: 'c-1',
	eventId: 'e-1',
	title: 'Shift on Monday',
};
const at = '2026-01-02T03:04:05.678Z';
const recorded: Run = (context) =>
	answerAcknowledgment(context, { status: 'recorded', action: 'acknowledged', at });
const node = new AcknowledgmentTrigger();

const token = (changed: Partial<AcknowledgmentGrant> = {}, by = secret, lifetimeSeconds = 3600) =>
	mintAcknowledgmentToken({ ...grant, ...changed }, { secret: by }, { lifetimeSeconds });

async function expiredToken(): Promise<string> {
	jest.useFakeTimers({
		now: Date.now() - 7_200_000,
		doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
	});
	try {
		return await token();
	} finally {
		jest.useRealTimers();
	}
}

const servers: WebhookServer[] = [];
afterEach(async () => {
	await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serve(options: Partial<WebhookServerOptions> = {}): Promise<WebhookServer> {
	const server = await startWebhookServer({
		node,
		credential: { secret, publicUrl },
		run: recorded,
		...options,
	});
	servers.push(server);
	return server;
}

const form = (server: WebhookServer, fields: Record<string, string>, headers: Record<string, string> = {}) =>
	fetch(server.url, {
		method: 'POST',
		body: new URLSearchParams(fields),
		headers: { Accept: 'text/html,application/xhtml+xml', ...headers },
	});
const json = (server: WebhookServer, body: unknown, headers: Record<string, string> = {}) =>
	fetch(server.url, {
		method: 'POST',
		body: typeof body === 'string' ? body : JSON.stringify(body),
		headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
	});

describe('opening the link', () => {
	it('shows the message and the allowed answers, and starts nothing', async () => {
		const server = await serve();
		const response = await fetch(`${server.url}?token=${await token()}`, {
			headers: { Accept: 'text/html' },
		});
		expect(response.status).toBe(200);
		const page = await response.text();
		expect(page).toContain('Shift on Monday');
		expect(page).toContain('value="acknowledged"');
		expect(page).toContain('value="rejected"');
		expect(page).not.toContain('value="approved"');
		expect(server.runs).toEqual([]);
	});

	it('keeps the page out of caches, frames, search engines and referrers, and runs no script', async () => {
		const server = await serve();
		const { headers } = await fetch(`${server.url}?token=${await token()}`);
		expect(headers.get('cache-control')).toBe('no-store');
		expect(headers.get('referrer-policy')).toBe('no-referrer');
		expect(headers.get('x-content-type-options')).toBe('nosniff');
		expect(headers.get('x-robots-tag')).toContain('noindex');
		const policy = headers.get('content-security-policy') ?? '';
		expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+='; form-action 'self'/);
		expect(policy).toContain("frame-ancestors 'none'");
		expect(policy).not.toContain('sandbox');
	});

	it('tells an app what may be answered', async () => {
		const server = await serve();
		const response = await fetch(`${server.url}?token=${await token()}`, {
			headers: { Accept: 'application/json' },
		});
		expect(await response.json()).toEqual({
			status: 'ask',
			messageId: 'm-1',
			title: 'Shift on Monday',
			actions: ['acknowledged', 'rejected'],
			expiresAt: expect.any(String),
		});
	});

	it.each<[string, () => Promise<string>, number]>([
		['an expired link', async () => `?token=${await expiredToken()}`, 410],
		[
			'a forged link',
			async () => `?token=${await token({}, 'a secret of somebody else, just as long')}`,
			403,
		],
		['no token', async () => '', 403],
		['two tokens', async () => `?token=${await token()}&token=${await token()}`, 403],
		['a token of 10 kB', async () => `?token=${'a'.repeat(10_000)}`, 403],
	])('%s is refused', async (_, query, status) => {
		const server = await serve();
		const response = await fetch(`${server.url}${await query()}`);
		expect(response.status).toBe(status);
		expect(server.runs).toEqual([]);
	});
});

describe('a tap', () => {
	it('starts one run with who answered what, about which message', async () => {
		const server = await serve();
		const before = new Date().toISOString();
		await form(server, { token: await token(), action: 'rejected', comment: 'on leave' });
		expect(server.runs).toEqual([
			{
				acknowledgment: {
					messageId: 'm-1',
					recipientId: 'ada',
					action: 'rejected',
					comment: 'on leave',
					at: expect.any(String),
					device: 'web',
					correlationId: 'c-1',
					eventId: 'e-1',
					title: 'Shift on Monday',
				},
				correlationId: 'c-1',
				eventId: 'e-1',
			},
		]);
		const { acknowledgment } = server.runs[0] as { acknowledgment: { at: string } };
		expect(acknowledgment.at >= before).toBe(true);
	});

	it('takes the token from the address too, and the only action there is', async () => {
		const server = await serve();
		const response = await fetch(`${server.url}?token=${await token({ actions: ['approved'] })}`, {
			method: 'POST',
		});
		expect(response.status).toBe(200);
		expect(server.runs).toMatchObject([{ acknowledgment: { action: 'approved', device: 'web' } }]);
	});

	it('may say which device it comes from', async () => {
		const server = await serve();
		await json(server, { token: await token(), action: 'acknowledged', device: 'pixel-8' });
		await json(server, { token: await token(), action: 'acknowledged' });
		expect(server.runs).toMatchObject([
			{ acknowledgment: { device: 'pixel-8' } },
			{ acknowledgment: { device: 'app' } },
		]);
	});

	it.each<[string, () => Promise<Record<string, string>>, number]>([
		[
			'forged',
			async () => ({
				token: await token({}, 'a secret of somebody else, just as long'),
				action: 'acknowledged',
			}),
			403,
		],
		['expired', async () => ({ token: await expiredToken(), action: 'acknowledged' }), 410],
		['altered', async () => ({ token: (await token()).replace('.', '.A'), action: 'acknowledged' }), 403],
		[
			'foreign',
			async () => ({ token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.', action: 'acknowledged' }),
			403,
		],
		[
			'for an action the message does not offer',
			async () => ({ token: await token(), action: 'approved' }),
			403,
		],
		['for an action nobody knows', async () => ({ token: await token(), action: 'constructor' }), 403],
		['without saying which of two', async () => ({ token: await token() }), 403],
		['without a token', async () => ({ action: 'acknowledged' }), 400],
		[
			'with a comment of a book',
			async () => ({ token: await token(), action: 'acknowledged', comment: 'x'.repeat(20_000) }),
			400,
		],
	])('that is %s is refused and starts no run', async (_, fields, status) => {
		const server = await serve();
		for (const response of [await form(server, await fields()), await json(server, await fields())]) {
			expect(response.status).toBe(status);
			expect(response.headers.get('cache-control')).toBe('no-store');
			expect(await response.text()).not.toMatch(/"recorded"|>Recorded</);
		}
		expect(server.runs).toEqual([]);
	});

	it.each<[string, (good: string) => unknown]>([
		['an array', (good) => [good]],
		['a string', (good) => JSON.stringify(good)],
		['a number', () => 7],
		['null', () => null],
		['objects for values', (good) => ({ token: { value: good }, action: 'acknowledged' })],
		['lists for values', (good) => ({ token: [good], action: 'acknowledged' })],
		['an object as action', (good) => ({ token: good, action: { $ne: null } })],
		['a list as comment', (good) => ({ token: good, action: 'acknowledged', comment: ['a'] })],
		['the token in a prototype', (good) => `{"__proto__":{"token":"${good}","action":"acknowledged"}}`],
		['the token in a constructor', (good) => `{"constructor":{"prototype":{"token":"${good}"}}}`],
		['a megabyte', () => ({ token: 'x'.repeat(1_000_000) })],
		['a megabyte beside the token', (good) => ({ token: good, action: 'x'.repeat(1_000_000) })],
	])('whose body is %s gets a clean 400', async (_, body) => {
		const server = await serve();
		const response = await json(server, body(await token()));
		expect(response.status).toBe(400);
		expect(await response.json()).toEqual({ status: 'malformed', message: expect.any(String) });
		expect(server.runs).toEqual([]);
		expect(server.errors).toEqual([]);
	});

	it('sent twice in one form is malformed', async () => {
		const server = await serve();
		const response = await fetch(server.url, {
			method: 'POST',
			body: `token=${await token()}&token=${await token()}&action=acknowledged`,
			headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
		});
		expect(response.status).toBe(400);
		expect(server.runs).toEqual([]);
	});
});

describe('without a usable secret', () => {
	it.each([
		['no credential', undefined],
		['an empty secret', { secret: '', publicUrl }],
		['a short secret', { secret: 'short', publicUrl }],
	])('(%s) nothing is believed, nothing runs, and the administrator is told', async (_, credential) => {
		const server = await serve({ credential });
		const answers = [
			await fetch(`${server.url}?token=${await token()}`),
			await form(server, { token: await token(), action: 'acknowledged' }),
		];
		for (const response of answers) expect(response.status).toBe(500);
		expect(server.runs).toEqual([]);
		expect(server.errors).toHaveLength(2);
		expect(server.errors.join()).not.toContain(await token());
	});

	it('publishing fails with advice, a start of n8n does not', async () => {
		const hooks = (credential: Record<string, string>, activation: string) => {
			const context: Partial<Record<keyof IHookFunctions, unknown>> = {
				getActivationMode: () => activation,
				getCredentials: async () => credential,
				getNode: () => ({ name: 'Acknowledgment Trigger', type: 'x', typeVersion: 1, parameters: {} }),
			};
			return node.webhookMethods.default.create.call(context as IHookFunctions);
		};
		await expect(hooks({ secret: 'short', publicUrl }, 'activate')).rejects.toThrow('too short');
		await expect(hooks({ secret, publicUrl: 'http://n8n.example.org' }, 'activate')).rejects.toThrow(
			'https://',
		);
		expect(await hooks({ secret, publicUrl }, 'activate')).toBe(true);
		expect(await hooks({ secret: 'short', publicUrl }, 'init')).toBe(true);
	});
});

describe('"recorded" is only said once it is recorded', () => {
	it('as a page', async () => {
		const server = await serve();
		const response = await form(server, { token: await token(), action: 'acknowledged' });
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(response.headers.get('content-security-policy')).not.toContain('sandbox');
		const page = await response.text();
		expect(page).toContain('<h1>Recorded</h1>');
		expect(page).toContain('January 2, 2026');
	});

	it('as JSON', async () => {
		const server = await serve();
		const response = await json(server, { token: await token(), action: 'acknowledged' });
		expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
		expect(await response.json()).toEqual({
			status: 'recorded',
			messageId: 'm-1',
			action: 'acknowledged',
			at,
		});
	});

	it('JSON for an app that speaks JSON and names no type', async () => {
		const server = await serve();
		const response = await json(server, { token: await token(), action: 'acknowledged' }, { Accept: '*/*' });
		expect(await response.json()).toMatchObject({ status: 'recorded' });
	});

	it('a second tap hears what the first one said', async () => {
		const server = await serve({
			run: (context) =>
				answerAcknowledgment(context, { status: 'alreadyRecorded', action: 'acknowledged', at }),
		});
		const fields = { token: await token(), action: 'rejected' };
		expect(await (await json(server, fields)).json()).toEqual({
			status: 'alreadyRecorded',
			messageId: 'm-1',
			action: 'acknowledged',
			at,
		});
		const page = await (await form(server, fields)).text();
		expect(page).toContain('<h1>Already recorded</h1>');
		expect(page).toContain('<dd>Acknowledged</dd>');
	});

	const failures: Array<[string, Run]> = [
		['the run fails', () => Promise.reject(new Error('the directory is down'))],
		['the run records nothing', () => Promise.resolve()],
		[
			'the run answers something else',
			(context) => context.sendResponse({ body: { ok: true }, headers: {}, statusCode: 200 }),
		],
		[
			'the run answers text',
			(context) => context.sendResponse({ body: 'recorded' as never, headers: {}, statusCode: 200 }),
		],
		[
			'the run answers bytes',
			(context) =>
				context.sendResponse({
					body: Buffer.from('{"acknowledgment":{"status":"recorded"}}') as never,
					headers: {},
					statusCode: 200,
				}),
		],
		[
			'the marker is half',
			(context) =>
				context.sendResponse({
					body: { acknowledgment: { status: 'recorded' } },
					headers: {},
					statusCode: 200,
				}),
		],
		[
			'the marker says something else',
			(context) =>
				context.sendResponse({
					body: { acknowledgment: { status: 'lost', action: 'acknowledged', at } },
					headers: {},
					statusCode: 200,
				}),
		],
		[
			'another message was recorded',
			(context) =>
				answerAcknowledgment(context, { status: 'recorded', action: 'acknowledged', at, messageId: 'm-2' }),
		],
		[
			'another person was recorded',
			(context) =>
				answerAcknowledgment(context, { status: 'recorded', action: 'acknowledged', at, recipientId: 'bob' }),
		],
		[
			'it answers with an error code',
			(context) =>
				context.sendResponse({
					body: { acknowledgment: { status: 'recorded', action: 'acknowledged', at } },
					headers: {},
					statusCode: 502,
				}),
		],
	];
	it.each(failures)('otherwise 503 and try again: %s', async (_, run) => {
		const server = await serve({ run });
		const fields = { token: await token(), action: 'acknowledged' };
		const page = await form(server, fields);
		expect(page.status).toBe(503);
		expect(page.headers.get('retry-after')).toBe('30');
		const text = await page.text();
		expect(text).toContain('Try again');
		expect(text).toContain(fields.token);
		const answer = await json(server, fields);
		expect(answer.status).toBe(503);
		expect(await answer.json()).toMatchObject({
			status: 'tryAgain',
			messageId: 'm-1',
			action: 'acknowledged',
		});
	});

	it('headers of a run cannot belie the page', async () => {
		const server = await serve({
			run: (context) =>
				context.sendResponse({
					body: { acknowledgment: { status: 'recorded', action: 'acknowledged', at } },
					headers: {
						'content-type': 'text/plain',
						'content-length': '3',
						location: 'https://evil.example',
						'content-encoding': 'gzip',
					},
					statusCode: 200,
				}),
		});
		const response = await form(server, { token: await token(), action: 'acknowledged' });
		expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
		expect(response.headers.get('location')).toBeNull();
		expect(await response.text()).toContain('Recorded');
	});

	it('the first of several records in a run is the answer', async () => {
		const server = await serve({
			run: async (context, item) => {
				await recorded(context, item);
				await answerAcknowledgment(context, { status: 'alreadyRecorded', action: 'rejected', at });
			},
		});
		const response = await json(server, { token: await token(), action: 'acknowledged' });
		expect(await response.json()).toMatchObject({ status: 'recorded' });
	});

	it('many at once each get their own answer', async () => {
		const server = await serve({
			run: (context, item) => {
				const { action } = item.acknowledgment as { action: 'acknowledged' | 'rejected' };
				return answerAcknowledgment(context, { status: 'recorded', action, at });
			},
		});
		const actions = Array.from({ length: 40 }, (_, index) => (index % 2 ? 'acknowledged' : 'rejected'));
		const answers = await Promise.all(
			actions.map(async (action, index) => {
				const response = await json(server, { token: await token({ messageId: `m-${index}` }), action });
				return (await response.json()) as { messageId: string; action: string };
			}),
		);
		expect(answers.map(({ action }) => action)).toEqual(actions);
		expect(answers.map(({ messageId }) => messageId)).toEqual(actions.map((_, index) => `m-${index}`));
	});

	it('a phone that loses its connection disturbs neither the run nor n8n', async () => {
		let finish: () => void = () => undefined;
		let done: () => void = () => undefined;
		const mayFinish = new Promise<void>((resolve) => (finish = resolve));
		const finished = new Promise<void>((resolve) => (done = resolve));
		const server = await serve({
			run: async (context, item) => {
				await mayFinish;
				await recorded(context, item);
				done();
			},
		});
		const request = httpRequest(server.url, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
		});
		request.on('error', () => undefined);
		request.end(JSON.stringify({ token: await token(), action: 'acknowledged' }));
		while (server.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
		request.destroy();
		await new Promise((resolve) => request.once('close', resolve));
		finish();
		await finished;
		await new Promise((resolve) => setImmediate(resolve));
		expect(server.errors).toEqual([]);
		expect((await json(server, { token: await token(), action: 'acknowledged' })).status).toBe(200);
	});
});

describe('the other ways to answer', () => {
	it('when the workflow has finished: success is the record', async () => {
		const server = await serve({ answer: 'lastNode', run: () => Promise.resolve() });
		const response = await json(server, { token: await token(), action: 'acknowledged' });
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({
			status: 'recorded',
			action: 'acknowledged',
			at: expect.any(String),
		});
	});

	it('when the workflow has finished: failure is none', async () => {
		const server = await serve({ answer: 'lastNode', run: () => Promise.reject(new Error('down')) });
		const response = await form(server, { token: await token(), action: 'acknowledged' });
		expect(response.status).toBe(503);
	});

	it('when the workflow has finished: a run that n8n could not start is none', async () => {
		const server = await serve({ answer: 'lastNode', cannotStart: true });
		const response = await json(server, { token: await token(), action: 'acknowledged' });
		expect(response.status).toBe(503);
		expect(await response.json()).toMatchObject({ status: 'tryAgain' });
	});

	it('immediately: says received, not recorded', async () => {
		const server = await serve({ answer: 'onReceived', run: () => Promise.reject(new Error('down')) });
		const fields = { token: await token(), action: 'acknowledged' };
		const response = await form(server, fields);
		expect(response.status).toBe(202);
		const page = await response.text();
		expect(page).toContain('<h1>Received</h1>');
		expect(page).not.toContain('Recorded');
		expect(await (await json(server, fields)).json()).toMatchObject({ status: 'received' });
	});
});

describe('answerAcknowledgment', () => {
	const outcome = { status: 'recorded', action: 'acknowledged', at } as const;
	const sent = jest.fn(() => Promise.resolve());
	beforeEach(() => sent.mockClear());

	it.each([
		['from an npm package', 'n8n-nodes-directory-push.acknowledgmentTrigger'],
		['from a custom folder', 'CUSTOM.acknowledgmentTrigger'],
	])('answers in a run that our trigger started (%s)', async (_, type) => {
		await answerAcknowledgment(executeContext(sent, { type }), outcome);
		expect(sent).toHaveBeenCalledWith({ body: { acknowledgment: outcome }, headers: {}, statusCode: 200 });
	});

	it.each([
		['another trigger', { type: 'n8n-nodes-base.webhook' }],
		['our trigger, but this run came from elsewhere', { isExecuted: false }],
		['our trigger, switched off', { disabled: true }],
	])('keeps quiet after %s', async (_, origin) => {
		await answerAcknowledgment(executeContext(sent, origin), outcome);
		expect(sent).not.toHaveBeenCalled();
	});
});
