import { isSecretAttribute } from '../../ldap/attributeName';

/** Keys and credentials that servers of other families keep on entries, beside those the transport never hands out. */
const FURTHER_SECRETS = new Set([
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

/** Whether an attribute's values must never be emitted, logged or stored. Options (`;binary`, `;lang-de`) do not matter. */
export function isWithheld(name: string): boolean {
	const bare = (name.split(';')[0] ?? name).toLowerCase();
	return isSecretAttribute(bare) || FURTHER_SECRETS.has(bare) || bare.startsWith('unhashed#');
}

/** Written by the server with every change: no news about a person. */
const BOOKKEEPING = new Set([
	'entrycsn',
	'contextcsn',
	'modifytimestamp',
	'modifiersname',
	'createtimestamp',
	'creatorsname',
	'entryuuid',
	'entrydn',
	'structuralobjectclass',
	'subschemasubentry',
	'hassubordinates',
	'pwdchangedtime',
	'pwdfailuretime',
	'pwdlastsuccess',
	'authtimestamp',
	'memberof',
	'entryusn',
	'nsuniqueid',
	'parentid',
	'entryid',
	'numsubordinates',
	'usnchanged',
	'usncreated',
	'whenchanged',
	'whencreated',
	'logoncount',
	'lastlogon',
	'lastlogontimestamp',
	'dscorepropagationdata',
]);

export function isBookkeepingAttribute(name: string): boolean {
	return BOOKKEEPING.has(name.toLowerCase());
}
