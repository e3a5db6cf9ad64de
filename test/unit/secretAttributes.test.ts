import { isSecretAttribute } from '../../lib/directory/attributeName';

/** What the service account of an Active Directory, an IPA or a Samba domain may well be able to read of a person. */
it.each([
	'unixUserPassword',
	'1.2.840.113556.1.4.1910',
	'msSFU30Password',
	'msPKIAccountCredentials',
	'msPKIDPAPIMasterKeys',
	'msLAPS-EncryptedPasswordHistory',
	'ipatokenOTPkey',
	'oathEncKey',
	'sambaClearTextPassword',
	'UserPassword;x-hidden',
	'unhashed#user#password',
])('%s is a secret', (name) => expect(isSecretAttribute(name)).toBe(true));

it.each(['title', 'pwdLastSet', 'description'])('%s is none', (name) =>
	expect(isSecretAttribute(name)).toBe(false),
);
