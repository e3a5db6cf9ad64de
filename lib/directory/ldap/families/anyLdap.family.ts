import type { AccountState } from '../../directory.types';
import type { LdapFamily } from '../family.types';
import { activeDirectoryState } from './activeDirectory.family';
import { openLdap } from './openLdap.family';
import { byClass, FALSE_STATE, isTrue, MEMBERS, PEOPLE } from './shared';

/** A server we do not know: what it does not say is unknown, not false. */
export const anyLdap: LdapFamily = {
	family: 'ldap',
	idAttributes: [
		{ attribute: 'entryUUID', encoding: 'text' },
		{ attribute: 'nsUniqueId', encoding: 'text' },
		{ attribute: 'objectGUID', encoding: 'guid' },
	],
	...PEOPLE,
	usernameAttributes: ['uid', 'sAMAccountName'],
	personFilter: byClass('person', 'account', 'posixAccount', 'user'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup', 'group'),
	memberAttributes: MEMBERS,
	stateAttributes: ['pwdAccountLockedTime', 'pwdReset', 'nsAccountLock', 'userAccountControl'],
	stateSources: {
		enabled: ['pwdAccountLockedTime', 'nsAccountLock', 'userAccountControl'],
		locked: ['pwdAccountLockedTime'],
		passwordResetRequired: ['pwdReset'],
	},
	accountState(read) {
		const unknown: AccountState = { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' };
		if (read('userAccountControl')[0] !== undefined) return activeDirectoryState(read);
		if (read('nsAccountLock')[0] !== undefined)
			return { ...unknown, enabled: !isTrue(read('nsAccountLock')[0]) };
		const hasPolicy = read('pwdAccountLockedTime').length + read('pwdReset').length > 0;
		return hasPolicy ? { ...FALSE_STATE, ...openLdap.accountState(read) } : unknown;
	},
};
