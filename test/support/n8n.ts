/**
 * A real n8n for end-to-end tests, with the pack installed from its packed tarball:
 *
 *     const n8n = await startTestN8n();                       // fresh user folder, free port, owner signed in
 *     const ldap = await n8n.client.createCredential('ldapDirectoryApi', 'Directory', { urls: slapd.url, … });
 *     const workflow = await n8n.client.importWorkflow(readWorkflow('onboarding'), [ldap, fcm, signing]);
 *     await n8n.client.activate(workflow);                    // rejects with the reason when a trigger refuses
 *     const run = await n8n.client.waitForExecution(workflow.id, ({ status }) => status === 'success');
 *     run.output['Name of a node'];                           // json of its items
 *     await n8n.kill(); await n8n.start();                    // same folder, same port
 *     await n8n.discard();                                    // stops it and removes its folder
 *
 * The pack is built, packed and installed once for each state of the sources; every n8n links that installation. Starting takes
 * about ten seconds: share one n8n in a file, start another only to kill it. `env` wins over our settings.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { N8n, WorkflowDocument } from '../../sandbox/n8n.ts';
import { installN8n, installPack, packPackage, startN8n } from '../../sandbox/n8n.ts';
import { runNpm } from '../../sandbox/n8n/n8n.install.ts';

const projectRoot = path.resolve(__dirname, '..', '..');

export interface TestN8n extends N8n {
	/** Stops it and removes its folder. */
	discard(): Promise<void>;
}

export async function startTestN8n(
	options: { port?: number; env?: Record<string, string> } = {},
): Promise<TestN8n> {
	await installN8n(projectRoot, (line) => process.stderr.write(`${line}\n`));
	const nodesFolder = await installedPack();
	const folder = await mkdtemp(path.join(os.tmpdir(), 'directory-push-n8n-'));
	const n8n = await startN8n({ ...options, projectRoot, folder, nodesFolder });
	const discard = async (): Promise<void> => {
		await n8n.stop();
		await rm(folder, { recursive: true, force: true });
	};
	// Not spread: `pid` is read at each use.
	return Object.defineProperties({ discard }, Object.getOwnPropertyDescriptors(n8n)) as TestN8n;
}

/** One of the templates in workflows/, as an analyst would import it. */
export function readWorkflow(name: string): WorkflowDocument {
	return JSON.parse(
		readFileSync(path.join(projectRoot, 'workflows', `${name}.json`), 'utf8'),
	) as WorkflowDocument;
}

/** The folder with the pack of the present sources; built when the temporary folder does not hold it yet. */
async function installedPack(): Promise<string> {
	const installed = path.join(os.tmpdir(), `directory-push-nodes-${sourceHash()}`);
	if (existsSync(installed)) return installed;
	const folder = await mkdtemp(path.join(os.tmpdir(), 'directory-push-nodes-'));
	await runNpm(projectRoot, ['run', '--silent', 'build'], projectRoot);
	await installPack(
		projectRoot,
		await packPackage(projectRoot, path.join(folder, 'pack')),
		path.join(folder, 'nodes'),
	);
	try {
		await rename(path.join(folder, 'nodes'), installed);
	} catch (error) {
		// Another test process was faster: its installation is of the same sources.
		if (!existsSync(installed)) throw error;
	}
	await rm(folder, { recursive: true, force: true });
	return installed;
}

function sourceHash(): string {
	const hash = createHash('sha256');
	for (const place of [
		'package.json',
		'package-lock.json',
		'tsconfig.json',
		'gulpfile.js',
		'lib',
		'nodes',
		'credentials',
	]) {
		for (const file of filesOf(path.join(projectRoot, place))) hash.update(file).update(readFileSync(file));
	}
	return hash.digest('hex').slice(0, 16);
}

function filesOf(place: string): string[] {
	if (!statSync(place).isDirectory()) return [place];
	return readdirSync(place)
		.sort()
		.flatMap((name) => filesOf(path.join(place, name)));
}
