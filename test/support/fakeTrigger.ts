import { EventEmitter, once } from 'node:events';

import { createRunExecutionData, WorkflowOperationError } from 'n8n-workflow';
import type {
	IDataObject,
	INodeExecutionData,
	IRun,
	ITriggerFunctions,
	WorkflowActivateMode,
} from 'n8n-workflow';

import type { Slapd } from '../../sandbox/openldap/slapd';

type DonePromise = NonNullable<Parameters<ITriggerFunctions['emit']>[2]>;

export interface EmittedBatch {
	items: INodeExecutionData[];
	/** Lets the run end, or fail to start. Runs without a promise have nothing to settle. */
	end(status: IRun['status'], message?: string): void;
	refuse(error: Error): void;
	deduplicationKey?: string;
}

export interface FakeTriggerOptions {
	parameters: IDataObject;
	credential: IDataObject;
	mode?: 'trigger' | 'manual';
	activation?: WorkflowActivateMode;
	staticData?: IDataObject;
	workflowId?: string;
	nodeId?: string;
	/** What each run does; default: it succeeds at once. 'hold' leaves it to the test. */
	run?: (batch: EmittedBatch, index: number) => void;
}

/** Stands in for n8n's side of a trigger: what it is given, and what it does with what is emitted. */
export class FakeTrigger {
	readonly batches: EmittedBatch[] = [];
	readonly failures: Error[] = [];
	readonly warnings: string[] = [];
	readonly staticData: IDataObject;
	readonly #events = new EventEmitter();

	constructor(private readonly options: FakeTriggerOptions) {
		this.staticData = options.staticData ?? {};
	}

	get items(): IDataObject[] {
		return this.batches.flatMap(({ items }) => items.map(({ json }) => json));
	}

	/** Resolves once that many items have arrived in all. */
	async arrived(count: number): Promise<IDataObject[]> {
		while (this.items.length < count) await once(this.#events, 'batch');
		return this.items;
	}

	async batch(index: number): Promise<EmittedBatch> {
		for (;;) {
			const found = this.batches[index];
			if (found) return found;
			await once(this.#events, 'batch');
		}
	}

	async failed(count: number): Promise<Error[]> {
		while (this.failures.length < count) await once(this.#events, 'failure');
		return this.failures;
	}

	/** What the node calls `this`. */
	get context(): ITriggerFunctions {
		const { options } = this;
		const context: Partial<ITriggerFunctions> = {
			getMode: () => (options.mode === 'manual' ? 'manual' : 'trigger'),
			getActivationMode: () => options.activation ?? 'activate',
			getNode: () => ({
				id: options.nodeId ?? 'node',
				name: 'Directory Trigger',
				type: 'n8n-nodes-directory-push.directoryTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			}),
			getWorkflow: () => ({ id: options.workflowId ?? 'workflow', name: 'Test', active: true }),
			getNodeParameter: (name: string, fallback?: unknown) =>
				(options.parameters[name] ?? fallback) as object,
			getWorkflowStaticData: () => this.staticData,
			emit: (data, _response, done, key) => this.#emit(data, done, key),
			saveFailedExecution: (error) => {
				this.failures.push(error);
				this.#events.emit('failure');
			},
		};
		return Object.assign(context, {
			getCredentials: async () => options.credential,
			logger: { warn: (message: string) => void this.warnings.push(message) },
			helpers: { createDeferredPromise: deferred },
		}) as ITriggerFunctions;
	}

	#emit(data: INodeExecutionData[][], done: DonePromise | undefined, deduplicationKey?: string): void {
		const batch: EmittedBatch = {
			items: data[0] ?? [],
			end: (status, message) => done?.resolve(runOf(status, message)),
			refuse: (error) => done?.reject(error),
			deduplicationKey,
		};
		this.batches.push(batch);
		(this.options.run ?? ((current) => current.end('success')))(batch, this.batches.length - 1);
		this.#events.emit('batch');
	}
}

function runOf(status: IRun['status'], message: string | undefined): IRun {
	const error = message === undefined ? undefined : new WorkflowOperationError(message);
	return {
		status,
		finished: status === 'success',
		mode: 'trigger',
		startedAt: new Date(0),
		storedAt: 'db',
		data: createRunExecutionData({ resultData: { runData: {}, error } }),
	};
}

interface Deferred<T> {
	promise: Promise<T>;
	resolve(value: T): void;
	reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
	const parts: Partial<Deferred<T>> = {};
	const promise = new Promise<T>((resolve, reject) => Object.assign(parts, { resolve, reject }));
	return Object.assign(parts, { promise }) as Deferred<T>;
}

/** The credential fields of a throw-away server. */
export function credentialOf(slapd: Slapd): IDataObject {
	return {
		urls: slapd.url,
		security: 'none',
		bindDn: slapd.watcherDn,
		password: slapd.watcherPassword,
		baseDn: slapd.baseDn,
		family: 'auto',
		connectTimeoutSeconds: 5,
		operationTimeoutSeconds: 30,
	};
}
