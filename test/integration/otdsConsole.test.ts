import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { OtdsSimulator, OtdsStoredUser } from '../../sandbox/otds/otdsSimulator.ts';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator.ts';
import { clientCaller } from '../support/otdsCaller';

jest.setTimeout(60_000);

const HOSTILE = '<img src=x onerror="document.title=1">';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));

let otds: OtdsSimulator;
let ana: OtdsStoredUser;

beforeEach(async () => {
	otds = await startOtdsSimulator();
	ana = otds.addUser('Staff', { name: 'ana', attributes: { displayName: ['Ana Alvarez'] } });
});
afterEach(() => otds.stop());

interface Asked {
	status: number | undefined;
	json: Record<string, unknown>;
}

/** fetch neither lets the host be named nor the path be left as it is. */
async function ask(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Asked> {
	const { port } = new URL(otds.consoleUrl);
	const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
	const sent = httpRequest({
		host: '127.0.0.1',
		port,
		path: `/console/${path}`,
		method: body === undefined ? 'GET' : 'POST',
		headers: { connection: 'close', ...type, ...headers },
	});
	sent.end(typeof body === 'string' ? body : JSON.stringify(body));
	const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
	let text = '';
	for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
	const isJson = /json/.test(response.headers['content-type'] ?? '');
	return { status: response.statusCode, json: isJson ? (JSON.parse(text) as Asked['json']) : {} };
}

const act = (action: string, body: object) => ask('action', { action, ...body });
const attribute = (name: string) => otds.stored(ana.uuid)?.attributes.get(name);

describe('the console', () => {
	it('changes what an administrator would', async () => {
		const { uuid } = ana;
		const nurses = otds.addGroup('Staff', { name: 'Nurses' });
		for (const [action, body] of [
			['disable', { uuid, on: true }],
			['lock', { uuid, on: true }],
			['requireReset', { uuid, on: true }],
			['addToGroup', { uuid, group: nurses.uuid }],
			['move', { uuid, orgUnit: 'nurses' }],
		] as const)
			expect((await act(action, body)).status).toBe(200);
		expect(['accountDisabled', 'accountLockedOut', 'pwdReset'].map(attribute)).toEqual([
			['true'],
			['true'],
			['true'],
		]);
		expect(otds.stored(uuid)).toMatchObject({ orgUnit: 'nurses', memberOf: new Set([nurses.uuid]) });
		await act('removeFromGroup', { uuid, group: nurses.uuid });
		await act('disable', { uuid, on: false });
		expect(otds.stored(uuid)?.memberOf.size).toBe(0);
		expect(attribute('accountDisabled')).toEqual(['false']);
		await act('remove', { uuid });
		expect(otds.stored(uuid)).toBeUndefined();
	});

	it('lists whom the filter fits', async () => {
		otds.setLocked(ana.uuid, true);
		otds.addUser('AD Mirror', { name: 'bob' });
		const found = async (filter: string) => (await ask(`state?${filter}`)).json.found;
		expect(await found('')).toBe(2);
		expect(await found('text=ALVAREZ')).toBe(1);
		expect(await found('partition=AD+Mirror')).toBe(1);
		expect(await found('state=locked&partition=Staff')).toBe(1);
		expect(await found('state=__proto__')).toBe(2);
	});

	it.each([
		['createPerson', { partition: 'Staff', name: 'ANA' }, 409],
		['createPerson', { partition: 'Nowhere', name: 'x' }, 404],
		['createPerson', { partition: 'Staff', name: ' ' }, 400],
		['createPerson', { partition: 'Staff', name: 'two\nlines' }, 400],
		['disable', { uuid: 'none', on: true }, 404],
		['constructor', {}, 400],
		['__proto__', {}, 400],
	])('refuses %s %j', async (action, body, status) => {
		const answer = await act(action, body);
		expect(answer.status).toBe(status);
		expect(answer.json).toEqual({ message: expect.any(String) });
	});

	it('answers nobody who comes by another name or from another site', async () => {
		const body = { action: 'remove', uuid: ana.uuid };
		for (const headers of [
			{ host: 'evil.example' },
			{ origin: 'http://evil.example' },
			{ origin: 'null' },
		] as Array<Record<string, string>>) {
			expect((await ask('action', body, headers)).status).toBe(403);
			expect((await ask('state', undefined, headers)).status).toBe(403);
		}
		expect((await ask('action', JSON.stringify(body), { 'content-type': 'text/plain' })).status).toBe(415);
		expect(otds.stored(ana.uuid)).toBeDefined();
	});

	it('serves its own files only, and takes no malformed or huge body', async () => {
		for (const path of [
			'../otdsStore.ts',
			'..%2fotdsStore.ts',
			'%2e%2e/otdsStore.ts',
			'constructor',
			'page/index.html',
		])
			expect((await ask(path)).status).toBe(404);
		expect((await ask('action', '{"action":')).status).toBe(400);
		expect((await ask('action', { action: 'x'.repeat(20_000) })).status).toBe(413);
	});

	it('takes no endless names', async () => {
		expect((await act('createGroup', { partition: 'Staff', name: 'x'.repeat(300) })).status).toBe(400);
	});

	it('is no way into the REST interface, and is not counted as a request to it', async () => {
		await ask('state');
		expect(otds.requests()).toEqual([]);
	});
});

(CHROMIUM === undefined ? describe.skip : describe)('the page in a browser', () => {
	let browser: Browser;
	let page: Page;
	let problems: string[];

	beforeAll(async () => {
		browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
	});
	afterAll(() => browser.close());
	beforeEach(async () => {
		problems = [];
		page = await browser.newPage();
		page.on('pageerror', (error) => problems.push(error.message));
		page.on('console', (message) => {
			if (message.type() === 'error') problems.push(message.text());
		});
	});
	afterEach(async () => {
		await page.close();
		expect(problems).toEqual([]);
	});

	it('shows names and requests as text, whatever they hold', async () => {
		const dora = otds.addUser('Staff', { name: HOSTILE, attributes: { displayName: [HOSTILE] } });
		otds.addMember(otds.addGroup('Staff', { name: HOSTILE }).uuid, dora.uuid);
		await page.goto(otds.consoleUrl);
		await page.locator('tbody th', { hasText: HOSTILE }).waitFor();
		await (
			await clientCaller(otds)
		)(`/rest/users?where_filter=${encodeURIComponent(HOSTILE)}`);
		await page.locator('#requests li', { hasText: HOSTILE }).waitFor();
		expect(await page.locator('img').count()).toBe(0);
		expect(await page.title()).toBe('Directory Services – simulator');
	});

	it('creates, groups, moves and deletes a person', async () => {
		const nurses = otds.addGroup('Staff', { name: 'Nurses' });
		await page.goto(otds.consoleUrl);
		await page.getByRole('button', { name: 'New person' }).click();
		await page.getByLabel('Login name').fill('nia');
		await page.getByLabel('Display name').fill('Nia Novak');
		await page.getByRole('button', { name: 'Create' }).click();
		const row = page.locator('tr[data-person="nia@Staff"]');
		await row.getByRole('button', { name: 'Lock: Nia Novak' }).click();
		await row.getByText('locked').waitFor();
		await row.getByRole('button', { name: /^Groups, unit/ }).click();
		const dialog = page.getByRole('dialog', { name: 'Nia Novak' });
		await dialog.getByRole('button', { name: 'Add to the group' }).click();
		await dialog.getByRole('button', { name: 'Remove Nia Novak from Nurses' }).waitFor();
		expect(otds.stored(nurses.uuid)?.members.size).toBe(1);
		await dialog.getByLabel(/^Organizational unit/).fill('night');
		await dialog.getByRole('button', { name: 'Move', exact: true }).click();
		await row.getByText('night').waitFor();
		await dialog.getByRole('button', { name: 'Delete…' }).click();
		await dialog.getByRole('button', { name: 'Yes, delete Nia Novak' }).click();
		await row.waitFor({ state: 'detached' });
		await dialog.waitFor({ state: 'hidden' });
	});

	it('says in the dialog why something did not work', async () => {
		await page.goto(otds.consoleUrl);
		await page.getByRole('button', { name: 'New group' }).click();
		otds.addGroup('Staff', { name: 'Nurses' });
		await page.getByLabel('Name', { exact: true }).fill('nurses');
		await page.getByRole('button', { name: 'Create' }).click();
		await page.getByRole('dialog').getByRole('alert').getByText('exists').waitFor();
		problems = problems.filter((problem) => !problem.includes('409'));
	});

	it('follows what happens elsewhere', async () => {
		await page.goto(otds.consoleUrl);
		const row = page.locator(`tr[data-person="${ana.id}"]`);
		await row.getByText('enabled').waitFor();
		otds.setEnabled(ana.uuid, false);
		await row.getByText('disabled').waitFor();
	});
});
