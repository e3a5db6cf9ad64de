import type { Failure, INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { DomainError } from '../domain.errors';

/** What a node throws for anything that went wrong in lib/: message = what happened, description = how to get unstuck. */
export function toNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	if (error instanceof DomainError) return fromDomainError(node, error, itemIndex);
	const cause = error instanceof Error ? error : new Error(String(error));
	return new NodeOperationError(node, cause, { itemIndex });
}

function fromDomainError(
	node: INode,
	error: DomainError,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	const options = { message: error.message, description: error.advice, itemIndex, failure: failureOf(error) };
	const nodeError =
		error.failure === 'configuration-invalid'
			? new NodeOperationError(node, error.message, options)
			: new NodeApiError(node, responseOf(error), options);
	// n8n swaps a message that contains ECONNREFUSED and the like for a general one; ours names the server.
	nodeError.message = error.message;
	return nodeError;
}

function responseOf(error: DomainError): JsonObject {
	return error.code === undefined ? { message: error.message } : { message: error.message, code: error.code };
}

/** Only the causes n8n knows; permission-denied, not-found and unknown say nothing that it could act on. */
function failureOf({ failure, retryAfterMs }: DomainError): Failure | undefined {
	switch (failure) {
		case 'credential-invalid':
		case 'configuration-invalid':
			return { cause: failure };
		case 'rate-limited':
		case 'temporarily-unavailable':
			return { cause: failure, retryAfterMs };
		default:
			return undefined;
	}
}
