import type { PersonAttributes } from './directory.client';
import type { Person } from './directory.types';

/**
 * What the directory has now, for whoever changes it and writes it back. Asked with a copy: a transport may answer for a person
 * it just described from what it read along, and another run may have written since.
 */
export async function currentValues(
	attributes: PersonAttributes,
	person: Person,
	attribute: string,
): Promise<string[]> {
	return (await attributes.read([{ ...person }], attribute)).get(person.id) ?? [];
}
