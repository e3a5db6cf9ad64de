import { createHash } from 'node:crypto';

export interface MessageIdParts {
	workflowId: string;
	nodeId: string;
	/** What makes this message one and not another: the event's id, or a key the analyst sets. */
	key: string;
}

/**
 * 32 hexadecimal digits, the same whenever the parts are the same: a replay carries the same id, replaces its notification and
 * meets the same acknowledgment record. Hexadecimal, because directories compare names without case; 32, because a Web Push
 * Topic holds no more.
 */
export function messageIdOf({ workflowId, nodeId, key }: MessageIdParts): string {
	return createHash('sha256')
		.update(JSON.stringify([workflowId, nodeId, key]))
		.digest('hex')
		.slice(0, 32);
}
