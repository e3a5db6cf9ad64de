import { parentOf } from './movedDn';
import { ReceivedEntry } from '../../ldap/ldapEntry';
import type { LdapEntry } from '../../ldap/ldap.types';

export type RecordedOperation = '+' | '-' | '=' | '#';

export interface RecordedModification {
	attribute: string;
	operation: RecordedOperation;
	/** undefined = none: delete all values, or replace them by nothing. */
	value: Buffer | undefined;
}

/** What one write did, as slapo-accesslog(5) recorded it. */
export interface AccessLogRecord {
	csn: string;
	type: 'add' | 'modify' | 'modrdn' | 'delete';
	dn: string;
	entryId: string | undefined;
	authorizedBy: string | undefined;
	modifications: RecordedModification[];
	/** Values from before: of the touched attributes, or of all when the entry was deleted. */
	old: ReceivedEntry;
	/** Whether the log keeps values from before at all (`logold`): without it an absent value means nothing. */
	keepsOld: boolean;
	/** Of a modrdn: where the entry is then, with all below it. */
	newDn: string | undefined;
}

export const RECORD_ATTRIBUTES = [
	'entryCSN',
	'reqType',
	'reqDN',
	'reqEntryUUID',
	'reqAuthzID',
	'reqMod',
	'reqOld',
	'reqNewRDN',
	'reqNewSuperior',
	'reqNewDN',
];
/** Enough to follow entries from place to place. */
export const PLACE_ATTRIBUTES = RECORD_ATTRIBUTES.filter((name) => name !== 'reqMod' && name !== 'reqOld');

const TYPES: ReadonlyArray<AccessLogRecord['type']> = ['add', 'modify', 'modrdn', 'delete'];

/** undefined for records of other operations (binds, searches, extended operations). */
export function recordOf(entry: LdapEntry): AccessLogRecord | undefined {
	const type = TYPES.find((known) => known === entry.first('reqType')?.toLowerCase());
	const csn = entry.first('entryCSN');
	const dn = entry.first('reqDN');
	if (type === undefined || csn === undefined || dn === undefined) return undefined;
	const oldValues = entry
		.buffers('reqOld')
		.map(parseOld)
		.filter((old) => old !== undefined);
	return {
		csn,
		type,
		dn,
		entryId: entry.first('reqEntryUUID'),
		authorizedBy: entry.first('reqAuthzID') || undefined,
		modifications: entry
			.buffers('reqMod')
			.map(parseModification)
			.filter((modification) => modification !== undefined),
		old: entryOf(dn, oldValues),
		keepsOld: oldValues.length > 0,
		newDn: type === 'modrdn' ? newDnOf(entry, dn) : undefined,
	};
}

/** OpenLDAP before 2.5 records no new DN, and a rename alone names no new superior. */
function newDnOf(entry: LdapEntry, dn: string): string | undefined {
	const recorded = entry.first('reqNewDN');
	if (recorded !== undefined) return recorded;
	const newRdn = entry.first('reqNewRDN');
	if (newRdn === undefined) return undefined;
	const parent = entry.first('reqNewSuperior') ?? parentOf(dn);
	return parent === '' ? newRdn : `${newRdn},${parent}`;
}

const COLON = 0x3a;
const BLANK = 0x20;

/** `attribute:<+|-|=|#>[ value]`, by bytes: a value may hold anything, so only the first colon counts. */
export function parseModification(bytes: Buffer): RecordedModification | undefined {
	const colon = bytes.indexOf(COLON);
	const sign = colon > 0 ? bytes[colon + 1] : undefined;
	if (sign === undefined) return undefined;
	const operation = String.fromCharCode(sign);
	if (operation !== '+' && operation !== '-' && operation !== '=' && operation !== '#') return undefined;
	const value = bytes[colon + 2] === BLANK ? bytes.subarray(colon + 3) : undefined;
	return { attribute: bytes.toString('utf8', 0, colon), operation, value };
}

/** `attribute: value` */
function parseOld(bytes: Buffer): { attribute: string; value: Buffer } | undefined {
	const colon = bytes.indexOf(COLON);
	if (colon < 1) return undefined;
	const start = bytes[colon + 1] === BLANK ? colon + 2 : colon + 1;
	return { attribute: bytes.toString('utf8', 0, colon), value: bytes.subarray(start) };
}

/** The entry as an add recorded it. */
export function addedEntry(record: AccessLogRecord): ReceivedEntry {
	return entryOf(
		record.dn,
		record.modifications.flatMap(({ attribute, value }) =>
			value === undefined ? [] : [{ attribute, value }],
		),
	);
}

function entryOf(dn: string, values: ReadonlyArray<{ attribute: string; value: Buffer }>): ReceivedEntry {
	const attributes = new Map<string, { name: string; values: Buffer[] }>();
	for (const { attribute, value } of values) {
		const key = attribute.toLowerCase();
		const known = attributes.get(key);
		if (known) known.values.push(value);
		else attributes.set(key, { name: attribute, values: [value] });
	}
	return new ReceivedEntry(dn, [...attributes.values()]);
}
