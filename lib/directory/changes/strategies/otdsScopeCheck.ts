import { DomainError } from '../../../domain.errors';
import { isSecretAttribute } from '../../attributeName';
import type { OtdsConnection, OtdsSettings } from '../../otds/otds.types';
import { LOGIN_ATTRIBUTES } from '../../otds/otdsPages';
import { liesBelow } from '../entryName';
import type { WatchScope } from '../event.types';

/** OTDS attributes, incl. `custom:` ones, whose names may hold spaces. */
const ATTRIBUTE = /^[a-z][\w .:-]{0,199}$/i;

/**
 * A base that is not there matches nobody, and nobody would notice. OTDS shows no schema: only names that cannot be any are refused.
 * @throws DomainError
 */
export async function checkOtdsScope(connection: OtdsConnection, scope: WatchScope): Promise<void> {
	for (const { attribute, value } of scope.conditions) {
		checkAttribute(attribute, 'searched', connection.settings);
		if (value === '')
			throw refused(`The condition on "${attribute}" has no value`, 'Enter the value it must have.');
	}
	for (const attribute of scope.attributes) {
		checkAttribute(attribute, 'watched', connection.settings);
		// A page that differs in them alone is taken for unchanged.
		if (LOGIN_ATTRIBUTES.some((name) => isSameName(name, attribute)))
			throw refused(
				`The attribute "${attribute}" changes with every login: it cannot be watched`,
				'Choose another one. Logins are no changes of a person here.',
			);
	}
	if (scope.base !== '' && !(await isThere(connection, scope.base))) throw baseMissing(scope.base);
}

function checkAttribute(attribute: string, what: string, settings: OtdsSettings): void {
	const { devicesAttribute } = settings;
	if (isSecretAttribute(attribute) || (devicesAttribute !== '' && isSameName(attribute, devicesAttribute))) {
		throw refused(
			`The attribute "${attribute}" is a secret and cannot be ${what}`,
			'Choose another one: passwords, keys and device tokens are never told, so no event would come of it.',
		);
	}
	if (ATTRIBUTE.test(attribute)) return;
	throw refused(
		`"${attribute.slice(0, 200)}" cannot be the name of an attribute`,
		'Choose the attribute from the list, or write its name as OTDS has it, e.g. "oTDepartment" or "custom:Shift".',
	);
}

/** An organizational unit that is known by its DN, or anything that somebody stands below. */
async function isThere(connection: OtdsConnection, base: string): Promise<boolean> {
	if ((await connection.get(['orgunits', base])) !== undefined) return true;
	for await (const { objects } of connection.walk('users', {})) {
		if (objects.some(({ location }) => liesBelow(location, base))) return true;
	}
	return false;
}

const isSameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const baseMissing = (base: string): DomainError =>
	refused(
		`OTDS shows no organizational unit ${base}, and nobody below it`,
		'Check the Base DN under Options, e.g. "orgunit=users,partition=Staff,dc=identity,dc=opentext,dc=net", and the partitions of the credential.',
	);

const refused = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'configuration-invalid' });
