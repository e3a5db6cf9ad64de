import { DomainError } from '../../domain.errors';
import type { AudienceRule } from './audience.types';

/** RFC 4512 §2.5: a descriptor or OID, with options; or a `custom:` attribute of OTDS. Keeps `__proto__` and filter syntax out. */
const ATTRIBUTE_DESCRIPTION =
	/^(?:(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)(?:;[a-z0-9-]+)*|custom:[\w. -]{1,100})$/i;

/** Refuses rules that would find everyone, or that an expression left empty. @throws DomainError `configuration-invalid` */
export function checkRule(rule: AudienceRule): void {
	if (rule.groups.length === 0 && rule.conditions.length === 0) {
		throw invalid(
			'The audience has no rule',
			'Add a group or a condition. An audience without one would be everyone in the directory.',
		);
	}
	if (rule.groups.some(({ reference }) => reference.value.trim() === '')) {
		throw invalid('A group of the audience is empty', 'Choose the group, or check its expression.');
	}
	for (const { attribute, value } of rule.conditions) {
		checkAttribute(attribute);
		if (value === '') {
			throw invalid(
				`The condition on "${attribute}" has no value`,
				'Enter the value, or check its expression: an empty value matches nobody.',
			);
		}
	}
	for (const attribute of rule.attributes) checkAttribute(attribute);
	if (rule.limit !== undefined && (!Number.isInteger(rule.limit) || rule.limit < 1)) {
		throw invalid(`The limit ${rule.limit} is not a positive whole number`, 'Enter 1 or more.');
	}
}

export function checkAttribute(attribute: string): void {
	if (ATTRIBUTE_DESCRIPTION.test(attribute)) return;
	throw invalid(
		`"${attribute.slice(0, 60)}" is not the name of an attribute`,
		'Choose it from the list. Names have letters, digits and hyphens, such as departmentNumber.',
	);
}

const invalid = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'skip', failure: 'configuration-invalid' });
