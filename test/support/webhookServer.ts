import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'node:querystring';

import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IExecuteResponsePromiseData,
	INodeType,
	IWebhookFunctions,
	IWorkflowDataProxyData,
} from 'n8n-workflow';

/** What a run does with the tap; gets the context a node of the run would have. */
export type Run = (context: IExecuteFunctions, item: IDataObject) => Promise<void>;

export interface WebhookServerOptions {
	node: INodeType;
	/** undefined = none chosen. */
	credential: ICredentialDataDecryptedObject | undefined;
	answer?: 'responseNode' | 'lastNode' | 'onReceived';
	run?: Run;
	/** n8n could not even start the run, e.g. because a credential may not be used: it answers 200 all the same. */
	cannotStart?: boolean;
}

export interface WebhookServer {
	url: string;
	/** The item of every run that n8n would have started. */
	runs: IDataObject[];
	/** What the node logged as errors. */
	errors: string[];
	close(): Promise<void>;
}

/** As Express adds them to Node's response. */
interface ExpressResponse extends ServerResponse {
	status(code: number): this;
	json(body?: unknown): unknown;
	send(body?: unknown): unknown;
}

const SANDBOX = 'sandbox allow-scripts';

/**
 * The part of n8n 2.41 that stands around webhook(), over a real HTTP server: bodies are parsed as n8n does, a run starts for
 * workflowData and for a throw, and the response is finished in n8n's order and words.
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
	const runs: IDataObject[] = [];
	const errors: string[] = [];
	const server = createServer((request, response) => {
		handle(options, request, expressLike(response), { runs, errors }).catch((error: unknown) => {
			errors.push(`the handler failed: ${String(error)}`);
			response.destroy();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/webhook/acknowledgments`,
		runs,
		errors,
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

async function handle(
	options: WebhookServerOptions,
	request: IncomingMessage,
	response: ExpressResponse,
	seen: { runs: IDataObject[]; errors: string[] },
): Promise<void> {
	const body = await parseBody(request);
	if (body === UNPARSABLE) {
		response.status(422).json({ message: 'Failed to parse request body' });
		return;
	}
	const context = webhookContext(options, request, response, body, seen.errors);
	let started;
	try {
		started = await options.node.webhook?.call(context);
	} catch {
		seen.runs.push({ startedByAThrow: true });
		response.status(500).json({ code: 0, message: 'Workflow Webhook Error: Workflow could not be started!' });
		return;
	}
	const item = started?.workflowData?.[0]?.[0]?.json;
	if (!item) {
		if (started?.noWebhookResponse !== true) response.json({ message: 'Webhook call received' });
		return;
	}
	seen.runs.push(item);
	await runWorkflow(options, response, item);
}

async function runWorkflow(
	{ answer = 'responseNode', run, cannotStart }: WebhookServerOptions,
	response: ExpressResponse,
	item: IDataObject,
): Promise<void> {
	if (answer === 'onReceived') {
		response.status(200);
		response.setHeader('Content-Security-Policy', SANDBOX);
		response.json(undefined);
	}
	if (cannotStart) {
		response.status(200).json({ message: 'Workflow executed successfully but no data was returned' });
		return;
	}
	let didSendResponse = answer === 'onReceived';
	const sendResponse = async (sent: IExecuteResponsePromiseData): Promise<void> => {
		if (didSendResponse || answer !== 'responseNode') return;
		didSendResponse = true;
		const { body, headers, statusCode } = sent as {
			body: unknown;
			headers: Record<string, string>;
			statusCode: number;
		};
		if (Buffer.isBuffer(body)) {
			response.status(statusCode);
			response.end(body);
			return;
		}
		// n8n hands the answer over in a promise and ends the response in the next tick.
		void Promise.resolve().then(() => {
			response.status(statusCode);
			for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
			response.setHeader('Content-Security-Policy', SANDBOX);
			if (typeof body === 'string') response.send(body);
			else response.json(body);
		});
		process.nextTick(() => response.end());
	};
	try {
		await run?.(executeContext(sendResponse), item);
	} catch {
		if (!didSendResponse) response.status(500).json({ message: 'Error in workflow' });
		return;
	}
	if (!didSendResponse) response.status(200).json(undefined);
}

function webhookContext(
	{ credential, answer = 'responseNode' }: WebhookServerOptions,
	request: IncomingMessage,
	response: ExpressResponse,
	body: unknown,
	errors: string[],
): IWebhookFunctions {
	const address = new URL(request.url ?? '/', 'http://localhost');
	const note = (message: string): void => void errors.push(message);
	const context: Partial<Record<keyof IWebhookFunctions, unknown>> = {
		getWebhookName: () => (request.method === 'GET' ? 'setup' : 'default'),
		getBodyData: () => body,
		getQueryData: () => parse(address.search.slice(1)),
		getHeaderData: () => request.headers,
		getResponseObject: () => response,
		getNodeParameter: (name: string) => (name === 'answer' ? answer : undefined),
		getCredentials: async () => {
			if (!credential) throw new Error('Node does not have any credentials set');
			return credential;
		},
		logger: { error: note, warn: note, info: note, debug: note },
	};
	return context as IWebhookFunctions;
}

/** The context of a node after the trigger. */
export function executeContext(
	sendResponse: (response: IExecuteResponsePromiseData) => Promise<void>,
	{ type = 'n8n-nodes-directory-push.acknowledgmentTrigger', isExecuted = true, disabled = false } = {},
): IExecuteFunctions {
	const proxy: IWorkflowDataProxyData = { $: () => ({ isExecuted }) } as Partial<IWorkflowDataProxyData> &
		IWorkflowDataProxyData;
	const context: Partial<Record<keyof IExecuteFunctions, unknown>> = {
		getNode: () => ({ name: 'Record' }),
		getParentNodes: () => [{ name: 'Acknowledgment Trigger', type, typeVersion: 1, disabled }],
		getWorkflowDataProxy: () => proxy,
		sendResponse,
	};
	return context as IExecuteFunctions;
}

const UNPARSABLE = Symbol('unparsable');

async function parseBody(request: IncomingMessage): Promise<unknown> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const text = Buffer.concat(chunks).toString();
	if (text === '') return undefined;
	const type = request.headers['content-type']?.split(';')[0];
	if (type === 'application/x-www-form-urlencoded') return parse(text);
	if (type !== 'application/json') return type === 'text/plain' ? text : undefined;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return UNPARSABLE;
	}
}

function expressLike(response: ServerResponse): ExpressResponse {
	const express = response as ExpressResponse;
	express.status = (code) => {
		express.statusCode = code;
		return express;
	};
	express.send = (body) => express.end(typeof body === 'string' ? body : undefined);
	express.json = (body) => {
		express.setHeader('Content-Type', 'application/json; charset=utf-8');
		return express.send(JSON.stringify(body));
	};
	return express;
}
