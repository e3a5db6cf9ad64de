const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** 389 Directory Server writes its nsUniqueId in four groups. */
const FOUR_GROUPS = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/i;

export const isUuid = (text: string): boolean => FORM.test(text) || FOUR_GROUPS.test(text);

/** Active Directory stores a GUID with its first three groups little-endian (MS-DTYP §2.3.4.2). */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** `3f79048f-42cd-4c77-8426-835cd9f8a3ad` from the 16 bytes of objectGUID. */
export function uuidOfGuid(guid: Buffer): string {
	if (guid.length !== 16) return guid.toString('hex');
	const hex = Buffer.from(GUID_ORDER.map((index) => guid.readUInt8(index))).toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The bytes to search objectGUID with. */
export function guidOfUuid(uuid: string): Buffer {
	const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
	return bytes.length === 16 ? Buffer.from(GUID_ORDER.map((index) => bytes.readUInt8(index))) : bytes;
}
