import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { N8nClient } from './n8n/n8n.client.ts';
import { n8nEnvironment } from './n8n/n8n.environment.ts';
import {
	installN8n,
	installPack,
	n8nIsInstalled,
	n8nProgram,
	nodeProgram,
	packPackage,
} from './n8n/n8n.install.ts';
import { N8nProcess } from './n8n/n8n.process.ts';
import type { N8n, N8nOptions } from './n8n/n8n.types.ts';
import { freePort } from './openldap/freePort.ts';

export { installN8n, installPack, n8nIsInstalled, packPackage };
export { OWNER } from './n8n/n8n.types.ts';
export type { N8n, N8nOptions } from './n8n/n8n.types.ts';
export type {
	Execution,
	ExecutionSummary,
	ImportedWorkflow,
	StoredCredential,
	WorkflowDocument,
	WorkflowNode,
} from './n8n/n8n.client.ts';

/** A real n8n on 127.0.0.1 with the pack installed from its tarball; resolves when it answers and the owner is signed in. */
export async function startN8n(options: N8nOptions): Promise<N8n> {
	const { projectRoot, folder } = options;
	if (!n8nIsInstalled(projectRoot))
		throw new Error('n8n is not installed in sandbox/: call installN8n first');
	await placePack(options);
	const port = options.port ?? (await freePort());
	const url = `http://127.0.0.1:${port}`;
	const n8n = new N8nProcess({
		command: [nodeProgram(projectRoot), n8nProgram(projectRoot), 'start'],
		env: { ...n8nEnvironment(folder, port, await freePort()), ...options.env },
		folder,
		url,
		readyWithinMs: options.readyWithinMs ?? 180_000,
	});
	const client = new N8nClient(url);
	const start = async (): Promise<void> => {
		await n8n.start();
		await client.signIn();
	};
	await start();
	return {
		url,
		port,
		folder,
		client,
		get pid() {
			return n8n.pid;
		},
		logs: () => n8n.logs(),
		waitForLog: (pattern, { since = 0, timeoutMs = 30_000 } = {}) =>
			n8n.waitForLog(pattern, since, timeoutMs),
		stop: () => n8n.end('SIGTERM'),
		kill: () => n8n.end('SIGKILL'),
		start,
	};
}

async function placePack({ projectRoot, folder, packTarball, nodesFolder }: N8nOptions): Promise<void> {
	const home = join(folder, '.n8n');
	const nodes = join(home, 'nodes');
	if (existsSync(nodes)) return;
	await mkdir(home, { recursive: true });
	if (nodesFolder !== undefined) await symlink(nodesFolder, nodes, 'junction');
	else if (packTarball !== undefined) await installPack(projectRoot, packTarball, nodes);
}
