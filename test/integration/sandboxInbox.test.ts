import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import { openLdapSandbox } from '../../sandbox/directory/ldapDirectory.ts';
import type { SandboxDirectory } from '../../sandbox/directory/sandboxDirectory.types.ts';
import type { EmulatedDevice, FcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import { startFcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import type { Inbox } from '../../sandbox/inbox/inbox.server.ts';
import { startInbox } from '../../sandbox/inbox/inbox.server.ts';
import type { Slapd } from '../../sandbox/openldap/slapd.ts';
import { startSlapd } from '../../sandbox/openldap/slapd.ts';
import { PEOPLE } from '../../sandbox/seed/hospital.ts';
import { seedSandbox } from '../../sandbox/seed/seed.ts';
import { assertionOf, post, requestToken } from '../unit/fcmEmulatorClient';

jest.setTimeout(60_000);

const HOSTILE = '<img src=x onerror="document.title=1">"; *)(cn=*), {{7*7}}';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

let slapd: Slapd;
let directory: SandboxDirectory;
let emulator: FcmEmulator;
let inbox: Inbox;
let bearer: string;
let tapServer: TapServer;

/** Stands for the Acknowledgment Trigger: keeps what was posted, answers as told. */
interface TapServer {
	server: Server;
	url: string;
	answer: { status: number; body: object };
	posted: Array<{ form: URLSearchParams; accept: string | undefined }>;
}

async function startTapServer(): Promise<TapServer> {
	const taps: TapServer = { server: createServer(), url: '', answer: { status: 200, body: {} }, posted: [] };
	taps.server.on('request', (request: IncomingMessage, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		request.on('end', () => {
			taps.posted.push({ form: new URLSearchParams(body), accept: request.headers.accept });
			response.writeHead(taps.answer.status, { 'content-type': 'application/json' });
			response.end(JSON.stringify(taps.answer.body));
		});
	});
	taps.server.listen(0, '127.0.0.1');
	await once(taps.server, 'listening');
	const address = taps.server.address();
	taps.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/webhook/acknowledgments`;
	return taps;
}

beforeAll(async () => {
	[slapd, emulator, tapServer] = await Promise.all([startSlapd(), startFcmEmulator(), startTapServer()]);
	directory = openLdapSandbox(slapd);
	await seedSandbox(directory, emulator);
	inbox = await startInbox({
		projectRoot: path.resolve(__dirname, '../..'),
		emulator,
		directory,
		pollEveryMs: 100,
	});
	const granted = await requestToken(emulator, assertionOf(emulator.serviceAccount()));
	bearer = `Bearer ${(granted.json as { access_token: string }).access_token}`;
});
afterAll(async () => {
	await inbox.stop();
	await directory.close();
	await emulator.stop();
	await slapd.stop();
	tapServer.server.close();
});

const deviceOf = (uid: string): EmulatedDevice => {
	const device = emulator.devices.all().find(({ person }) => person === uid);
	if (!device) throw new Error(`${uid} has no device`);
	return device;
};

async function push(
	uid: string,
	title: string,
	tag: string,
	text: Record<string, string> = {},
): Promise<void> {
	const message = {
		token: deviceOf(uid).token,
		notification: { title, body: 'Please read' },
		data: { messageId: tag, ...text },
		android: { notification: { tag } },
		apns: { headers: { 'apns-collapse-id': tag } },
		webpush: { headers: { Topic: tag } },
	};
	const answer = await post(
		emulator,
		`/v1/projects/${emulator.projectId}/messages:send`,
		JSON.stringify({ message }),
		{
			authorization: bearer,
			'content-type': 'application/json',
		},
	);
	expect(answer.text).toContain('"name"');
}

const notificationsOf = (uid: string) =>
	inbox.notifications
		.phones()
		.filter(({ person }) => person === uid)
		.flatMap(({ notifications }) => notifications);

const call = (route: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
	fetch(new URL(route, inbox.url), {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
	});

describe('the seed', () => {
	it('gives everyone but one person a device, in the directory and in the emulator', async () => {
		expect((await directory.people()).map(({ uid }) => uid).sort()).toEqual(
			PEOPLE.map(({ uid }) => uid).sort(),
		);
		const withDevice = new Set(emulator.devices.all().map(({ person }) => person));
		expect(PEOPLE.filter(({ uid }) => !withDevice.has(uid)).map(({ uid }) => uid)).toEqual(['mgarcia']);
	});

	it('keeps letters of every language', async () => {
		const names = (await directory.people()).map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['Søren Østergård', 'Thảo Nguyễn', "Seán O'Brien"]));
	});
});

describe('phones', () => {
	it.each([
		['android', 'lmartin'],
		['ios', 'aokafor'],
		['web', 'tnguyen'],
	])(
		'on %s a repeated message replaces the earlier one, another stands beside it',
		async (_platform, uid) => {
			await push(uid, 'First', 'one');
			await push(uid, 'Other', 'two');
			await push(uid, 'First, again', 'one');
			expect(notificationsOf(uid)).toMatchObject([
				{ title: 'First, again', times: 2 },
				{ title: 'Other', times: 1 },
			]);
		},
	);

	it('offers no link but http and https', async () => {
		await push('obrien', 'Links', 'links', { link: 'javascript:alert(1)', ackUrl: 'file:///etc/passwd' });
		expect(notificationsOf('obrien')[0]).toMatchObject({ link: undefined, ackUrl: undefined });
	});
});

describe('acknowledging', () => {
	it('posts the token as an app does and keeps what it was told', async () => {
		await push('pnair', 'Round', 'round', { ackUrl: `${tapServer.url}?token=abc.def` });
		const id = notificationsOf('pnair')[0]?.id ?? '';
		tapServer.answer = { status: 503, body: { status: 'tryAgain' } };
		expect(await (await call('/api/acknowledge', { id })).json()).toMatchObject({
			answer: { status: 'tryAgain', httpStatus: 503, message: expect.stringContaining('try again') },
		});
		tapServer.answer = { status: 200, body: { status: 'recorded', at: '2026-01-01T00:00:00.000Z' } };
		await call('/api/acknowledge', { id });
		expect(notificationsOf('pnair')[0]?.answer).toMatchObject({
			status: 'recorded',
			at: '2026-01-01T00:00:00.000Z',
		});
		const [tap] = tapServer.posted;
		expect(tap?.accept).toBe('application/json');
		expect(Object.fromEntries(tap?.form ?? [])).toMatchObject({ token: 'abc.def', action: 'acknowledged' });
	});

	it('says so when nobody answers', async () => {
		await push('zkowalska', 'Away', 'away', { ackUrl: 'http://127.0.0.1:1/gone?token=a' });
		const { answer } = await inbox.acknowledge(notificationsOf('zkowalska')[0]?.id ?? '');
		expect(answer).toMatchObject({ status: 'unreachable', httpStatus: 0 });
	});

	it('refuses what asks for no acknowledgment, and what is not there', async () => {
		expect((await call('/api/acknowledge', { id: notificationsOf('obrien')[0]?.id })).status).toBe(409);
		expect((await call('/api/acknowledge', { id: 'n999999' })).status).toBe(404);
	});
});

describe('the console', () => {
	it('adds to a group, removes, disables and enables', async () => {
		const nurses = async () =>
			(await directory.groups()).find(({ name }) => name === 'Nurses')?.members ?? [];
		const key = await directory.personKey('pnair');
		await call('/api/members', { group: 'Nurses', person: 'pnair', action: 'add' });
		expect(await nurses()).toContain(key);
		await call('/api/members', { group: 'Nurses', person: 'pnair', action: 'remove' });
		expect(await nurses()).not.toContain(key);

		const enabled = async () => (await directory.people()).find(({ uid }) => uid === 'pnair')?.enabled;
		await call('/api/people/enabled', { person: 'pnair', enabled: false });
		expect(await enabled()).toBe(false);
		await call('/api/people/enabled', { person: 'pnair', enabled: true });
		expect(await enabled()).toBe(true);
	});

	it('says what the directory refused', async () => {
		const answer = await call('/api/members', { group: 'No such group', person: 'pnair', action: 'add' });
		expect(answer.status).toBe(502);
		expect(await answer.json()).toMatchObject({ message: expect.stringMatching(/no such object/i) });
	});

	it('serves nobody but its own page', async () => {
		const body = { person: 'pnair', enabled: false };
		expect((await call('/api/people/enabled', body, { origin: 'http://evil.example' })).status).toBe(403);
		expect((await call('/api/people/enabled', { person: 'pnair', enabled: 'no', more: 1 })).status).toBe(400);
	});
});

describe('the page in a browser', () => {
	let browser: Browser;
	let page: Page;
	const errors: string[] = [];
	beforeAll(async () => {
		browser = await chromium.launch({
			executablePath: process.env.CHROMIUM ?? CHROMIUM,
			args: ['--no-sandbox'],
		});
		page = await browser.newPage();
		page.on('pageerror', (error) => errors.push(error.message));
		await page.goto(inbox.url);
	});
	afterAll(() => browser.close());

	it('creates a person with a hostile name and shows it, and what they receive, as text', async () => {
		await page.getByText('New person').click();
		await page.getByLabel('Given name').fill('Eve');
		await page.getByLabel('Surname').fill(HOSTILE);
		await page.getByRole('combobox', { name: 'Group', exact: true }).selectOption('Nurses');
		await page.getByRole('button', { name: 'Create' }).click();
		await page.locator('article', { hasText: HOSTILE }).waitFor();
		const uid = (await directory.people()).find(({ name }) => name.includes('<img'))?.uid ?? '';
		await push(uid, HOSTILE, 'hostile', { ackUrl: `${tapServer.url}?token=eve` });
		await page.locator('article h3', { hasText: HOSTILE }).waitFor();
		expect(await page.locator('img').count()).toBe(0);
		expect(await page.title()).toContain('sandbox');
	});

	it('taps Acknowledge and shows the answer without losing the focus', async () => {
		tapServer.answer = { status: 200, body: { status: 'alreadyRecorded' } };
		const phone = page.locator('article', { hasText: HOSTILE });
		await phone.getByRole('button', { name: /^Acknowledge/ }).click();
		await phone.getByText('Already recorded').waitFor();
		await phone.getByRole('button', { name: /^Acknowledge/, disabled: false }).waitFor();
		expect(await page.locator(':focus').getAttribute('data-key')).toMatch(/^acknowledge n/);
		expect(await phone.getByRole('link', { name: 'Open confirmation page' }).getAttribute('href')).toContain(
			'token=eve',
		);
	});

	const addToIt = async (uid: string): Promise<void> =>
		directory.addMember(await directory.groupKey('IT'), await directory.personKey(uid));

	const member = (group: string, name: string) =>
		page.locator(`[data-group="${group}"] .chips li`, { hasText: name });

	it('shows a change made elsewhere as it comes', async () => {
		await addToIt('zkowalska');
		await member('IT', 'Zofia Kowalska').waitFor();
		expect(await page.locator('#records').innerText()).toContain('None yet');
	});

	it('refuses to empty a group, in words', async () => {
		await directory.addGroup('One', 'A group of one', [await directory.personKey('pnair')]);
		await page.getByRole('button', { name: 'Remove Priya Nair from One' }).click();
		await page.getByText('A group needs at least one member').waitFor();
	});

	it('says that the directory is away, and recovers', async () => {
		await slapd.kill();
		await page.getByText('The directory does not answer').waitFor();
		await slapd.restart();
		await addToIt('obrien');
		await member('IT', "Seán O'Brien").waitFor();
		expect(await page.getByText('The directory does not answer').count()).toBe(0);
		expect(errors).toEqual([]);
	});
});
