import { DomainError } from '../domain.errors';
import type { DirectoryClient } from './directory.client';
import type { EntryReference, Group } from './directory.types';

/** @param label what people call it. @throws DomainError `not-found` when the directory has no such group */
export async function lookUpGroup(
	client: Pick<DirectoryClient, 'group'>,
	reference: EntryReference,
	label: string,
): Promise<Group> {
	const group = await client.group(reference);
	if (group !== undefined) return group;
	throw new DomainError(`The group "${label.slice(0, 200)}" does not exist in the directory`, {
		advice:
			'Choose the group from the list, or check its spelling. Unless named by DN it must lie under the base DN, or in the partitions, of the credential, and its login must be allowed to read it.',
		recovery: 'skip',
		failure: 'not-found',
	});
}
