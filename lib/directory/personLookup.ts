import { DomainError } from '../domain.errors';
import type { DirectoryClient } from './directory.client';
import type { EntryReference, Person } from './directory.types';

/** @throws DomainError `not-found` when the directory has no such person */
export async function lookUpPerson(
	client: Pick<DirectoryClient, 'person'>,
	reference: EntryReference,
): Promise<Person> {
	const person = await client.person(reference);
	if (person === undefined) throw personNotFound(reference);
	return person;
}

export function personNotFound({ value }: EntryReference): DomainError {
	return new DomainError(`There is no person "${value.slice(0, 200)}" in the directory`, {
		advice:
			'Check the value. Unless named by DN, the person must lie under the base DN, or in the partitions, of the credential, and its login must be allowed to read them.',
		recovery: 'skip',
		failure: 'not-found',
	});
}
