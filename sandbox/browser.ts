import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

import type { N8n } from './n8n.ts';
import { OWNER } from './n8n.ts';

export type { Browser, Page } from 'playwright-core';

/** A Chromium without a window that reaches nothing but this machine: n8n's editor would ask the npm registry about the package. */
export async function startBrowser(): Promise<Browser> {
	return chromium.launch({
		executablePath: browserProgram(),
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
			'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
		],
	});
}

function browserProgram(): string {
	const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
	const found = process.env.CHROMIUM ?? known.find((file) => existsSync(file));
	if (found === undefined)
		throw new Error('Chromium was not found: install it, or name it in the variable CHROMIUM');
	return found;
}

/** Signs the owner in through the form. */
export async function signIn(page: Page, n8n: Pick<N8n, 'url'>): Promise<void> {
	await page.goto(`${n8n.url}/signin`);
	await page.locator('input[type="email"], input[name="emailOrLdapLoginId"]').first().fill(OWNER.email);
	await page.locator('input[type="password"]').fill(OWNER.password);
	await page.locator('input[type="password"]').press('Enter');
	await page.waitForURL((url) => !url.pathname.includes('signin'));
}

/** Opens a workflow and resolves when its nodes are drawn. */
export async function openWorkflow(page: Page, n8n: Pick<N8n, 'url'>, id: string): Promise<void> {
	await page.goto(`${n8n.url}/workflow/${id}`);
	await page.locator('[data-test-id="canvas-node"]').first().waitFor();
}
