import type { AccountState } from '../../directory.types';
import type { LdapFamily } from '../family.types';
import type { LdapFilter } from '../filter';
import { equals, or } from '../filter';

export const FALSE_STATE: AccountState = { enabled: true, locked: false, passwordResetRequired: false };
export const isTrue = (value: string | undefined): boolean => value?.toUpperCase() === 'TRUE';
export const byClass = (...names: string[]): LdapFilter =>
	or(...names.map((name) => equals('objectClass', name)));

/** draft-behera-ldap-password-policy: this "time" means that an administrator locked the account for ever. */
export const LOCKED_FOR_EVER = '000001010000Z';

export const PEOPLE = {
	usernameAttributes: ['uid'],
	displayNameAttributes: ['displayName', 'cn'],
	departmentAttributes: ['departmentNumber', 'department'],
	locationAttributes: ['l', 'physicalDeliveryOfficeName'],
};
export const MEMBERS: LdapFamily['memberAttributes'] = [
	{ attribute: 'member', values: 'dn', groupClasses: ['groupOfNames', 'group'] },
	{ attribute: 'uniqueMember', values: 'dn', groupClasses: ['groupOfUniqueNames'] },
	{ attribute: 'memberUid', values: 'username', groupClasses: ['posixGroup'] },
];

const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:[.,]\d+)?Z$/;

/** Milliseconds since 1970 of a time in UTC (RFC 4517 §3.3.13), whole seconds; undefined for anything else, whatever a server sends. */
export function millisecondsOf(time: string): number | undefined {
	const [, ...parts] = GENERALIZED_TIME.exec(time) ?? [];
	const [year, month, day, hour, minute, second] = parts.map(Number);
	if (second === undefined) return undefined;
	const since = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
	return Number.isNaN(since) ? undefined : since;
}
