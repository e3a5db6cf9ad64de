import { isUtf8 } from 'node:buffer';

/** By chance such values may be valid UTF-8: they are binary all the same. */
const BINARY = new Set([
	'jpegphoto',
	'photo',
	'thumbnailphoto',
	'thumbnaillogo',
	'audio',
	'usercertificate',
	'cacertificate',
	'usersmimecertificate',
	'objectguid',
	'objectsid',
	'sidhistory',
	'msexchmailboxguid',
	'ms-ds-consistencyguid',
]);

/** Text as it is, binary as base64. */
export function textOrBase64(attribute: string, value: Buffer): string {
	const [name = '', ...options] = attribute.toLowerCase().split(';');
	const isBinary = BINARY.has(name) || options.includes('binary') || !isUtf8(value);
	return value.toString(isBinary ? 'base64' : 'utf8');
}
