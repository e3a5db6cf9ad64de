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
