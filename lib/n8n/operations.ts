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
				show: { resource: [resource.name], operation: [operation.name], ...property.displayOptions?.show },
			},
		})),
	);
}

export interface SessionFactory<Session> {
	open(context: IExecuteFunctions): Promise<Session>;
	close(session: Session): Promise<void>;
}

/**
 * Runs the chosen operation over the input: one session a run, item errors as data when the node continues on fail, pairedItem
 * on every item. An error whose recovery is 'abort' (the service or credential is unusable) ends the run at once.
 */
export async function runOperation<Session>(
	context: IExecuteFunctions,
	resources: Array<Resource<Session>>,
	sessions: SessionFactory<Session>,
): Promise<INodeExecutionData[][]> {
	const operation = chosenOperation(context, resources);
	let session: Session | undefined;
	try {
		session = await sessions.open(context);
		if (operation.executeAll) return [await operation.executeAll(context, session)];
		return [await eachItem(context, operation, session)];
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	} finally {
		if (session !== undefined) await sessions.close(session);
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
			`The operation "${String(operationName)}" of "${String(resourceName)}" is not known`,
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
	const count = context.getInputData().length;
	for (let index = 0; index < count; index++) {
		try {
			const items = (await operation.execute?.(context, session, index)) ?? [];
			for (const item of items) output.push({ ...item, pairedItem: item.pairedItem ?? { item: index } });
		} catch (error) {
			const nodeError = toNodeError(context.getNode(), error, index);
			if (!context.continueOnFail()) throw nodeError;
			output.push({
				json: errorJson(error, nodeError.message),
				error: nodeError,
				pairedItem: { item: index },
			});
		}
	}
	return output;
}

/** More than error/message/details, so that n8n leaves routing to the error output to us (`item.error`). */
export function errorJson(error: unknown, message: string): IDataObject {
	const json: IDataObject = { status: 'failed', error: message };
	if (error instanceof DomainError) {
		json.advice = error.advice;
		json.recovery = error.recovery;
		if (error.code !== undefined) json.errorCode = error.code;
	}
	return json;
}
