import { DomainError } from '../../../domain.errors';
import { millisecondsOfInterval } from '../../ldap/fileTime';
import { equals } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';

/**
 * How long a domain keeps accounts locked: `lockoutDuration` of the domain. Which fine-grained policy applies to an account takes the
 * server too long to be asked with every entry: where this login sees any, nothing is known. An ordinary account sees none, and then
 * the domain's counts.
 */
export function activeDirectoryLockout(connection: LdapConnection): () => Promise<number | undefined> {
	let asked: Promise<number | undefined> | undefined;
	return () => {
		asked ??= durationOf(connection);
		return asked.catch((error: unknown) => {
			asked = undefined;
			throw error;
		});
	};
}

async function durationOf(connection: LdapConnection): Promise<number | undefined> {
	const { defaultNamingContext: domain } = await connection.rootDse();
	if (domain === undefined) return undefined;
	if (await hasFineGrainedPolicies(connection, domain)) return undefined;
	return millisecondsOfInterval(
		(await connection.read(domain, ['lockoutDuration']))?.first('lockoutDuration'),
	);
}

async function hasFineGrainedPolicies(connection: LdapConnection, domain: string): Promise<boolean> {
	const search = {
		base: `CN=Password Settings Container,CN=System,${domain}`,
		scope: 'one' as const,
		filter: equals('objectClass', 'msDS-PasswordSettings'),
		attributes: ['1.1'],
	};
	try {
		for await (const _policy of connection.search(search)) return true;
		return false;
	} catch (error) {
		if (error instanceof DomainError && ['32', '50'].includes(error.code ?? '')) return false;
		throw error;
	}
}
