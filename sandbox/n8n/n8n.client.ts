import { setTimeout as pause } from 'node:timers/promises';

import type { JsonValue } from './flatted.ts';
import { readFlatted } from './flatted.ts';
import { OWNER } from './n8n.types.ts';

export interface StoredCredential {
	id: string;
	name: string;
	type: string;
}

export interface ImportedWorkflow {
	id: string;
	name: string;
	versionId: string;
}

/** As much of an exported workflow as importing looks at. */
export interface WorkflowDocument {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: object;
	settings?: object;
}

export interface WorkflowNode {
	name: string;
	type: string;
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string | null; name: string }>;
	[field: string]: unknown;
}

export interface ExecutionSummary {
	id: string;
	workflowId: string;
	/** new, running, waiting, success, error, canceled, crashed */
	status: string;
	mode: string;
	startedAt: string;
	stoppedAt?: string;
}

export interface Execution extends ExecutionSummary {
	/** Node name → items of all its outputs, of its last run. */
	output: Record<string, Array<Record<string, JsonValue>>>;
	/** Message and description of what ended it. */
	error?: { message: string; description?: string; node?: string };
}

/** n8n's own REST API, the one that its editor uses (routes read in n8n 2.41.1). */
export class N8nClient {
	readonly #url: string;
	#cookie = '';

	constructor(url: string) {
		this.#url = url;
	}

	/** Creates the owner of a fresh n8n, or signs in to one that has its owner. */
	async signIn(): Promise<void> {
		const settings = await this.call('GET', '/rest/settings');
		const isFresh = at(settings, 'userManagement', 'showSetupOnFirstLoad') === true;
		if (isFresh) await this.call('POST', '/rest/owner/setup', { ...OWNER });
		else
			await this.call('POST', '/rest/login', { emailOrLdapLoginId: OWNER.email, password: OWNER.password });
	}

	/** The `data` of an answer; rejects with n8n's message when the status is not a success. */
	async call(method: string, path: string, body?: object): Promise<JsonValue> {
		const response = await fetch(`${this.#url}${path}`, {
			method,
			headers: { 'content-type': 'application/json', cookie: this.#cookie },
			body: body && JSON.stringify(body),
			signal: AbortSignal.timeout(30_000),
		});
		const text = await response.text();
		if (!response.ok)
			throw new Error(`n8n answered ${response.status} to ${method} ${path}: ${text.slice(0, 2000)}`);
		const session = response.headers.getSetCookie().find((cookie) => cookie.startsWith('n8n-auth='));
		if (session) this.#cookie = session.split(';')[0] ?? '';
		const answer = parse(text, `${method} ${path}`);
		return at(answer, 'data') ?? answer;
	}

	/** Full names of the loaded node types. */
	async nodeTypes(): Promise<string[]> {
		const types = await this.call('GET', '/types/nodes.json');
		return list(types).map((type) => textOf(at(type, 'name')));
	}

	async createCredential(
		type: string,
		name: string,
		fields: Record<string, unknown>,
	): Promise<StoredCredential> {
		const created = await this.call('POST', '/rest/credentials', { name, type, data: fields });
		return { id: textOf(at(created, 'id')), name, type };
	}

	/** What "Save" in the editor shows: runs the credential's own test. */
	async testCredential(
		credential: StoredCredential,
		fields: Record<string, unknown>,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const answer = await this.call('POST', '/rest/credentials/test', {
			credentials: { ...credential, data: fields },
		});
		return { status: at(answer, 'status') === 'OK' ? 'OK' : 'Error', message: textOf(at(answer, 'message')) };
	}

	/** Imports with its id, and with the credential of the fitting type in every node of the pack. Does not publish. */
	async importWorkflow(
		document: WorkflowDocument,
		credentials: StoredCredential[] = [],
	): Promise<ImportedWorkflow> {
		const nodes = document.nodes.map((node) => withCredentials(node, credentials));
		const { id, name, connections, settings } = document;
		const created = await this.call('POST', '/rest/workflows', { id, name, nodes, connections, settings });
		return { id: textOf(at(created, 'id')), name, versionId: textOf(at(created, 'versionId')) };
	}

	/**
	 * Publishes, and waits until the triggers listen: n8n answers the request at once and starts them afterwards, so a change made
	 * in between would be before the beginning. Rejects with the reason when a trigger refuses to start.
	 */
	async activate({ id, versionId }: ImportedWorkflow, timeoutMs = 60_000): Promise<void> {
		await this.call('POST', `/rest/workflows/${id}/activate`, { versionId });
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const publication = await this.call('GET', `/rest/workflows/${id}/publication-status`);
			const status = textOf(at(publication, 'status'));
			if (status === 'published') return;
			if (status === 'failed' || status === 'partial') {
				const reasons = list(at(publication, 'triggers')).map((trigger) =>
					textOf(at(trigger, 'errorMessage')),
				);
				throw new Error(`n8n could not publish the workflow ${id}: ${reasons.filter(Boolean).join('; ')}`);
			}
			if (Date.now() > deadline) throw new Error(`n8n did not publish the workflow ${id}: ${status}`);
			await pause(50);
		}
	}

