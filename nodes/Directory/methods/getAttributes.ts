import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { askDirectory } from './askDirectory';

/** The attribute lists: user attributes of the directory's schema. */
export async function getAttributes(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return askDirectory(this, async ({ client }) => {
		const attributes = await client.attributes();
		return attributes.map(({ name, description }) => ({ name, value: name, description }));
	});
}
