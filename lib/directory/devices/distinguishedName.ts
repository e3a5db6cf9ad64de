/**
 * A text that is equal for DNs that name the same entry: case, blanks around separators and the way a character was escaped
 * (RFC 4514 §2.4: `\2C` or `\,`) do not count. For comparing only: it is no DN to hand to a directory.
 */
export function dnKey(dn: string): string {
	return dn
		.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/gi, (_escape, hex?: string, character?: string) =>
			guardSpecials(hex === undefined ? (character ?? '') : decodeHex(hex)),
		)
		.replace(/\s*([,;=+])\s*/g, '$1')
		.trim()
		.toLowerCase();
}

const decodeHex = (pairs: string): string => Buffer.from(pairs.replaceAll('\\', ''), 'hex').toString('utf8');

const guardSpecials = (text: string): string =>
	text.replace(/[,;=+\\<>"#]/g, (special) => `\\${special.charCodeAt(0).toString(16)}`);
