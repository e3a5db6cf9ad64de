import { DomainError } from '../../../domain.errors';
import type { DirectoryClient } from '../../directory.client';
import type { EntryReference, Group } from '../../directory.types';

/** What the editor calls the list, and one group of it. */
const LISTS = { watched: 'Watched Groups', privileged: 'Privileged Groups' };
type GroupList = keyof typeof LISTS;

/** Names turned into entries; undefined = none are named. @throws DomainError for one that is not there */
export async function findGroups(
	client: DirectoryClient,
	references: readonly EntryReference[],
	list: GroupList = 'watched',
): Promise<Group[] | undefined> {
	if (references.length === 0) return undefined;
	const groups: Group[] = [];
	for (const reference of references) {
		const group = await client.group(reference);
		if (!group) throw groupNotFound(reference, list);
		groups.push(group);
	}
	return groups;
}

function groupNotFound({ value }: EntryReference, list: GroupList): DomainError {
	return new DomainError(`The ${list} group "${value.slice(0, 200)}" is not in the directory`, {
		advice: `Choose the group again under ${LISTS[list]}. It may have been renamed or deleted, lie outside the base DN or the partitions of the credential, or be hidden from its login.`,
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}
