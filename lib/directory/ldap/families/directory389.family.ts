import type { LdapFamily } from '../family.types';
import { byClass, isTrue, MEMBERS, millisecondsOf, PEOPLE } from './shared';

/** 389 DS writes this "time" when nothing but an administrator ends the lock. */
const FOR_EVER = '19700101000000Z';

export const directory389: LdapFamily = {
	family: '389ds',
	// entryUUID is empty here unless its plug-in was on when the entry was made; nsUniqueId always exists.
	idAttributes: [{ attribute: 'nsUniqueId', encoding: 'text' }],
	...PEOPLE,
	personFilter: byClass('person', 'account', 'posixAccount'),
	groupFilter: byClass('groupOfNames', 'groupOfUniqueNames', 'posixGroup'),
	memberAttributes: MEMBERS,
	stateAttributes: ['nsAccountLock', 'accountUnlockTime', 'pwdReset', 'passwordExpirationTime'],
	stateSources: {
		enabled: ['nsAccountLock'],
		locked: ['accountUnlockTime'],
		passwordResetRequired: ['pwdReset', 'passwordExpirationTime'],
	},
	accountState: (read) => ({
		enabled: !isTrue(read('nsAccountLock')[0]),
		locked: read('accountUnlockTime')[0] !== undefined,
		passwordResetRequired:
			isTrue(read('pwdReset')[0]) || read('passwordExpirationTime')[0]?.startsWith('19700101') === true,
	}),
	/** The one server that writes the end down. */
	lockedUntil(read) {
		const [until] = read('accountUnlockTime');
		return until === undefined || until === FOR_EVER ? undefined : millisecondsOf(until);
	},
};
