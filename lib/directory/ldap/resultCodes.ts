import type { FailureCause, Recovery } from '../../domain.errors';

/** What one LDAP result code means to a person. `what` completes the sentence "The directory …". */
export interface ResultMeaning {
	name: string;
	what: string;
	advice: string;
	recovery: Recovery;
	failure: FailureCause;
}

const meaning = (
	name: string,
	what: string,
	advice: string,
	recovery: Recovery,
	failure: FailureCause = 'unknown',
): ResultMeaning => ({ name, what, advice, recovery, failure });

const SERVER_BUSY = 'Nothing is wrong with the request. It is worth another attempt in a while.';
const WRITE_REFUSED =
	'Check the written values against the schema of the directory. An administrator finds the exact rule in the server log.';
const LIMIT =
	'Narrow the search, or ask the administrator to lift the limit for the service account (OpenLDAP: "limits dn.exact=… size=unlimited").';
const RELOAD = 'The position in the change log is gone. Changes are found again by comparing all entries.';

/** By number (RFC 4511 appendix A, RFC 3909, RFC 4528, RFC 4533), because a library's list of error classes is never complete. */
export const RESULT_CODES: ReadonlyMap<number, ResultMeaning> = new Map([
	[
		1,
		meaning(
			'operationsError',
			'could not process the request',
			'An administrator finds the reason in the server log. Active Directory answers this to a search before the login.',
			'retry',
			'temporarily-unavailable',
		),
	],
	[
		2,
		meaning(
			'protocolError',
			'did not understand the request',
			'The server may not support what was asked for. Check the server family in the credential.',
			'abort',
			'configuration-invalid',
		),
	],
	[
		3,
		meaning(
			'timeLimitExceeded',
			'stopped the search at its time limit',
			`${LIMIT} An index on the searched attribute helps as well.`,
			'retry',
			'temporarily-unavailable',
		),
	],
	[
		4,
		meaning(
			'sizeLimitExceeded',
			'stopped the search at its size limit',
			LIMIT,
			'abort',
			'configuration-invalid',
		),
	],
	[
		7,
		meaning(
			'authMethodNotSupported',
			'does not allow a login with DN and password',
			'Ask the administrator to allow simple binds over TLS for the service account.',
			'abort',
			'credential-invalid',
		),
	],
	[
		8,
		meaning(
			'strongerAuthRequired',
			'wants a safer login',
			'Set Security to StartTLS or LDAPS in the credential.',
			'abort',
			'credential-invalid',
		),
	],
	[
		10,
		meaning(
			'referral',
			'refers to another server',
			'Put the URL of the server that holds these entries into the credential. Referrals are not followed.',
			'abort',
			'configuration-invalid',
		),
	],
	[
		11,
		meaning(
			'adminLimitExceeded',
			'stopped at a limit set by its administrator',
			LIMIT,
			'abort',
			'configuration-invalid',
		),
	],
	[
		12,
		meaning(
			'unavailableCriticalExtension',
			'does not support a feature that was asked for',
			'Check the server family in the credential, or leave it on "Detect automatically".',
			'abort',
			'configuration-invalid',
		),
	],
	[
		13,
		meaning(
			'confidentialityRequired',
			'accepts no passwords over an unencrypted connection',
			'Set Security to StartTLS or LDAPS in the credential.',
			'abort',
			'credential-invalid',
		),
	],
	[
		16,
		meaning(
			'noSuchAttribute',
			'has no such attribute or value to change',
			'Somebody else may have changed the entry in between. Read it again.',
			'skip',
			'not-found',
		),
	],
	[
		17,
		meaning(
			'undefinedAttributeType',
			'does not know an attribute',
			'Choose the attribute from the list: its name is not in the schema of this directory.',
			'skip',
			'configuration-invalid',
		),
	],
	[
		18,
		meaning(
			'inappropriateMatching',
			'cannot compare this attribute in that way',
			'Search on another attribute.',
			'skip',
			'configuration-invalid',
		),
	],
	[19, meaning('constraintViolation', 'refused a value', WRITE_REFUSED, 'skip', 'configuration-invalid')],
	[
		20,
		meaning(
			'attributeOrValueExists',
			'already holds this value',
			'Nothing needs to be done: the value is there.',
			'skip',
		),
	],
	[
		21,
		meaning(
			'invalidAttributeSyntax',
			'refused a value because of its form',
			WRITE_REFUSED,
			'skip',
			'configuration-invalid',
		),
	],
	[
		32,
		meaning(
			'noSuchObject',
			'has no such entry, or does not show it to this account',
			'Check the DN, and that the service account may read it.',
			'skip',
			'not-found',
		),
	],
	[
		34,
		meaning(
			'invalidDNSyntax',
			'does not accept this as a DN',
			'Write it like "cn=Nurses,ou=groups,dc=example,dc=org".',
			'skip',
			'configuration-invalid',
		),
	],
	[
		48,
		meaning(
			'inappropriateAuthentication',
			'does not allow this account to log in like that',
			'Check the bind DN: the entry must have a password.',
			'abort',
			'credential-invalid',
		),
	],
	[
		49,
		meaning(
			'invalidCredentials',
			'did not accept the bind DN or the password',
			'Check bind DN and password in the credential, and whether failed attempts have locked the account. The bind DN is the full name of the service account, e.g. "cn=watcher,dc=example,dc=org".',
			'abort',
			'credential-invalid',
		),
	],
	[
		50,
		meaning(
			'insufficientAccessRights',
			'does not let the service account do this',
			'Ask the administrator for the missing right. The LDAP page of the documentation lists what the service account needs.',
			'abort',
			'permission-denied',
		),
	],
	[51, meaning('busy', 'is too busy', SERVER_BUSY, 'retry', 'temporarily-unavailable')],
	[
		52,
		meaning('unavailable', 'is shutting down or not ready', SERVER_BUSY, 'retry', 'temporarily-unavailable'),
	],
	[
		53,
		meaning(
			'unwillingToPerform',
			'refuses to do this',
			'The server or one of its policies forbids it. An administrator finds the reason in the server log.',
			'skip',
			'permission-denied',
		),
	],
	[
		54,
		meaning(
			'loopDetect',
			'went round in circles',
			'The directory has aliases or referrals in a circle: ask its administrator.',
			'abort',
			'configuration-invalid',
		),
	],
	[
		64,
		meaning(
			'namingViolation',
			'does not allow an entry of that name there',
			WRITE_REFUSED,
			'skip',
			'configuration-invalid',
		),
	],
	[
		65,
		meaning(
			'objectClassViolation',
			'refused the entry because it does not fit its object class',
			WRITE_REFUSED,
			'skip',
			'configuration-invalid',
		),
	],
	[
		66,
		meaning(
			'notAllowedOnNonLeaf',
			'does not allow this on an entry that has others below it',
			'Remove the entries below it first.',
			'skip',
		),
	],
	[
		67,
		meaning(
			'notAllowedOnRDN',
			'does not allow a change of the value that names the entry',
			'Rename the entry instead.',
			'skip',
		),
	],
	[
		68,
		meaning(
			'entryAlreadyExists',
			'already has an entry of that name',
			'Nothing needs to be done if it is the same entry. Else choose another name.',
			'skip',
		),
	],
	[
		71,
		meaning(
			'affectsMultipleDSAs',
			'cannot do this across several servers',
			'Work on the server that holds the entry.',
			'skip',
			'configuration-invalid',
		),
	],
	[
		80,
		meaning(
			'other',
			'met an error of its own',
			'An administrator finds the reason in the server log.',
			'retry',
			'temporarily-unavailable',
		),
	],
	[118, meaning('canceled', 'cancelled the request', SERVER_BUSY, 'retry', 'temporarily-unavailable')],
	[
		122,
		meaning(
			'assertionFailed',
			'found the entry changed in between',
			'Somebody else changed the entry. Read it again.',
			'retry',
		),
	],
	[4096, meaning('syncRefreshRequired', 'no longer knows our position in its changes', RELOAD, 'abort')],
]);

/** For a number that is in no table. */
export const unknownResult = (code: number): ResultMeaning =>
	meaning(
		`code ${code}`,
		`answered with result code ${code}`,
		'An administrator finds the reason in the server log.',
		'abort',
	);
