import './n8nEnvironment';

import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentialsHelper,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
} from 'n8n-workflow';
import { createRunExecutionData, NodeConnectionTypes, Workflow } from 'n8n-workflow';

export interface NodeRun {
	node: INodeType;
	parameters: INodeParameters;
	items?: IDataObject[];
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	onError?: INode['onError'];
	/** Name of the node type that hands in the items, e.g. to stand for a trigger. */
	sourceType?: string;
}

export interface NodeRunResult {
	/** One list an output: with `continueErrorOutput` the second is the error output. */
	outputs: INodeExecutionData[][];
	error?: Error & { description?: string | null };
	hints: NodeExecutionHint[];
	/** Bodies a node sent back to whoever started the run. */
	responses: unknown[];
}

/** Runs one node behind a source of items on n8n's own engine, so that expressions, pairing and error routing are the real ones. */
export async function runInN8n(run: NodeRun): Promise<NodeRunResult> {
	const workflow = workflowOf(run);
	const responses: unknown[] = [];
	const execution = new WorkflowExecute(surroundings(run, responses), 'manual', createRunExecutionData({}));
	const { data } = await execution.run({ workflow, startNode: workflow.getNode('Source') ?? undefined });
	const task = data.resultData.runData.Tested?.[0];
	return {
		outputs: (task?.data?.main ?? []).map((items) => items ?? []),
		error: data.resultData.error ?? task?.error,
		hints: task?.hints ?? [],
		responses,
	};
}

function workflowOf({ node, parameters, items, credentials, onError, sourceType }: NodeRun): Workflow {
	const { name } = node.description;
	const source = sourceOf(sourceType ?? 'source', items ?? [{}]);
	const types: Record<string, INodeType> = { [name]: node, [source.description.name]: source };
	const nodeTypes: INodeTypes = {
		getByName: () => {
			throw new Error('not used');
		},
		getByNameAndVersion: (type) => {
			const known = types[type];
			if (!known) throw new Error(`unknown node type ${type}`);
			return known;
		},
		getKnownTypes: () => ({}),
	};
	const common = { typeVersion: 1, position: [0, 0] as [number, number] };
	const links = Object.keys(credentials ?? {}).map((type) => [type, { id: type, name: type }]);
	return new Workflow({
		id: 'test',
		active: false,
		nodeTypes,
		nodes: [
			{ ...common, id: 's', name: 'Source', type: source.description.name, parameters: {} },
			{
				...common,
				id: 't',
				name: 'Tested',
				type: name,
				parameters,
				onError,
				credentials: Object.fromEntries(links) as INode['credentials'],
			},
		],
		connections: {
			Source: { main: [[{ node: 'Tested', type: NodeConnectionTypes.Main, index: 0 }]] },
		},
	});
}

function sourceOf(name: string, items: IDataObject[]): INodeType {
	return {
		description: {
			displayName: 'Source',
			name,
			group: ['input'],
			version: 1,
			description: 'Hands in the items of a test',
			defaults: { name: 'Source' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		execute: async () => [items.map((json) => ({ json }))],
	};
}

function surroundings(run: NodeRun, responses: unknown[]): IWorkflowExecuteAdditionalData {
	const hooks = new ExecutionLifecycleHooks('manual', 'test', {
		id: 'test',
		name: 'test',
		active: false,
		activeVersionId: null,
		isArchived: false,
		createdAt: new Date(0),
		updatedAt: new Date(0),
		nodes: [],
		connections: {},
	});
	hooks.addHandler('sendResponse', (response) => {
		responses.push(response);
	});
	const credentialsHelper: Partial<ICredentialsHelper> = {
		isCredentialUsableByNode: () => true,
		getDecrypted: async (_data, _link, type) => run.credentials?.[type] ?? {},
	};
	// n8n builds links from these; nothing here answers at them.
	const url = 'http://127.0.0.1:9';
	const data: Partial<IWorkflowExecuteAdditionalData> = {
		credentialsHelper: credentialsHelper as ICredentialsHelper,
		hooks,
		currentNodeExecutionIndex: 0,
		variables: {},
		executionId: 'test',
		restApiUrl: url,
		instanceBaseUrl: url,
		webhookBaseUrl: url,
		webhookWaitingBaseUrl: url,
		webhookTestBaseUrl: url,
		formBaseUrl: url,
		formWaitingBaseUrl: url,
		formTestBaseUrl: url,
	};
	return data as IWorkflowExecuteAdditionalData;
}
