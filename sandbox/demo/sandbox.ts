import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.ts';
import { startFcmEmulator } from '../fcm/fcmEmulator.ts';
import type { Inbox } from '../inbox/inbox.server.ts';
import { startInbox } from '../inbox/inbox.server.ts';
import type { ImportedWorkflow, N8n } from '../n8n.ts';
import { installN8n, startN8n } from '../n8n.ts';
import type { Slapd } from '../openldap/slapd.ts';
import { seedSandbox } from '../seed/seed.ts';
import type { DirectoryName } from './directories.ts';
import { startDirectory } from './directories.ts';
import { installedPack } from './packCache.ts';
import { step } from './step.ts';
import type { Teardown } from './teardown.ts';
import { createCredentials, publishTemplates } from './workflows.ts';

export interface Sandbox {
	directory: SandboxDirectory;
	/** Only where it is the directory. */
	slapd?: Slapd;
	fcm: FcmEmulator;
	inbox: Inbox;
	n8n: N8n;
	workflows: ImportedWorkflow[];
}

export interface SandboxSettings {
	projectRoot: string;
	directory: DirectoryName;
	/** 0 = any free one. */
	inboxPort: number;
	n8nPort: number;
	teardown: Teardown;
	tell: (line: string) => void;
	/** Gets n8n as soon as it runs, so that a later step that fails can be explained from its executions. */
	onN8n?: (n8n: N8n) => void;
}

const MINUTE = 60_000;

/** Starts every part, connects them, and publishes the templates. What was started is in `teardown`, also when a step fails. */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
	const { projectRoot, teardown, tell } = settings;
	tell('Starting the directory, the push service and the phones …');
	const started = await step('start the directory', MINUTE, () =>
		startDirectory(settings.directory, teardown),
	);
	const { directory } = started;
	const fcm = await step('start the push service', MINUTE, () => startFcmEmulator());
	teardown.add('FCM emulator', () => fcm.stop());
	await step('fill the directory', MINUTE, () => seedSandbox(directory, fcm));
	const inbox = await step('start the page', MINUTE, () =>
		startInbox({ projectRoot, emulator: fcm, directory, port: settings.inboxPort }),
	);
	teardown.add('page', () => inbox.stop());

	const n8n = await startWithPack(settings);
	settings.onN8n?.(n8n);
	tell('Creating credentials, importing and publishing the workflows …');
	const credentials = await step('create and test the credentials', 2 * MINUTE, () =>
		createCredentials(n8n, started.credential, fcm),
	);
	const workflows = await step('import and publish the workflows', 2 * MINUTE, () =>
		publishTemplates(n8n, projectRoot, credentials, started.connectUsing),
	);
	inbox.setLinks([
		...workflows.map(({ id, name }) => ({ label: `${name} in n8n`, url: `${n8n.url}/workflow/${id}` })),
		...started.links,
	]);
	return { directory, slapd: started.slapd, fcm, inbox, n8n, workflows };
}

async function startWithPack({ projectRoot, n8nPort, teardown, tell }: SandboxSettings): Promise<N8n> {
	await step('install n8n', 30 * MINUTE, () => installN8n(projectRoot, tell));
	const state = join(projectRoot, 'sandbox', '.state');
	await mkdir(state, { recursive: true });
	tell('Installing the packed package into n8n …');
	const nodesFolder = await step('install the package into n8n', 10 * MINUTE, () =>
		installedPack(projectRoot, state),
	);
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-demo-'));
	teardown.add('folder of n8n', () => rm(folder, { recursive: true, force: true }));
	tell('Starting n8n …');
	const n8n = await step('start n8n', 4 * MINUTE, () =>
		startN8n({ projectRoot, folder, nodesFolder, port: n8nPort === 0 ? undefined : n8nPort }),
	);
	teardown.add('n8n', () => n8n.stop());
	return n8n;
}
