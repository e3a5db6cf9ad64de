import { DomainError } from '../../domain.errors';
import { isBelow, normalizeDn } from '../distinguishedName';

/** Equal for DNs that name the same entry. What is no DN at all is compared as it is: hostile values must not end a batch. */
export function foldDn(dn: string): string {
	return orElse(
		() => normalizeDn(dn),
		() => dn.toLowerCase(),
	);
}

/** Every DN is below the empty one; what is no DN is below nothing else. */
export function liesBelow(dn: string, base: string): boolean {
	if (base === '') return true;
	return orElse(
		() => isBelow(dn, base),
		() => false,
	);
}

function orElse<T>(attempt: () => T, otherwise: () => T): T {
	try {
		return attempt();
	} catch (error) {
		if (error instanceof DomainError) return otherwise();
		throw error;
	}
}
