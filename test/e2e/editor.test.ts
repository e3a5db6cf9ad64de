import path from 'node:path';

import type { Browser, Page } from '../../sandbox/browser.ts';
import { signIn, startBrowser } from '../../sandbox/browser.ts';
import type { StoredCredential, WorkflowDocument, WorkflowNode } from '../../sandbox/n8n.ts';
import { connectUsing } from '../../sandbox/n8n/connectUsing.ts';
import { Chain } from '../support/chain';
import type { TestN8n } from '../support/n8n';
import { readWorkflow, startTestN8n } from '../support/n8n';
import { OtdsChain } from '../support/otdsChain';

jest.setTimeout(180_000);

const PACK = 'n8n-nodes-directory-push.';
const emptyGroup = { values: [{ group: { __rl: true, mode: 'list', value: '' } }] };

/** Every face of the pack, and a field that only it has. */
const FACES: Array<{ type: string; parameters: Record<string, unknown>; shows: string }> = [
	{ type: 'directoryTrigger', parameters: { watchedGroups: emptyGroup }, shows: 'People Events' },
	{ type: 'directory', parameters: { operation: 'find', groups: emptyGroup }, shows: 'Members Of' },
	{ type: 'directory', parameters: { resource: 'user', operation: 'get' }, shows: 'If Not Found' },
	{ type: 'directory', parameters: { resource: 'device', operation: 'getMany' }, shows: 'Devices Of' },
	{ type: 'directory', parameters: { resource: 'device', operation: 'register' }, shows: 'Platform' },
	{
		type: 'directory',
		parameters: { resource: 'acknowledgment', operation: 'record' },
		shows: 'Credential for Acknowledgment Signing API',
	},
	{ type: 'pushNotification', parameters: { requestAcknowledgment: true }, shows: 'Allowed Actions' },
	{ type: 'acknowledgmentTrigger', parameters: { path: 'elsewhere' }, shows: 'Answer the Person' },
];

