import type { Resource } from '../../../../lib/n8n/operation.types';
import type { PushSession } from '../../../../lib/n8n/pushSession';
import { send } from './send.operation';

export const message: Resource<PushSession> = {
	name: 'message',
	displayName: 'Message',
	operations: [send],
};
