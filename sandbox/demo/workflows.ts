import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import type { ImportedWorkflow, N8n, StoredCredential, WorkflowDocument } from '../n8n.ts';
import type { ConnectUsing } from '../n8n/connectUsing.ts';
import { connectUsing } from '../n8n/connectUsing.ts';
import type { WantedCredential } from './directories.ts';

/** The credentials of the sandbox, each tested as its "Save" button would; rejects with the advice of the one that fails. */
export async function createCredentials(
	n8n: N8n,
	directory: WantedCredential,
	fcm: FcmEmulator,
): Promise<StoredCredential[]> {
	const wanted: WantedCredential[] = [
		directory,
		{
			type: 'firebaseCloudMessagingApi',
			name: 'Firebase (emulator)',
			fields: {
				serviceAccountPrivateKey: JSON.stringify(fcm.serviceAccount()),
				endpoint: fcm.endpoint,
				tokenUrl: fcm.tokenUrl,
				ca: fcm.caPem,
			},
		},
		{
			type: 'acknowledgmentSigningApi',
			name: 'Acknowledgment signing',
			fields: {
				secret: randomBytes(32).toString('base64url'),
				publicUrl: `${n8n.url}/webhook/acknowledgments`,
			},
		},
	];
	const stored: StoredCredential[] = [];
	for (const { type, name, fields } of wanted) {
		const credential = await n8n.client.createCredential(type, name, fields);
		const verdict = await n8n.client.testCredential(credential, fields);
		if (verdict.status !== 'OK')
			throw new Error(`the credential "${name}" does not work: ${verdict.message}`);
		stored.push(credential);
	}
	return stored;
}

/** Imports every template of workflows/ as an analyst would, with Connect Using and the credentials chosen, and publishes it. */
export async function publishTemplates(
	n8n: N8n,
	projectRoot: string,
	credentials: StoredCredential[],
	directory: ConnectUsing,
): Promise<ImportedWorkflow[]> {
	const folder = join(projectRoot, 'workflows');
	const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
	const published: ImportedWorkflow[] = [];
	for (const file of files) {
		const document: WorkflowDocument = JSON.parse(await readFile(join(folder, file), 'utf8'));
		const workflow = await n8n.client.importWorkflow(connectUsing(document, directory), credentials);
		try {
			await n8n.client.activate(workflow);
		} catch (error) {
			throw new Error(`"${document.name}" could not be published: ${reasonOf(error)}`, { cause: error });
		}
		published.push(workflow);
	}
	return published;
}

/** What ran, newest first, with the reason of what failed: what to look at when something did not arrive. */
export async function describeExecutions(n8n: N8n, workflows: ImportedWorkflow[]): Promise<string[]> {
	const lines: string[] = [];
	for (const { id, status, workflowId } of (await n8n.client.executions()).slice(0, 10)) {
		const name = workflows.find((workflow) => workflow.id === workflowId)?.name ?? workflowId;
		const { error } = status === 'success' ? {} : await n8n.client.execution(id);
		const where = error?.node === undefined ? '' : ` in "${error.node}"`;
		const why =
			error === undefined
				? ''
				: `${where}: ${[error.message, error.description].filter(Boolean).join(' – ')}`;
		lines.push(`execution ${id} of "${name}": ${status}${why}`);
	}
	return lines.length > 0 ? lines : ['no workflow was executed'];
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
