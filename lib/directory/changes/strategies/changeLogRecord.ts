import { isDn, parentDn } from '../../distinguishedName';
import type { LdapEntry } from '../../ldap/ldap.types';
import { ReceivedEntry } from '../../ldap/ldapEntry';
import { digest } from '../eventId';
import { parseAddedValues, parseModifications } from './changeLogLdif';
import type { LoggedModification } from './changeLogLdif';
import { millisecondsOf } from '../../ldap/families/shared';

/** One write, as the Retro Changelog plug-in recorded it. */
export interface ChangeLogRecord {
	changeNumber: number;
	/** Names the record for good. */
	changeId: string;
	/** ISO 8601, UTC. */
	changeTime: string;
	type: 'add' | 'modify' | 'modrdn' | 'delete';
	targetDn: string;
	/** nsUniqueId of the entry. */
	entryId: string;
	/** Of a rename: where the entry stands now. */
	newDn: string | undefined;
	newRdn: string | undefined;
	deletesOldRdn: boolean;
	/** Of a modify or a rename. Without secrets. */
	modifications: LoggedModification[];
	/** Of an add: the entry. Without secrets. */
	added: LdapEntry | undefined;
	modifier: string | undefined;
	/** Not all of it could be read. */
	isDamaged: boolean;
}

export const RECORD_ATTRIBUTES = [
	'changeNumber',
	'changeTime',
	'changeType',
	'targetDn',
	'targetUniqueId',
	'changes',
	'newRdn',
	'deleteOldRdn',
	'newSuperior',
];

const TYPES: ReadonlyArray<ChangeLogRecord['type']> = ['add', 'modify', 'modrdn', 'delete'];
const MODRDN = ['moddn', 'modrdn'];

/** A number that a log can have; undefined for anything else. */
export function changeNumberOf(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** undefined for what tells of no entry. `serverId`: numbers mean something on one server only. */
export function recordOf(entry: LdapEntry, serverId: string): ChangeLogRecord | undefined {
	const changeNumber = changeNumberOf(entry.first('changeNumber'));
	const written = entry.first('changeType')?.toLowerCase() ?? '';
	const type = MODRDN.includes(written) ? 'modrdn' : TYPES.find((known) => known === written);
	const targetDn = entry.first('targetDn');
	const entryId = entry.first('targetUniqueId');
	if (changeNumber === undefined || !type || targetDn === undefined || entryId === undefined)
		return undefined;
	const time = entry.first('changeTime') ?? '';
	const newRdn = type === 'modrdn' ? entry.first('newRdn') : undefined;
	const content = contentOf(type, targetDn, entryId, entry.buffers('changes')[0]);
	return {
		changeNumber,
		changeId: digest([serverId, String(changeNumber), entryId, time]),
		changeTime: new Date(millisecondsOf(time) ?? 0).toISOString(),
		type,
		targetDn,
		entryId,
		newRdn,
		newDn: newRdn === undefined ? undefined : dnAfter(targetDn, newRdn, entry.first('newSuperior')),
		deletesOldRdn: entry.first('deleteOldRdn')?.toUpperCase() !== 'FALSE',
		...content,
	};
}

type Content = Pick<ChangeLogRecord, 'modifications' | 'added' | 'modifier' | 'isDamaged'>;

function contentOf(
	type: ChangeLogRecord['type'],
	dn: string,
	entryId: string,
	changes: Buffer | undefined,
): Content {
	const nothing = { modifications: [], added: undefined, modifier: undefined };
	if (type === 'delete') return { ...nothing, isDamaged: false };
	if (changes === undefined) return { ...nothing, isDamaged: type !== 'modrdn' };
	if (type === 'add') {
		const { parsed, isDamaged } = parseAddedValues(changes);
		const added = entryOf(dn, entryId, parsed);
		return { ...nothing, added, modifier: added.first('modifiersName'), isDamaged };
	}
	const { parsed: modifications, isDamaged } = parseModifications(changes);
	const modifier = modifications.find(({ attribute }) => attribute.toLowerCase() === 'modifiersname');
	return { ...nothing, modifications, modifier: modifier?.values[0]?.toString('utf8'), isDamaged };
}

function dnAfter(dn: string, newRdn: string, newSuperior: string | undefined): string {
	const parent = newSuperior ?? (isDn(dn) ? parentDn(dn) : '');
	return parent === '' ? newRdn : `${newRdn},${parent}`;
}

/** The log keeps the id beside the entry's own attributes. */
function entryOf(
	dn: string,
	entryId: string,
	values: ReadonlyArray<{ attribute: string; value: Buffer }>,
): ReceivedEntry {
	const attributes = new Map<string, { name: string; values: Buffer[] }>([
		['nsuniqueid', { name: 'nsUniqueId', values: [Buffer.from(entryId)] }],
	]);
	for (const { attribute, value } of values) {
		const key = attribute.toLowerCase();
		if (key === 'nsuniqueid') continue;
		const known = attributes.get(key);
		if (known) known.values.push(value);
		else attributes.set(key, { name: attribute, values: [value] });
	}
	return new ReceivedEntry(dn, [...attributes.values()]);
}
