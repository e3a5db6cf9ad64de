import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { mintAcknowledgmentToken } from '../../lib/acknowledgment/acknowledgmentToken';
import type { AcknowledgmentGrant } from '../../lib/acknowledgment/acknowledgment.types';
import { answerAcknowledgment } from '../../lib/n8n/acknowledgmentResponse';
import { AcknowledgmentTrigger } from '../../nodes/Acknowledgment/AcknowledgmentTrigger.node';
import { startWebhookServer } from '../support/webhookServer';
import type { WebhookServer } from '../support/webhookServer';

const secret = 'a secret for tests, long enough to be one';
const grant: AcknowledgmentGrant = {
	messageId: 'm-1',
	recipientId: 'ada',
	actions: ['acknowledged', 'approved', 'rejected', 'dismissed'],
	title: 'Fire drill on Monday',
};
const phone: BrowserContextOptions = {
	viewport: { width: 360, height: 640 },
	deviceScaleFactor: 2,
	isMobile: true,
	hasTouch: true,
	javaScriptEnabled: false,
	locale: 'en-US',
};
const LAUNCH = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

describe('the confirmation page in a phone without JavaScript', () => {
	let browser: Browser;
	let server: WebhookServer;
	let fails = false;
	let recorded: { action: 'acknowledged'; at: string } | undefined;

	beforeAll(async () => {
		browser = await chromium.launch({
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: LAUNCH,
		});
		server = await startWebhookServer({
			node: new AcknowledgmentTrigger(),
			credential: { secret, publicUrl: 'http://localhost/' },
			async run(context, item) {
				if (fails) throw new Error('the directory is down');
				const status = recorded ? 'alreadyRecorded' : 'recorded';
				recorded ??= item.acknowledgment as { action: 'acknowledged'; at: string };
				await answerAcknowledgment(context, { status, action: recorded.action, at: recorded.at });
			},
		});
	}, 60_000);
	afterAll(async () => {
		await browser?.close();
		await server?.close();
	});
	beforeEach(() => {
		fails = false;
		recorded = undefined;
	});

	/** Opens the link of `grant`; every complaint of the browser (policy, markup, network) is collected. */
	async function open(
		changed: Partial<AcknowledgmentGrant> = {},
		options: BrowserContextOptions = {},
	): Promise<{ page: Page; complaints: string[] }> {
		const context = await browser.newContext({ ...phone, ...options });
		const page = await context.newPage();
		const complaints: string[] = [];
		page.on('console', (message) => {
			if (!/favicon/.test(message.location().url)) complaints.push(message.text());
		});
		const token = await mintAcknowledgmentToken(
			{ ...grant, ...changed },
			{ secret },
			{ lifetimeSeconds: 600 },
		);
		await page.goto(`${server.url}?token=${token}`);
		return { page, complaints };
	}

	it('asks, records on a tap, and says so again on the next', async () => {
		const { page, complaints } = await open();
		expect(server.runs).toEqual([]);
		await page.getByRole('button', { name: 'Acknowledge' }).tap();
		await page.getByRole('heading', { name: 'Recorded', exact: true }).waitFor();
		expect(server.runs).toMatchObject([{ acknowledgment: { action: 'acknowledged', device: 'web' } }]);
		await page.goBack();
		await page.getByRole('button', { name: 'Reject' }).tap();
		await page.getByRole('heading', { name: 'Already recorded' }).waitFor();
		expect(await page.getByRole('definition').allTextContents()).toContain('Acknowledged');
		expect(complaints).toEqual([]);
		await page.context().close();
	});

	it('lets a person try again after a failure', async () => {
		fails = true;
		const { page } = await open();
		await page.getByRole('button', { name: 'Acknowledge' }).tap();
		await page.getByRole('heading', { name: 'Not recorded yet' }).waitFor();
		fails = false;
		await page.getByRole('button', { name: 'Try again' }).tap();
		await page.getByRole('heading', { name: 'Recorded', exact: true }).waitFor();
		await page.context().close();
	});

	it.each([
		['de-CH', 'de', 'Bitte bestätigen', 'Genehmigen'],
		['fr', 'fr', 'Veuillez confirmer', 'Approuver'],
		['es-MX', 'es', 'Confirme, por favor', 'Aprobar'],
		['en-GB', 'en', 'Please confirm', 'Approve'],
		['ja', 'en', 'Please confirm', 'Approve'],
	])("speaks the recipient's language: %s", async (locale, lang, heading, button) => {
		const { page } = await open({ locale });
		expect(await page.locator('html').getAttribute('lang')).toBe(lang);
		expect(await page.getByRole('heading').textContent()).toBe(heading);
		expect(await page.getByRole('button', { name: button }).count()).toBe(1);
		await page.context().close();
	});

	it("falls back to the browser's language", async () => {
		const { page } = await open({}, { locale: 'de-DE' });
		expect(await page.getByRole('heading').textContent()).toBe('Bitte bestätigen');
		await page.context().close();
	});

	it.each<[string, string]>([
		['markup', '<img src=x onerror=alert(1)><script>alert(2)</script>'],
		['an end of the title', '</title></style><h1>Recorded</h1>'],
		['quotes', `" onload="alert(1)' x='`],
		['entities', '&lt;b&gt;'],
		['right to left', 'תרגיל כיבוי אש'],
	])('shows a title of %s as it was written', async (_, title) => {
		const { page, complaints } = await open({ title });
		expect(await page.getByRole('definition').textContent()).toBe(title);
		expect(await page.getByRole('heading').count()).toBe(1);
		expect(await page.locator('script, img').count()).toBe(0);
		expect(complaints).toEqual([]);
		await page.context().close();
	});

	it('fits a small phone: no sideways scrolling, buttons for thumbs', async () => {
		const { page } = await open(
			{ title: 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(5) },
			{ viewport: { width: 320, height: 568 } },
		);
		expect(await page.locator('html').evaluate((html) => html.scrollWidth <= html.clientWidth)).toBe(true);
		for (const button of await page.getByRole('button').all()) {
			const box = await button.boundingBox();
			expect(box?.height).toBeGreaterThanOrEqual(44);
			expect(box?.width).toBeGreaterThanOrEqual(200);
		}
		await page.context().close();
	});

	it.each(['light', 'dark'] as const)('has enough contrast in %s mode', async (colorScheme) => {
		const { page } = await open({}, { colorScheme });
		const ask = await contrasts(page);
		await page.getByRole('button', { name: 'Acknowledge' }).tap();
		await page.getByRole('heading', { name: 'Recorded', exact: true }).waitFor();
		const good = await contrasts(page);
		fails = true;
		await page.goBack();
		await page.getByRole('button', { name: 'Acknowledge' }).tap();
		await page.getByRole('heading', { name: 'Not recorded yet' }).waitFor();
		const bad = await contrasts(page);
		const all = [...ask, ...good, ...bad];
		expect(all.length).toBeGreaterThan(15);
		for (const { text, ratio } of all) expect([text, ratio >= 4.5]).toEqual([text, true]);
		const back = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
		expect(back).toBe(colorScheme === 'dark' ? 'rgb(17, 20, 24)' : 'rgb(243, 244, 246)');
		await page.context().close();
	});
});

/** Runs in the browser: text, its colour, and the colour of the nearest filled element behind it. */
const COLOURS = `[...document.querySelectorAll('h1, p, dt, dd, button')].map((element) => {
	let behind = element;
	while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
	return {
		text: element.textContent,
		front: getComputedStyle(element).color,
		back: getComputedStyle(behind).backgroundColor,
	};
})`;

/** WCAG 2.2 contrast of each element's text against what is behind it. */
async function contrasts(page: Page): Promise<Array<{ text: string; ratio: number }>> {
	const colours = await page.evaluate<Array<{ text: string; front: string; back: string }>>(COLOURS);
	return colours.map(({ text, front, back }) => {
		const [bright = 1, dim = 1] = [luminance(front), luminance(back)].sort((a, b) => b - a);
		return { text, ratio: (bright + 0.05) / (dim + 0.05) };
	});
}

function luminance(colour: string): number {
	const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
		const value = Number(part) / 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
