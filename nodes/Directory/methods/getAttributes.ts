import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { openDirectorySession } from '../../../lib/n8n/directorySession';
import { toNodeError } from '../../../lib/n8n/errors';

/** The attribute dropdowns: user attributes of the directory's schema. Errors reach the editor. */
export async function getAttributes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	try {
		const session = await openDirectorySession(this);
		try {
			const attributes = await session.client.attributes();
			return attributes.map(({ name, description }) => ({ name, value: name, description }));
		} finally {
			await session.close();
		}
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
}
