/** `npm run pictures`: takes the pictures of the documentation from the running sandbox, into docs/pictures. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';

import { openWorkflow, signIn, startBrowser } from './browser.ts';
import { runOnce } from './demo/once.ts';
import type { Sandbox } from './demo/sandbox.ts';
import { startSandbox } from './demo/sandbox.ts';
import { Teardown } from './demo/teardown.ts';

interface Rectangle {
	x: number;
	y: number;
	width: number;
	height: number;
}

const projectRoot = join(import.meta.dirname, '..');
const folder = join(projectRoot, 'docs', 'pictures');
const teardown = new Teardown();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(signal, () => void teardown.run().then(() => process.exit(130)));
}

try {
	await mkdir(folder, { recursive: true });
	const sandbox = await startSandbox({
		projectRoot,
		directory: 'otds',
		inboxPort: 0,
		n8nPort: 0,
		teardown,
		tell,
	});
	const browser = await startBrowser();
	teardown.add('browser', () => browser.close());
	await runOnce(sandbox);
	await pictureOfInbox(browser, sandbox);
	await pictureOfConfirmationPage(browser, sandbox);
	await picturesOfWorkflows(browser, sandbox);
	tell(`Pictures are in ${folder}`);
} finally {
	for (const problem of await teardown.run()) tell(`Could not stop ${problem}`);
}

/** Wide and high enough to show the head of the page and the phone that rang; scaled to a file of moderate size. */
async function pictureOfInbox(browser: Browser, { inbox }: Sandbox): Promise<void> {
	const page = await browser.newPage({
		viewport: { width: 1680, height: 915 },
		deviceScaleFactor: 0.75,
		colorScheme: 'light',
	});
	await page.goto(inbox.url);
	await page.locator('article .answer.good').waitFor();
	await page.screenshot({ path: join(folder, 'inbox.png') });
	await page.close();
}

async function pictureOfConfirmationPage(browser: Browser, { inbox }: Sandbox): Promise<void> {
	const link = inbox.notifications.phones().flatMap(({ notifications }) => notifications)[0]?.ackUrl;
	if (link === undefined) throw new Error('no phone shows a message that can be acknowledged');
	const page = await browser.newPage({
		viewport: { width: 360, height: 480 },
		deviceScaleFactor: 2,
		isMobile: true,
		colorScheme: 'light',
		locale: 'en-GB',
	});
	await page.goto(link);
	await page.screenshot({ path: join(folder, 'confirmation-page.png') });
	await page.close();
}

async function picturesOfWorkflows(browser: Browser, { n8n, workflows }: Sandbox): Promise<void> {
	const page = await browser.newPage({ viewport: { width: 1500, height: 1060 }, colorScheme: 'light' });
	await signIn(page, n8n);
	for (const { id, name } of workflows) {
		await openWorkflow(page, n8n, id);
		// n8n's checklist for published workflows lies over the canvas.
		await page.addStyleTag({ content: '[role="dialog"] { visibility: hidden }' });
		await page.locator('[data-test-id="zoom-to-fit"]').click();
		const clip = await restingCanvas(page);
		await page.screenshot({ path: join(folder, `${name.toLowerCase()}-workflow.png`), clip });
	}
	await page.close();
}

/** What all nodes and notes cover, once zooming has come to rest: no event tells of its end. */
async function restingCanvas(page: Page): Promise<Rectangle> {
	let before: Rectangle | undefined;
	for (;;) {
		const now = await coveredByNodes(page);
		if (before && JSON.stringify(now) === JSON.stringify(before)) return now;
		before = now;
		await page.waitForTimeout(300);
	}
}

async function coveredByNodes(page: Page): Promise<Rectangle> {
	const drawn = page.locator('.vue-flow__node');
	const note = page.locator('[data-test-id="sticky"]');
	const notes = await boxesOf(drawn.filter({ has: note }));
	// The name and the subtitle of a node are drawn below its box.
	const nodes = (await boxesOf(drawn.filter({ hasNot: note }))).map((box) => ({
		...box,
		height: box.height + 60,
	}));
	const boxes = [...notes, ...nodes];
	const margin = 24;
	const left = Math.min(...boxes.map(({ x }) => x)) - margin;
	const top = Math.min(...boxes.map(({ y }) => y)) - margin;
	const right = Math.max(...boxes.map(({ x, width }) => x + width)) + margin;
	const bottom = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
	return { x: left, y: top, width: right - left, height: bottom - top };
}

async function boxesOf(elements: Locator): Promise<Rectangle[]> {
	const boxes = await Promise.all((await elements.all()).map((element) => element.boundingBox()));
	return boxes.filter((box) => box !== null);
}
