/** RFC 4514 §2.4: a value as it stands in a DN. */
export function escapeValue(value: string): string {
	const escaped = value.replace(/[",+;<>\\=]/g, '\\$&').replace(/\0/g, '\\00');
	return escaped.replace(/^[ #]/, '\\$&').replace(/(?<!\\) $/, '\\ ');
}

/** `cn=Nurses,ou=groups,<base>` from attribute, value and what it stands under. */
export const childDn = (attribute: string, value: string, under: string): string =>
	`${attribute}=${escapeValue(value)},${under}`;

/** DNs compared as OpenLDAP gives them: without case. Both come from the same server. */
export const sameDn = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
