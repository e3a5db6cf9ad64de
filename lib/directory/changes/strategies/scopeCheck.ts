import { DomainError } from '../../../domain.errors';
import { attributeName, isSecretAttribute } from '../../attributeName';
import type { LdapConnection } from '../../ldap/ldap.types';
import { checkConditions } from '../../ldap/personConditions';
import type { SchemaAttribute } from '../../ldap/subschema';
import { readSchema } from '../../ldap/subschema';
import type { WatchScope } from '../event.types';

/** A base that is not there and a name with a typing error match nobody, and nobody would notice. @throws DomainError */
export async function checkScope(connection: LdapConnection, scope: WatchScope): Promise<void> {
	const base = scope.base === '' ? connection.settings.baseDn : scope.base;
	if (base !== '' && !(await connection.read(base, ['1.1']))) throw baseMissing(base);
	if (scope.conditions.length + scope.attributes.length === 0) return;
	const schema = await readSchema(connection);
	checkConditions(
		scope.conditions.map((condition) => ({ ...condition, operator: 'equals' })),
		schema,
	);
	for (const attribute of scope.attributes) checkWatched(attribute, schema);
}

/** An empty schema is one the server does not show: nothing is known then. */
function checkWatched(attribute: string, schema: readonly SchemaAttribute[]): void {
	const name = attributeName(attribute).toLowerCase().split(';')[0] ?? '';
	const described = schema.find(({ aliases }) => aliases.includes(name));
	if ([name, ...(described?.aliases ?? [])].some(isSecretAttribute)) {
		throw refused(
			`The attribute "${attribute}" is a secret and cannot be watched`,
			'Remove it from Watched Attributes: passwords and keys are never told, so no event would come of it.',
		);
	}
	if (schema.length === 0 || described) return;
	throw refused(
		`The directory knows no attribute "${attribute}"`,
		'Choose the attribute again under Watched Attributes.',
	);
}

const baseMissing = (base: string): DomainError =>
	refused(
		`The directory shows no entry ${base}`,
		'Check the Base DN under Options, and the base DN of the credential: nobody can be watched below an entry that does not exist or that the login may not see.',
	);

const refused = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'configuration-invalid' });
