/** `npm run pictures`: takes the pictures of the README from the running sandbox, into docs/pictures. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

import { runOnce } from './demo/once.ts';
import type { Sandbox } from './demo/sandbox.ts';
import { startSandbox } from './demo/sandbox.ts';
import { Teardown } from './demo/teardown.ts';
import { OWNER } from './n8n.ts';

const projectRoot = join(import.meta.dirname, '..');
const folder = join(projectRoot, 'docs', 'pictures');
const teardown = new Teardown();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

try {
	await mkdir(folder, { recursive: true });
	const sandbox = await startSandbox({ projectRoot, inboxPort: 0, n8nPort: 0, teardown, tell });
	const browser = await chromium.launch({ executablePath: browserProgram(), args: ['--no-sandbox'] });
	teardown.add('browser', () => browser.close());
	await runOnce(sandbox);
	await pictureOfInbox(browser, sandbox);
	await picturesOfWorkflows(browser, sandbox);
	tell(`Pictures are in ${folder}`);
} finally {
	for (const problem of await teardown.run()) tell(`Could not stop ${problem}`);
}

function browserProgram(): string {
	const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
	const found = process.env.CHROMIUM ?? known.find((file) => existsSync(file));
	if (found === undefined)
		throw new Error('Chromium was not found: install it, or name it in the variable CHROMIUM');
	return found;
}

async function pictureOfInbox(browser: Browser, { inbox }: Sandbox): Promise<void> {
	const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
	await page.goto(inbox.url);
	const phone = page.locator('article', { has: page.locator('.answer.good') });
	await phone.waitFor();
	await phone.scrollIntoViewIfNeeded();
	await page.screenshot({ path: join(folder, 'inbox.png') });
	await page.close();
}

async function picturesOfWorkflows(browser: Browser, { n8n, workflows }: Sandbox): Promise<void> {
	const page = await browser.newPage({ viewport: { width: 1500, height: 900 }, colorScheme: 'light' });
	await page.goto(`${n8n.url}/signin`);
	await page
		.locator('input[autocomplete="email"], input[name="emailOrLdapLoginId"]')
		.first()
		.fill(OWNER.email);
	await page.locator('input[type="password"]').fill(OWNER.password);
	await page.locator('input[type="password"]').press('Enter');
	await page.waitForURL((url) => !url.pathname.includes('signin'));
	for (const { id, name } of workflows) {
		await page.goto(`${n8n.url}/workflow/${id}`);
		await page.locator('[data-test-id="canvas-node"]').first().waitFor();
		await page.locator('[data-test-id="zoom-to-fit"]').click();
		// Let the canvas come to rest: its animation has no event to wait for.
		await page.waitForTimeout(1500);
		await page.screenshot({ path: join(folder, `${name.toLowerCase()}-workflow.png`) });
	}
	await page.close();
}
