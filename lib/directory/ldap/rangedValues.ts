import type { LdapConnection, LdapEntry } from './ldap.types';
import { ReceivedEntry } from './ldapEntry';

/** Active Directory hands out long value lists in pieces: `member;range=0-1499` (MS-ADTS §3.1.1.3.1.3.3). */
const RANGE = /^([^;]+);range=\d+-(\d+|\*)$/i;

/** The entry with every ranged attribute complete, under its plain name. Other entries as they are. */
export async function withAllValues(connection: LdapConnection, entry: LdapEntry): Promise<LdapEntry> {
	if (!entry.names.some((name) => RANGE.test(name))) return entry;
	const attributes: Array<{ name: string; values: Buffer[] }> = [];
	for (const name of entry.names) {
		const plain = RANGE.exec(name)?.[1];
		if (plain === undefined) {
			// Beside a range the plain name may be there as well, and empty: that does not mean "no values".
			if (!hasRange(entry, name)) attributes.push({ name, values: entry.buffers(name) });
		} else attributes.push({ name: plain, values: await allValues(connection, entry, name) });
	}
	return new ReceivedEntry(entry.dn, attributes);
}

const hasRange = (entry: LdapEntry, plain: string): boolean =>
	entry.names.some((name) => RANGE.exec(name)?.[1]?.toLowerCase() === plain.toLowerCase());

async function allValues(connection: LdapConnection, entry: LdapEntry, name: string): Promise<Buffer[]> {
	const values = [...entry.buffers(name)];
	let [, plain = name, last = '*'] = RANGE.exec(name) ?? [];
	while (last !== '*') {
		const more = await connection.read(entry.dn, [`${plain};range=${values.length}-*`]);
		const ranged = more?.names.find(
			(candidate) => RANGE.exec(candidate)?.[1]?.toLowerCase() === plain.toLowerCase(),
		);
		const piece = ranged === undefined ? [] : (more?.buffers(ranged) ?? []);
		// A list that shrank in between ends without the mark.
		if (ranged === undefined || piece.length === 0) break;
		values.push(...piece);
		[, plain = plain, last = '*'] = RANGE.exec(ranged) ?? [];
	}
	return values;
}
