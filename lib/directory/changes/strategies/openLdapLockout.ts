import { DomainError } from '../../../domain.errors';
import type { AttributeReader } from '../../ldap/family.types';
import { equals, present } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';

/** slapo-ppolicy(5). */
const POLICY = ['pwdLockout', 'pwdLockoutDuration'];

/**
 * How long OpenLDAP's overlay ppolicy keeps an account locked. The policy that the entry names counts, else the server's default one.
 * Which one that is only the configuration tells; where this login may not read it, the default is known if all policies that lock
 * accounts agree.
 */
export function openLdapLockout(
	connection: LdapConnection,
): (read: AttributeReader) => Promise<number | undefined> {
	const asked = new Map<string, Promise<number | undefined>>();
	return (read) => {
		const named = read('pwdPolicySubentry')[0] ?? '';
		const known = asked.get(named) ?? (named === '' ? ofDefault(connection) : ofPolicy(connection, named));
		asked.set(named, known);
		return known.catch((error: unknown) => {
			asked.delete(named);
			throw error;
		});
	};
}

async function ofPolicy(connection: LdapConnection, dn: string): Promise<number | undefined> {
	const policy = await unlessRefused(() => connection.read(dn, POLICY));
	return policy && durationOf(policy);
}

async function ofDefault(connection: LdapConnection): Promise<number | undefined> {
	const configured = await unlessRefused(() => configuredDefault(connection));
	if (configured !== undefined) return await ofPolicy(connection, configured);
	const durations = new Set<number>();
	const { baseDn: base } = connection.settings;
	const policies = {
		base,
		scope: 'sub' as const,
		filter: equals('objectClass', 'pwdPolicy'),
		attributes: POLICY,
	};
	for await (const policy of connection.search(policies)) {
		const duration = locks(policy) ? durationOf(policy) : undefined;
		if (duration !== undefined) durations.add(duration);
	}
	const [only] = durations;
	return durations.size === 1 ? only : undefined;
}

/** Of the only database that names one. */
async function configuredDefault(connection: LdapConnection): Promise<string | undefined> {
	const attribute = 'olcPPolicyDefault';
	const named = new Set<string>();
	const overlays = {
		base: 'cn=config',
		scope: 'sub' as const,
		filter: present(attribute),
		attributes: [attribute],
	};
	for await (const overlay of connection.search(overlays))
		for (const dn of overlay.values(attribute)) named.add(dn);
	const [only] = named;
	return named.size === 1 ? only : undefined;
}

const locks = (policy: LdapEntry): boolean => policy.first('pwdLockout')?.toUpperCase() === 'TRUE';

/** Absent or 0 seconds = until an administrator unlocks. */
function durationOf(policy: LdapEntry): number | undefined {
	const seconds = Number(policy.first('pwdLockoutDuration') ?? '0');
	return Number.isSafeInteger(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** A policy that is hidden, gone or no entry is not known: an outage is still an outage. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		const isAnswer = error instanceof DomainError && /^\d+$/.test(error.code ?? '');
		if (isAnswer && error.recovery !== 'retry') return undefined;
		throw error;
	}
}
