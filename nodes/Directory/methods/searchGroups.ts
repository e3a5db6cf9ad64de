import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { Group } from '../../../lib/directory/directory.types';
import { askDirectory } from './askDirectory';

const GROUPS_A_PAGE = 100;

/**
 * The group list. Its values are ids: they survive that a group is renamed or moved. The pagination token is the number of
 * groups already shown, in the directory's own order; names are in order within a page.
 */
export async function searchGroups(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const skip = shownSoFar(paginationToken);
	const limit = skip + GROUPS_A_PAGE + 1;
	const nameContains = filter?.trim() || undefined;
	const found = await askDirectory(this, async ({ client }) => all(client.groups({ nameContains, limit })));
	const page = found.slice(skip, skip + GROUPS_A_PAGE).sort((a, b) => a.name.localeCompare(b.name));
	return {
		results: page.map(({ id, name }) => ({ name, value: id })),
		paginationToken: found.length === limit ? String(skip + GROUPS_A_PAGE) : undefined,
	};
}

function shownSoFar(token: string | undefined): number {
	const shown = Number(token ?? 0);
	return Number.isSafeInteger(shown) && shown > 0 ? shown : 0;
}

async function all(groups: AsyncIterable<Group>): Promise<Group[]> {
	const list: Group[] = [];
	for await (const group of groups) list.push(group);
	return list;
}
