import type { ResultMeaning } from './resultCodes';

const NO_LOGIN = {
	what: 'does not let this account log in',
	advice:
		'Ask the administrator whether the service account is locked, disabled or past its time. Further attempts may lock it for longer.',
};
const NO_ACCOUNT = {
	what: 'does not know the account',
	advice: 'Check the bind DN in the credential. It is a full name, e.g. "cn=watcher,dc=example,dc=org".',
};

/** What a code means as the answer to a login, where that differs: 389 DS says 19 for a locked and 53 for a disabled account. */
export const REFUSED_LOGINS: ReadonlyMap<number, Pick<ResultMeaning, 'what' | 'advice'>> = new Map([
	[19, NO_LOGIN],
	[50, NO_LOGIN],
	[53, NO_LOGIN],
	[32, NO_ACCOUNT],
	[34, NO_ACCOUNT],
]);
