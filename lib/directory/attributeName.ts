import { DomainError } from '../domain.errors';

/** RFC 4512 §2.5: a name or a numeric OID, then options. */
const ATTRIBUTE_DESCRIPTION = /^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)+)(?:;[a-z0-9-]+(?:=[a-z0-9*-]+)?)*$/i;

/** Hashes, keys and what else must never leave the directory: neither as a value nor, through a filter, as a guess. */
const SECRETS = new Set([
	'userpassword',
	'unicodepwd',
	'dbcspwd',
	'ntpwdhistory',
	'lmpwdhistory',
	'supplementalcredentials',
	'pwdhistory',
	'passwordhistory',
	'authpassword',
	'sambantpassword',
	'sambalmpassword',
	'krbprincipalkey',
	'ms-mcs-admpwd',
	'mslaps-password',
	'mslaps-encryptedpassword',
	'mslaps-encryptedpasswordhistory',
	'unixuserpassword',
	'mssfu30password',
	'mspkiaccountcredentials',
	'mspkidpapimasterkeys',
	'sambacleartextpassword',
	'sambapreviouscleartextpassword',
	'ipatokenotpkey',
	'oathenckey',
	'olcrootpw',
	'sambapasswordhistory',
	'krbpwdhistory',
	'krb5key',
	'krbextradata',
	'ipanthash',
	'nsds5replicacredentials',
	'nssymmetrickey',
	'userpkcs12',
	'msds-managedpassword',
	'msds-keycredentiallink',
	'oathsecret',
	'totpsecret',
]);

/** The same by number, which servers take as well as the name (RFC 4512 §2.5); 389 DS even answers with it. */
const SECRET_OIDS = new Set([
	'2.5.4.35', // userPassword
	'1.2.840.113556.1.4.90', // unicodePwd
	'1.2.840.113556.1.4.55', // dBCSPwd
	'1.2.840.113556.1.4.94', // ntPwdHistory
	'1.2.840.113556.1.4.160', // lmPwdHistory
	'1.2.840.113556.1.4.125', // supplementalCredentials
	'1.2.840.113556.1.4.1910', // unixUserPassword
	'1.3.6.1.4.1.42.2.27.8.1.20', // pwdHistory
	'2.16.840.1.113730.3.1.96', // passwordHistory
	'1.3.6.1.4.1.4203.1.3.4', // authPassword
	'1.3.6.1.4.1.7165.2.1.24', // sambaLMPassword
	'1.3.6.1.4.1.7165.2.1.25', // sambaNTPassword
	'2.16.840.1.113719.1.301.4.39.1', // krbPrincipalKey
	'2.16.840.1.113730.3.1.216', // userPKCS12
]);

/** Whether values must never be emitted, searched, logged or stored. Options (`;binary`, `;lang-de`) do not matter. */
export function isSecretAttribute(name: string): boolean {
	const bare = name.toLowerCase().split(';')[0] ?? '';
	return SECRETS.has(bare) || SECRET_OIDS.has(bare) || bare.startsWith('unhashed#');
}

/** The name unchanged; rejects what could not be the name of an attribute, so that no text can become filter syntax or a NUL. */
export function attributeName(name: string): string {
	if (ATTRIBUTE_DESCRIPTION.test(name)) return name;
	throw new DomainError(`"${name}" cannot be the name of an attribute`, {
		advice:
			'Choose the attribute from the list, or write its name as the directory schema has it, e.g. "department".',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
