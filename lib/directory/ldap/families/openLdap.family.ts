import type { LdapFamily } from '../family.types';
import { byClass, isTrue, LOCKED_FOR_EVER, MEMBERS, millisecondsOf, PEOPLE } from './shared';

/** Locks that end by time-out leave these attributes in place: the watcher times them. */
export const openLdap: LdapFamily = {
	family: 'openldap',
	idAttributes: [{ attribute: 'entryUUID', encoding: 'text' }],
	...PEOPLE,
	personFilter: byClass('person', 'account', 'posixAccount'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup'),
	memberAttributes: MEMBERS,
	stateAttributes: ['pwdAccountLockedTime', 'pwdReset', 'pwdPolicySubentry'],
	stateSources: {
		enabled: ['pwdAccountLockedTime'],
		locked: ['pwdAccountLockedTime'],
		passwordResetRequired: ['pwdReset'],
	},
	accountState(read) {
		const lockedSince = read('pwdAccountLockedTime')[0];
		return {
			enabled: lockedSince !== LOCKED_FOR_EVER,
			locked: lockedSince !== undefined && lockedSince !== LOCKED_FOR_EVER,
			passwordResetRequired: isTrue(read('pwdReset')[0]),
		};
	},
	lockedUntil(read, lockoutMs) {
		const [lockedSince] = read('pwdAccountLockedTime');
		if (lockedSince === undefined || lockedSince === LOCKED_FOR_EVER || !lockoutMs) return undefined;
		const since = millisecondsOf(lockedSince);
		return since === undefined ? undefined : since + lockoutMs;
	},
};
