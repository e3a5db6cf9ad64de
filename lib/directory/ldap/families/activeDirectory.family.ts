import type { AccountState, Known } from '../../directory.types';
import type { AttributeReader, LdapFamily } from '../family.types';
import { millisecondsOfFileTime } from '../fileTime';
import { and, equals } from '../filter';

const ACCOUNT_DISABLED = 0x2;
const COMPUTED_LOCKED = 0x10;
const COMPUTED_PASSWORD_EXPIRED = 0x80_0000;

/** The computed attribute knows of lock-outs that timed out; lockoutTime does not, and userAccountControl's 0x10 is never set. */
export function activeDirectoryState(read: AttributeReader): AccountState {
	const control = numberOf(read('userAccountControl')[0]);
	const computed = numberOf(read('msDS-User-Account-Control-Computed')[0]);
	const lockoutTime = read('lockoutTime')[0];
	const passwordLastSet = read('pwdLastSet')[0];
	const has = (bits: number | undefined, bit: number): Known<boolean> =>
		bits === undefined ? 'unknown' : (bits & bit) !== 0;
	const disabled = has(control, ACCOUNT_DISABLED);
	return {
		enabled: disabled === 'unknown' ? 'unknown' : !disabled,
		locked: computed === undefined ? (lockoutTime ?? '0') !== '0' : has(computed, COMPUTED_LOCKED),
		passwordResetRequired:
			passwordLastSet === undefined
				? has(computed, COMPUTED_PASSWORD_EXPIRED)
				: passwordLastSet === '0' || has(computed, COMPUTED_PASSWORD_EXPIRED) === true,
	};
}

const numberOf = (text: string | undefined): number | undefined => {
	const number = Number(text);
	return text === undefined || !Number.isSafeInteger(number) ? undefined : number;
};

export const activeDirectory: LdapFamily = {
	family: 'activeDirectory',
	idAttributes: [{ attribute: 'objectGUID', encoding: 'guid' }],
	usernameAttributes: ['sAMAccountName', 'userPrincipalName'],
	displayNameAttributes: ['displayName', 'cn'],
	departmentAttributes: ['department'],
	locationAttributes: ['physicalDeliveryOfficeName', 'l'],
	personFilter: and(equals('objectCategory', 'person'), equals('objectClass', 'user')),
	groupFilter: equals('objectClass', 'group'),
	memberAttributes: [{ attribute: 'member', values: 'dn', groupClasses: ['group'] }],
	stateAttributes: ['userAccountControl', 'msDS-User-Account-Control-Computed', 'lockoutTime', 'pwdLastSet'],
	accountState: activeDirectoryState,
	lockedUntil(read, lockoutMs) {
		const since = millisecondsOfFileTime(read('lockoutTime')[0]);
		return since === undefined || lockoutMs === undefined || lockoutMs === 0 ? undefined : since + lockoutMs;
	},
};
