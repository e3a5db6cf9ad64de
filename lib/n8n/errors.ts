import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { INode, JsonObject } from 'n8n-workflow';

import { DomainError } from '../domain.errors';

/** What a node throws for anything that went wrong in lib/: message = what happened, description = how to get unstuck. */
export function toNodeError(
	node: INode,
	error: unknown,
	itemIndex?: number,
): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
	if (error instanceof DomainError) {
		const options = { message: error.message, description: error.advice, itemIndex };
		if (error.failure === 'configuration-invalid')
			return new NodeOperationError(node, error.message, options);
		const detail: JsonObject = { message: error.message };
		if (error.code !== undefined) detail.code = error.code;
		return new NodeApiError(node, detail, options);
	}
	const cause = error instanceof Error ? error : new Error(String(error));
	return new NodeOperationError(node, cause, { itemIndex });
}
