import type { LdapFamily } from '../family.types';
import { openLdap } from './openLdap.family';
import { isTrue } from './shared';

export const openDj: LdapFamily = {
	...openLdap,
	family: 'opendj',
	stateAttributes: ['ds-pwp-account-disabled', 'pwdAccountLockedTime', 'pwdReset'],
	stateSources: {
		enabled: ['ds-pwp-account-disabled'],
		locked: ['pwdAccountLockedTime'],
		passwordResetRequired: ['pwdReset'],
	},
	lockedUntil: undefined,
	accountState: (read) => ({
		enabled: !isTrue(read('ds-pwp-account-disabled')[0]),
		locked: read('pwdAccountLockedTime')[0] !== undefined,
		passwordResetRequired: isTrue(read('pwdReset')[0]),
	}),
};
