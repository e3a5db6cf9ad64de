import { DomainError } from '../../../domain.errors';
import type { DirectoryClient } from '../../directory.client';
import type { EntryReference, Group } from '../../directory.types';

/** Names turned into entries; undefined = all groups. @throws DomainError for one that is not there */
export async function findGroups(
	client: DirectoryClient,
	references: readonly EntryReference[],
): Promise<Group[] | undefined> {
	if (references.length === 0) return undefined;
	const groups: Group[] = [];
	for (const reference of references) {
		const group = await client.group(reference);
		if (!group) throw groupNotFound(reference);
		groups.push(group);
	}
	return groups;
}

function groupNotFound({ value }: EntryReference): DomainError {
	return new DomainError(`The watched group "${value.slice(0, 200)}" is not in the directory`, {
		advice:
			'Choose the group again under Watched Groups. It may have been renamed or deleted, lie outside the base DN or the partitions of the credential, or be hidden from its login.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}
