import { badRequest } from './otds.errors.ts';

/** Attributes that may be written, as the server spells them. */
const WRITABLE = [
	'mail',
	'displayName',
	'givenName',
	'initials',
	'sn',
	'title',
	'description',
	'oTDepartment',
	'oTCompany',
	'physicalDeliveryOfficeName',
	'street',
	'l',
	'st',
	'c',
	'postalCode',
	'oTTelephoneNumber',
	'oTFacsimileTelephoneNumber',
	'oTMobile',
	'preferredLanguage',
	'oTType',
	'oTSource',
	'oTObjectIDInResource',
	...Array.from({ length: 10 }, (_, index) => `oTExtraAttr${index}`),
];

/** Texts "true" and "false". */
const FLAGS = [
	'accountDisabled',
	'accountLockedOut',
	'pwdReset',
	'UserMustChangePasswordAtNextSignIn',
	'PasswordNeverExpires',
	'UserCannotChangePassword',
];

const SPELLINGS = new Map([...WRITABLE, ...FLAGS].map((name) => [name.toLowerCase(), name]));

export interface AttributeRules {
	/** oTExtraAttr0..9 hold one value: whether real servers keep several is not known. */
	singleValuedExtras: boolean;
}

/** The server's spelling and what is kept; no values = the attribute goes. @throws Refusal 400 */
export function judgeAttribute(
	name: string,
	values: readonly string[],
	rules: AttributeRules,
): { name: string; values: string[] } {
	const spelling = /^custom:[^\s:]+$/i.test(name) ? name : SPELLINGS.get(name.toLowerCase());
	if (spelling === undefined) throw badRequest(`Attribute ${name} cannot be written`);
	// Official clients send [""] for what they have no value of.
	const kept = values.filter((value) => value !== '');
	if (FLAGS.includes(spelling) && !kept.every((value) => value === 'true' || value === 'false'))
		throw badRequest(`Attribute ${spelling} is either "true" or "false"`);
	const single = FLAGS.includes(spelling) || (rules.singleValuedExtras && /^oTExtraAttr/.test(spelling));
	if (single && kept.length > 1) throw badRequest(`Attribute ${spelling} holds a single value`);
	return { name: spelling, values: kept };
}
