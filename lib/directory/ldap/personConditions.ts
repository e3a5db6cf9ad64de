import { DomainError } from '../../domain.errors';
import type { AttributeCondition } from '../directory.types';
import { attributeName, isSecretAttribute } from '../attributeName';
import type { LdapFilter } from './filter';
import { and, equals } from './filter';
import type { SchemaAttribute } from './subschema';

/** Persons for whom all conditions hold. */
export const conditionFilter = (
	personFilter: LdapFilter,
	conditions: readonly AttributeCondition[],
): LdapFilter =>
	and(personFilter, ...conditions.map(({ attribute, value }) => equals(attributeName(attribute), value)));

/** `title is Nurse and department is Surgery`. */
export const conditionWords = (conditions: readonly AttributeCondition[]): string =>
	conditions.map(({ attribute, value }) => `${attribute} is ${value}`).join(' and ');

/**
 * LDAP answers a condition on an attribute that does not exist with nobody, and nobody would notice the typing error. A condition
 * on a secret would let a workflow guess it. An empty schema is one the server does not show: nothing is known then.
 */
export function checkConditions(
	conditions: readonly AttributeCondition[],
	schema: readonly SchemaAttribute[],
): void {
	for (const { attribute, value } of conditions) {
		const name = attributeName(attribute).toLowerCase().split(';')[0] ?? '';
		const described = schema.find(({ aliases }) => aliases.includes(name));
		if ([name, ...(described?.aliases ?? [])].some(isSecretAttribute))
			throw refused(`The attribute "${attribute}" is a secret and cannot be searched`);
		if (described === undefined && schema.length > 0)
			throw refused(`The directory knows no attribute "${attribute}"`);
		if (value === '') throw refused(`The condition on "${attribute}" has no value`);
	}
}

const refused = (message: string): DomainError =>
	new DomainError(message, {
		advice:
			'Choose the attribute from the list and enter the value it must have. If the field holds an expression, look at what it gives for this item.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