/** What an analyst sees: the pack in n8n's own editor, in a real browser. */
describe('the pack in the editor', () => {
	let chain: Chain;
	let otds: OtdsChain;
	let n8n: TestN8n;
	let browser: Browser;
	let page: Page;
	let faces: string;
	let refused: string;
	let facesOnOtds: string;
	/** What the browser found fault with since the test began, outside addresses left aside: it may reach none. */
	const complaints: string[] = [];

	beforeAll(async () => {
		chain = await Chain.start(['ada']);
		for (const name of ['Nurses', 'Theatre']) {
			await chain.admin.addGroup(name, [chain.admin.personDn('ada')]);
		}
		n8n = await startTestN8n();
		const credentials = await chain.connect(n8n);
		const wrong = await n8n.client.createCredential('ldapDirectoryApi', 'Wrong password', {
			...chain.ldapCredential(),
			password: 'not-this-one',
		});
		faces = await importFaces(credentials);
		refused = await importFaces([wrong, ...credentials.filter(({ type }) => type !== wrong.type)]);
		otds = await OtdsChain.start(['ada']);
		await otds.addGroup('Surgeons', ['ada']);
		const onOtds = connectUsing(workflowOfFaces(), 'openTextDirectoryServices');
		facesOnOtds = (await n8n.client.importWorkflow(onOtds, await otds.connect(n8n))).id;
		browser = await startBrowser();
		page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
		await signIn(page, n8n);
		page.on('pageerror', ({ message }) => complaints.push(message));
		page.on('console', (message) => {
			const { url } = message.location();
			if (message.type() === 'error' && url.startsWith(n8n.url))
				complaints.push(`${message.text()} (${url})`);
		});
	});

	afterAll(async () => {
		await browser?.close();
		await n8n?.discard();
		await chain?.stop();
		await otds?.stop();
	});

	beforeEach(() => {
		complaints.length = 0;
	});

	const importFaces = async (credentials: StoredCredential[]): Promise<string> =>
		(await n8n.client.importWorkflow(workflowOfFaces(), credentials)).id;

	const openPanel = async (workflowId: string, face: number): Promise<void> => {
		await page.goto(`${n8n.url}/workflow/${workflowId}/${idOf(face)}`);
		await page.locator('[data-test-id="node-parameters"]').waitFor();
	};

	const openPanelOptions = async (): Promise<void> => {
		await page.locator('[data-test-id="collection-parameter-add"]').last().click();
		await page.locator('.el-select-dropdown__item:visible').first().waitFor();
	};

	const openGroupList = async (workflowId: string): Promise<void> => {
		await openPanel(workflowId, 1);
		await page.locator('[data-test-id="rlc-input"]').first().click();
	};

	it.each(FACES.map(({ type, shows }, face) => [type, shows, face] as const))(
		'opens %s with "%s", without a complaint of the browser',
		async (_type, shows, face) => {
			await openPanel(faces, face);
			const panel = page.locator('[data-test-id="node-parameters"]');
			await panel.getByText(shows, { exact: true }).first().waitFor();
			expect(complaints).toEqual([]);
		},
	);

	it('puts the credentials on top of the push panel, before the text', async () => {
		await openPanel(faces, 6);
		const top = async (place: string): Promise<number> => {
			const box = await page.locator(place).first().boundingBox();
			return box?.y ?? NaN;
		};
		const title = await top('[data-test-id="parameter-input-title"]');
		expect(await top('[data-test-id="node-credentials-select"]')).toBeLessThan(title);
	});

	it("lists the directory's groups", async () => {
		await openGroupList(faces);
		const items = page.locator('[data-test-id="rlc-item"]');
		await items.first().waitFor();
		expect(await items.allInnerTexts()).toEqual(['Nurses', 'Theatre']);
		expect(complaints).toEqual([]);
	});

	it("lists OTDS's groups", async () => {
		await openGroupList(facesOnOtds);
		const items = page.locator('[data-test-id="rlc-item"]');
		await items.first().waitFor();
		expect((await items.allInnerTexts()).join()).toContain('Surgeons');
		expect(complaints).toEqual([]);
	});

	it('advises in the group list when the password is wrong', async () => {
		await openGroupList(refused);
		const list = page.locator('[data-test-id="rlc-error-container"]');
		await list.waitFor();
		const text = await list.innerText();
		expect(text).toContain('The directory did not accept the bind DN or the password');
		expect(text).toContain('Check bind DN and password in the credential');
		expect(text).not.toContain('not-this-one');
	});

	it.each(['onboarding', 'acknowledgments'])(
		'imports the template %s from its file, with every node known and every note in its place',
		async (name) => {
			const { nodes } = readWorkflow(name);
			await page.goto(`${n8n.url}/workflow/new`);
			await page
				.locator('[data-test-id="workflow-import-input"]')
				.setInputFiles(path.resolve(__dirname, '..', '..', 'workflows', `${name}.json`));
			const notes = nodes.filter(({ type }) => type.endsWith('.stickyNote'));
			const drawn = page.locator('[data-test-id="canvas-node"]');
			await drawn.nth(nodes.length - notes.length - 1).waitFor();
			expect(await page.locator('[data-test-id="sticky"]').count()).toBe(notes.length);
			// A node of a type that n8n does not know has a question mark for an icon.
			const ours = nodes.filter(({ type }) => type.startsWith(PACK));
			const icons = drawn.locator('img[src*="/icons/n8n-nodes-directory-push/"]');
			await icons.nth(ours.length - 1).waitFor();
			expect(await icons.count()).toBe(ours.length);
			expect(complaints).toEqual([]);
		},
	);

	// These change the workflow that they open: so they come last.
	it('asks for the privileged groups once an event of theirs is ticked, and offers the limits of a bulk change', async () => {
		await openPanel(faces, 0);
		const panel = page.locator('[data-test-id="node-parameters"]');
		const privilegedGroups = panel.getByText('Privileged Groups', { exact: true });
		expect(await privilegedGroups.count()).toBe(0);
		await page.locator('[data-test-id="parameter-input-securityEvents"]').first().click();
		const choices = page.locator('.el-select-dropdown__item:visible');
		await choices.filter({ hasText: 'Privileged Access Granted' }).click();
		await privilegedGroups.waitFor();
		await choices.filter({ hasText: 'Bulk Change' }).click();
		await page.keyboard.press('Escape');
		await openPanelOptions();
		const offered = await choices.allInnerTexts();
		expect(offered).toEqual(
			expect.arrayContaining(['Bulk Limit', 'Bulk Window (Minutes)', 'Read Changes By']),
		);
		expect(offered).not.toContain('Unusual Limit per Hour');
		expect(complaints).toEqual([]);
	});

	it('switches a node from LDAP to OTDS when a credential of OTDS is chosen', async () => {
		await openPanel(faces, 2);
		const panel = page.locator('[data-test-id="node-parameters"]');
		const recordDirectory = panel.getByText('Record Directory (Optional)', { exact: true });
		expect(await recordDirectory.count()).toBe(0);
		await page.locator('[data-test-id="node-credentials-select"]').first().click();
		await page.getByText('OTDS', { exact: true }).last().click();
		await recordDirectory.waitFor();
		expect(complaints).toEqual([]);
	});
});

const idOf = (face: number): string => `00000000-0000-4000-8000-00000000000${face}`;

function workflowOfFaces(): WorkflowDocument {
	const nodes = FACES.map(({ type, parameters }, face): WorkflowNode => ({
		id: idOf(face),
		name: `${type} ${face}`,
		type: `${PACK}${type}`,
		typeVersion: 1,
		position: [face * 200, 0],
		parameters,
	}));
	return { name: 'Faces', nodes, connections: {}, settings: { executionOrder: 'v1' } };
}