	async deactivate({ id }: ImportedWorkflow): Promise<void> {
		await this.call('POST', `/rest/workflows/${id}/deactivate`, {});
	}

	/** Newest first; at most 100. */
	async executions(workflowId?: string): Promise<ExecutionSummary[]> {
		const filter =
			workflowId === undefined ? '' : `&filter=${encodeURIComponent(JSON.stringify({ workflowId }))}`;
		const answer = await this.call('GET', `/rest/executions?limit=100${filter}`);
		return list(at(answer, 'results')).map(summaryOf);
	}

	async execution(id: string): Promise<Execution> {
		const answer = await this.call('GET', `/rest/executions/${id}`);
		const saved = at(answer, 'data');
		const run = typeof saved === 'string' ? readFlatted(saved) : (saved ?? null);
		return { ...summaryOf(answer), output: outputOf(run), error: errorOf(run) };
	}

	/** The first execution that fits, looked for every 200 ms; rejects with what there was instead. */
	async waitForExecution(
		workflowId: string,
		fits: (execution: ExecutionSummary) => boolean,
		timeoutMs = 30_000,
	): Promise<Execution> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const all = await this.executions(workflowId);
			const found = all.find(fits);
			if (found) return this.execution(found.id);
			if (Date.now() > deadline) {
				const seen = all.map(({ id, status }) => `${id} ${status}`).join(', ') || 'none';
				throw new Error(
					`No such execution of workflow ${workflowId} within ${timeoutMs} ms; there were: ${seen}`,
				);
			}
			await pause(200);
		}
	}
}

/** Which credentials a node of the pack asks for, by its `authentication` and type; n8n ignores what a node does not know. */
function withCredentials(node: WorkflowNode, credentials: StoredCredential[]): WorkflowNode {
	if (!node.type.startsWith('n8n-nodes-directory-push.')) return node;
	const kind = node.type.slice('n8n-nodes-directory-push.'.length);
	const wanted = [...(WANTED[kind] ?? []), ...directoryCredentials(kind, node)];
	const fitting = credentials.filter(
		({ type }) => wanted.includes(type) || node.credentials?.[type] !== undefined,
	);
	return {
		...node,
		credentials: Object.fromEntries(fitting.map(({ type, id, name }) => [type, { id, name }])),
	};
}
/** What *Connect Using* asks for. */
function directoryCredentials(kind: string, { parameters }: WorkflowNode): string[] {
	if (kind !== 'directory' && kind !== 'directoryTrigger') return [];
	if (parameters?.authentication !== 'openTextDirectoryServices') return ['ldapDirectoryApi'];
	return ['openTextDirectoryServicesApi', ...(kind === 'directory' ? ['recordDirectoryApi'] : [])];
}

const WANTED: Record<string, string[]> = {
	directory: ['acknowledgmentSigningApi'],
	pushNotification: ['firebaseCloudMessagingApi', 'acknowledgmentSigningApi'],
	acknowledgmentTrigger: ['acknowledgmentSigningApi'],
};

const summaryOf = (row: JsonValue): ExecutionSummary => ({
	id: textOf(at(row, 'id')),
	workflowId: textOf(at(row, 'workflowId')),
	status: textOf(at(row, 'status')),
	mode: textOf(at(row, 'mode')),
	startedAt: textOf(at(row, 'startedAt')),
	stoppedAt: at(row, 'stoppedAt') ? textOf(at(row, 'stoppedAt')) : undefined,
});

function outputOf(run: JsonValue): Execution['output'] {
	const runs = at(run, 'resultData', 'runData');
	if (!isRecord(runs)) return {};
	return Object.fromEntries(Object.entries(runs).map(([node, tries]) => [node, itemsOf(list(tries).at(-1))]));
}

function itemsOf(attempt: JsonValue | undefined): Array<Record<string, JsonValue>> {
	return list(at(attempt, 'data', 'main'))
		.flatMap((output) => list(output))
		.map((item) => at(item, 'json'))
		.filter(isRecord);
}

function errorOf(run: JsonValue): Execution['error'] {
	const error = at(run, 'resultData', 'error');
	if (!isRecord(error)) return undefined;
	const description = at(error, 'description');
	const node = at(error, 'node', 'name');
	return {
		message: textOf(error.message),
		description: typeof description === 'string' ? description : undefined,
		node: typeof node === 'string' ? node : undefined,
	};
}

const isRecord = (value: JsonValue | undefined): value is Record<string, JsonValue> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const list = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? value : []);

const textOf = (value: JsonValue | undefined): string =>
	typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function at(value: JsonValue | undefined, ...path: string[]): JsonValue | undefined {
	return path.reduce<JsonValue | undefined>(
		(found, name) => (isRecord(found) ? found[name] : undefined),
		value,
	);
}

function parse(text: string, what: string): JsonValue {
	try {
		const parsed: JsonValue = text === '' ? null : JSON.parse(text);
		return parsed;
	} catch (error) {
		throw new Error(`n8n answered ${what} with something that is no JSON: ${text.slice(0, 200)}`, {
			cause: error,
		});
	}
}
