import { DomainError } from '../../domain.errors';
import { parseDn } from '../distinguishedName';

/** Nobody can guess what a missing container should look like: the advice carries the LDIF (RFC 2849) that makes it. */
export function subtreeMissing(dn: string, cause: unknown): DomainError {
	return new DomainError(`The directory has no entry ${dn}, or does not show it to the service account`, {
		advice: `${subtreeAdvice(dn)} If it lives elsewhere, correct the directory conventions in the credential.`,
		recovery: 'abort',
		failure: 'configuration-invalid',
		code: '32',
		cause,
	});
}

export function subtreeAdvice(dn: string): string {
	const name = parseDn(dn)[0]?.[0];
	const snippet =
		name?.attribute.toLowerCase() === 'ou' && /^[\x21-\x39\x3d-\x7e][\x20-\x7e]*$/.test(name.value)
			? ` with this LDIF: "dn: ${dn}\\nobjectClass: organizationalUnit\\nou: ${name.value}"`
			: '';
	return `Ask the administrator to create it${snippet}, and to let only the service account read and write there.`;
}
