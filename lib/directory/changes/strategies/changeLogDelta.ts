import { isDn, parseDn } from '../../distinguishedName';
import type { AccountState } from '../../directory.types';
import type { AttributeReader, LdapFamily } from '../../ldap/family.types';
import type { AttributeChange, Snapshot } from '../changes.types';
import type { LoggedModification } from './changeLogLdif';
import type { ChangeLogRecord } from './changeLogRecord';
import { shownValue } from './shownValue';
import type { IsNewsworthy } from './snapshot';

/** A rename writes its naming attributes as well; the log leaves that to the reader. */
export function modificationsOf(record: ChangeLogRecord): LoggedModification[] {
	const { newRdn, targetDn, deletesOldRdn, modifications } = record;
	if (newRdn === undefined) return modifications;
	const old = deletesOldRdn ? namingValues('delete', targetDn) : [];
	return [...old, ...namingValues('add', newRdn), ...modifications];
}

function namingValues(operation: 'add' | 'delete', dn: string): LoggedModification[] {
	const [first = []] = isDn(dn) ? parseDn(dn) : [];
	return first.map(({ attribute, value }) => ({ operation, attribute, values: [Buffer.from(value)] }));
}

/** Values of one attribute after some modifications; undefined = nobody knows. */
type Values = string[] | undefined;

function applied(before: Values, { operation, attribute, values, isUnreadable }: LoggedModification): Values {
	if (isUnreadable) return undefined;
	const shown = values.map((value) => shownValue(attribute, value));
	if (operation === 'replace') return shown;
	if (operation === 'delete' && shown.length === 0) return [];
	if (before === undefined) return undefined;
	if (operation === 'delete') return shown.reduce(without, before);
	return [...before, ...shown.filter((value) => !before.includes(value))];
}

/** A delete may spell the value otherwise than it is stored. */
function without(values: string[], gone: string): string[] {
	const exact = values.indexOf(gone);
	const folded = gone.toLowerCase();
	const index = exact >= 0 ? exact : values.findIndex((value) => value.toLowerCase() === folded);
	return index < 0 ? values : values.toSpliced(index, 1);
}

/** What became of a person's attributes. `known` = as remembered, changed in place to what they are now. */
export function applyAttributes(
	known: Snapshot['attributes'] | undefined,
	modifications: readonly LoggedModification[],
	isNews: IsNewsworthy,
): AttributeChange[] {
	const touched = new Map<string, { attribute: string; before: Values; after: Values }>();
	for (const modification of modifications) {
		const key = modification.attribute.toLowerCase();
		if (!isNews(key)) continue;
		const before = known && (known[key] ?? []);
		const values = touched.get(key) ?? { attribute: key, before, after: before };
		values.after = applied(values.after, modification);
		touched.set(key, values);
	}
	const changes: AttributeChange[] = [];
	for (const [key, { attribute, before, after }] of touched) {
		const sorted = after?.toSorted();
		if (before && sorted && JSON.stringify(before.toSorted()) === JSON.stringify(sorted)) continue;
		changes.push({ attribute, before: before ?? 'unknown', after: sorted ?? 'unknown' });
		if (!known) continue;
		if (sorted && sorted.length > 0) known[key] = sorted;
		else delete known[key];
	}
	return changes;
}

const UNKNOWN: AccountState = { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' };
const PARTS = ['enabled', 'locked', 'passwordResetRequired'] as const;

export interface AppliedState {
	before: AccountState;
	after: AccountState;
	/** Values of what was touched, after it. */
	read: AttributeReader;
}

/** undefined = the account is as it was. The log tells of touched attributes only; all of these hold one value. */
export function applyState(
	known: AccountState | undefined,
	modifications: readonly LoggedModification[],
	family: LdapFamily,
): AppliedState | undefined {
	const states = new Set(family.stateAttributes.map((name) => name.toLowerCase()));
	const touched = new Map<string, string[]>();
	const unreadable = new Set<string>();
	for (const { operation, attribute, values, isUnreadable } of modifications) {
		const key = attribute.toLowerCase();
		if (!states.has(key)) continue;
		if (isUnreadable) unreadable.add(key);
		else unreadable.delete(key);
		touched.set(key, operation === 'delete' ? [] : values.map((value) => value.toString('utf8')));
	}
	if (touched.size === 0) return undefined;
	const read: AttributeReader = (name) => touched.get(name.toLowerCase()) ?? [];
	const now = family.accountState(read);
	const before = { ...(known ?? UNKNOWN) };
	const after = { ...before };
	for (const part of PARTS) {
		const sources = (family.stateSources?.[part] ?? family.stateAttributes).map((name) => name.toLowerCase());
		if (!sources.some((name) => touched.has(name))) continue;
		after[part] = sources.some((name) => unreadable.has(name)) ? 'unknown' : now[part];
	}
	// A lock is written where the last one may have run out, which nobody writes down.
	const locks = (family.stateSources?.locked ?? []).map((name) => name.toLowerCase());
	if (before.locked === true && after.locked === true && locks.some((name) => touched.has(name)))
		before.locked = 'unknown';
	return PARTS.every((part) => before[part] === after[part]) ? undefined : { before, after, read };
}
