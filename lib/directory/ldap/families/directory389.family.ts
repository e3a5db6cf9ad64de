import type { LdapFamily } from '../family.types';
import { byClass, isTrue, MEMBERS, PEOPLE } from './shared';

export const directory389: LdapFamily = {
	family: '389ds',
	// entryUUID is empty here unless its plug-in was on when the entry was made; nsUniqueId always exists.
	idAttributes: [{ attribute: 'nsUniqueId', encoding: 'text' }],
	...PEOPLE,
	personFilter: byClass('person', 'account', 'posixAccount'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup'),
	memberAttributes: MEMBERS,
	stateAttributes: ['nsAccountLock', 'accountUnlockTime', 'pwdReset', 'passwordExpirationTime'],
	accountState: (read) => ({
		enabled: !isTrue(read('nsAccountLock')[0]),
		locked: read('accountUnlockTime')[0] !== undefined,
		passwordResetRequired:
			isTrue(read('pwdReset')[0]) || read('passwordExpirationTime')[0]?.startsWith('19700101') === true,
	}),
};
