import type { ILoadOptionsFunctions } from 'n8n-workflow';

import type { DirectorySession } from '../../../lib/n8n/directorySession';
import { openDirectorySession } from '../../../lib/n8n/directorySession';
import { toNodeError } from '../../../lib/n8n/errors';

/** For the lists in the editor: one connection a question. Errors reach the person there, with advice, never as an empty list. */
export async function askDirectory<Answer>(
	context: ILoadOptionsFunctions,
	ask: (session: DirectorySession) => Promise<Answer>,
): Promise<Answer> {
	try {
		const session = await openDirectorySession(context);
		try {
			return await ask(session);
		} finally {
			await session.close();
		}
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}
