import { DomainError } from '../../domain.errors';

/** RFC 4512 §2.5: a name or a numeric OID, then options. */
const ATTRIBUTE_DESCRIPTION = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)(?:;[a-z0-9-]+(?:=[a-z0-9*-]+)?)*$/i;

/** Hashes, keys and what else must never leave the directory: neither as a value nor, through a filter, as a guess. */
const SECRETS = new Set([
	'userpassword',
	'unicodepwd',
	'dbcspwd',
	'ntpwdhistory',
	'lmpwdhistory',
	'supplementalcredentials',
	'unhashed#user#password',
	'pwdhistory',
	'passwordhistory',
	'authpassword',
	'sambantpassword',
	'sambalmpassword',
	'krbprincipalkey',
	'ms-mcs-admpwd',
	'mslaps-password',
	'mslaps-encryptedpassword',
	'olcrootpw',
]);

export const isSecretAttribute = (name: string): boolean =>
	SECRETS.has(name.toLowerCase().split(';')[0] ?? '');

/** The name unchanged; rejects what could not be the name of an attribute, so that no text can become filter syntax or a NUL. */
export function attributeName(name: string): string {
	if (ATTRIBUTE_DESCRIPTION.test(name)) return name;
	throw new DomainError(`"${name}" cannot be the name of an attribute`, {
		advice:
			'Choose the attribute from the list, or write its name as the directory schema has it, e.g. "department".',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
