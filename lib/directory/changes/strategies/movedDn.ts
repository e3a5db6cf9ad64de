import { buildDn, parentDn, parseDn } from '../../distinguishedName';
import type { DnLevel } from '../../distinguishedName';
import { DomainError } from '../../../domain.errors';
import { liesBelow } from '../entryName';

/** The DN that `dn` has after `from`, which is it or stands above it, went to `to`; undefined = it does not lie there. */
export function movedDn(dn: string, from: string, to: string): string | undefined {
	if (!liesBelow(dn, from)) return undefined;
	const levels = parseDn(dn);
	const own = levels.slice(0, levels.length - parseDn(from).length).map(textOf);
	return [...own, ...(to === '' ? [] : [to])].join(',');
}

/** '' above the top, and of what is no DN. */
export function parentOf(dn: string): string {
	try {
		return parentDn(dn);
	} catch (error) {
		if (error instanceof DomainError) return '';
		throw error;
	}
}

const textOf = (level: DnLevel): string => level.map((part) => buildDn([part], '')).join('+');
