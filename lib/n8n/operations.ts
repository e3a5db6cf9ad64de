import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { DomainError } from '../domain.errors';
import { toNodeError } from './errors';
import type { Operation, Resource } from './operation.types';

/** The resource and operation dropdowns and every operation's fields, each shown only where it belongs. */
export function describeOperations<Session>(resources: Array<Resource<Session>>): INodeProperties[] {
	const byName = [...resources].sort((a, b) => a.displayName.localeCompare(b.displayName));
	const resource: INodeProperties = {
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		default: resources[0]?.name ?? '',
		options: byName.map(({ name, displayName }) => ({ name: displayName, value: name })),
	};
	return [resource, ...resources.map(operationDropdown), ...resources.flatMap(operationFields)];
}

function operationDropdown<Session>(resource: Resource<Session>): INodeProperties {
	const byName = [...resource.operations].sort((a, b) => a.displayName.localeCompare(b.displayName));
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource.name] } },
		default: resource.operations[0]?.name ?? '',
		options: byName.map(({ name, displayName, action, description }) => ({
			name: displayName,
			value: name,
			action,
			description,
		})),
	};
}

function operationFields<Session>(resource: Resource<Session>): INodeProperties[] {
	return resource.operations.flatMap((operation) =>
		operation.properties.map((property) => ({
			...property,
			displayOptions: {
				...property.displayOptions,
				show: {
					resource: [resource.name],
					operation: [operation.name],
					...property.displayOptions?.show,
				},
			},
		})),
	);
}

export interface SessionFactory<Session> {
	open(context: IExecuteFunctions): Promise<Session>;
	close(session: Session): Promise<void>;
}

/**
 * Runs the chosen operation over the input: one session a run, pairedItem on every item. With *On Error* at one of the
 * "continue" choices every failure is an item, one a failed input item, even where the service as a whole was unusable: n8n
 * would otherwise pass the input on as if it had succeeded.
 */
export async function runOperation<Session>(
	context: IExecuteFunctions,
	resources: Array<Resource<Session>>,
	sessions: SessionFactory<Session>,
): Promise<INodeExecutionData[][]> {
	const operation = chosenOperation(context, resources);
	try {
		return [await inSession(context, operation, sessions)];
	} catch (error) {
		const nodeError = toNodeError(context.getNode(), error);
		if (!context.continueOnFail()) throw nodeError;
		return [context.getInputData().map((_item, index) => errorItem(error, nodeError.message, index))];
	}
}

async function inSession<Session>(
	context: IExecuteFunctions,
	operation: Operation<Session>,
	sessions: SessionFactory<Session>,
): Promise<INodeExecutionData[]> {
	const session = await sessions.open(context);
	try {
		const output = operation.executeAll
			? await operation.executeAll(context, session)
			: await eachItem(context, operation, session);
		operation.afterRun?.(context, session, output);
		return output;
	} finally {
		await sessions.close(session);
	}
}

function chosenOperation<Session>(
	context: IExecuteFunctions,
	resources: Array<Resource<Session>>,
): Operation<Session> {
	const resourceName = context.getNodeParameter('resource', 0);
	const operationName = context.getNodeParameter('operation', 0);
	const operation = resources
		.find(({ name }) => name === resourceName)
		?.operations.find(({ name }) => name === operationName);
	if (!operation) {
		throw new NodeOperationError(
			context.getNode(),
			`The operation "${operationName}" of "${resourceName}" is not known`,
			{
				description:
					'Choose the operation again. A workflow made with a newer version of this package needs that version.',
			},
		);
	}
	return operation;
}

async function eachItem<Session>(
	context: IExecuteFunctions,
	operation: Operation<Session>,
	session: Session,
): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	let refusal: DomainError | undefined;
	for (const index of context.getInputData().keys()) {
		try {
			// A refused login is not tried again for every item: directories lock accounts that fail too often.
			if (refusal !== undefined) throw refusal;
			const items = (await operation.execute?.(context, session, index)) ?? [];
			for (const item of items) output.push({ ...item, pairedItem: item.pairedItem ?? { item: index } });
		} catch (error) {
			const nodeError = toNodeError(context.getNode(), error, index);
			if (!context.continueOnFail()) throw nodeError;
			output.push(errorItem(error, nodeError.message, index));
			if (error instanceof DomainError && error.failure === 'credential-invalid') refusal = error;
		}
	}
	return output;
}

function errorItem(error: unknown, message: string, index: number): INodeExecutionData {
	return { json: errorJson(error, message), pairedItem: { item: index } };
}

/**
 * The json of a failed item: `{error, details: {advice, recovery, failure, errorCode?}}`. Exactly these keys, and no
 * `item.error`: so n8n moves the item to the error output joined with its input item's fields (correlationId among them),
 * whereas it cuts an item that carries `item.error` down to `{error}` (n8n-core WorkflowExecute, normalizeNodeErrors).
 */
export function errorJson(error: unknown, message: string): IDataObject {
	if (!(error instanceof DomainError)) return { error: message };
	const details: IDataObject = {
		advice: error.advice,
		recovery: error.recovery,
		failure: error.failure,
	};
	if (error.code !== undefined) details.errorCode = error.code;
	if (error.retryAfterMs !== undefined) details.retryAfterMs = error.retryAfterMs;
	return { error: message, details };
}
