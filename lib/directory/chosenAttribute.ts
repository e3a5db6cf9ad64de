import { DomainError } from '../domain.errors';

/** @throws DomainError `configuration-invalid` when the credential names no attribute for these records */
export function chosenAttribute(attribute: string, records: 'devices' | 'acknowledgments'): string {
	const name = attribute.trim();
	if (name !== '') return name;
	throw new DomainError(`The credential does not say where ${records} are kept`, {
		advice: `Name an attribute of people for ${records} in the credential of the directory, or add a Record Directory credential: another directory with a subtree for them.`,
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}
