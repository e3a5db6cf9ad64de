/** MS-DTYP §2.4.2.2: revision, number of sub-authorities, authority, then 32-bit sub-authorities, the last one being the relative id. */
const HEADER_BYTES = 8;
const SUB_AUTHORITY_BYTES = 4;

/** The relative id at the end of a SID; undefined for bytes that are none. */
export function ridOf(sid: Buffer): number | undefined {
	return isSid(sid) ? sid.readUInt32LE(sid.length - SUB_AUTHORITY_BYTES) : undefined;
}

/** The SID of another account of the same domain; undefined for bytes or a number that cannot be. */
export function siblingSid(sid: Buffer, rid: number): Buffer | undefined {
	const isRid = Number.isInteger(rid) && rid >= 0 && rid <= 0xffff_ffff;
	if (!isSid(sid) || !isRid) return undefined;
	const sibling = Buffer.from(sid);
	sibling.writeUInt32LE(rid, sid.length - SUB_AUTHORITY_BYTES);
	return sibling;
}

/** An account directly below a domain: `S-1-5-21-…-<rid>` from the domain's own SID. */
export function accountSid(domain: Buffer, rid: number): Buffer | undefined {
	const count = domain[1];
	if (!isSid(domain) || count === undefined || count >= 15) return undefined;
	const sid = Buffer.concat([domain, Buffer.alloc(SUB_AUTHORITY_BYTES)]);
	sid.writeUInt8(count + 1, 1);
	return siblingSid(sid, rid);
}

/** `S-1-5-32-<rid>`: the groups that every domain has. */
export function builtinSid(rid: number): Buffer {
	const sid = Buffer.from('01020000000000052000000000000000', 'hex');
	sid.writeUInt32LE(rid, sid.length - SUB_AUTHORITY_BYTES);
	return sid;
}

const isSid = (sid: Buffer): boolean => {
	const count = sid[1] ?? 0;
	return (
		sid[0] === 1 && count > 0 && count <= 15 && sid.length === HEADER_BYTES + count * SUB_AUTHORITY_BYTES
	);
};
