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
