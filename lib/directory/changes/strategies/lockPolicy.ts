import type { AttributeReader, LdapFamily } from '../../ldap/family.types';

/** Knows when a lock ends by itself: no server writes that down. */
export interface LockPolicy {
	/** ISO 8601, UTC; undefined = never, or not known. `read` gives the values of the locked entry. */
	endOf(read: AttributeReader): Promise<string | undefined>;
}

/** `lockoutMs` asks the server's policy for the locked entry: how long it keeps accounts locked, 0 = until somebody unlocks them. */
export function lockPolicy(
	family: LdapFamily,
	lockoutMs: (read: AttributeReader) => Promise<number | undefined>,
): LockPolicy {
	return {
		async endOf(read) {
			const end = family.lockedUntil?.(read, await lockoutMs(read));
			return end === undefined ? undefined : new Date(end).toISOString();
		},
	};
}
