import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { openDirectorySession } from '../../../lib/n8n/directorySession';
import { toNodeError } from '../../../lib/n8n/errors';

const GROUPS_A_PAGE = 100;

/** The group dropdown. Its values are ids: they survive that a group is renamed or moved. Errors reach the editor. */
export async function searchGroups(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	try {
		const session = await openDirectorySession(this);
		try {
			const skip = Number(paginationToken ?? 0) || 0;
			const limit = skip + GROUPS_A_PAGE + 1;
			const results: INodeListSearchResult['results'] = [];
			let position = 0;
			let more = false;
			for await (const { id, name } of session.client.groups({
				nameContains: filter?.trim() || undefined,
				limit,
			})) {
				if (position++ < skip) continue;
				more = results.length === GROUPS_A_PAGE;
				if (more) break;
				results.push({ name, value: id });
			}
			results.sort((a, b) => a.name.localeCompare(b.name));
			return { results, paginationToken: more ? String(skip + GROUPS_A_PAGE) : undefined };
		} finally {
			await session.close();
		}
	} catch (error) {
		throw toNodeError(this.getNode(), error);
	}
}
