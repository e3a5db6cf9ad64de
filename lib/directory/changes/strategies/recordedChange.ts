import type { Rdn } from '../../directory.client';
import { isDn, parseDn } from '../../distinguishedName';
import { isSecretAttribute } from '../../attributeName';
import type { AccountState } from '../../directory.types';
import type { AttributeReader } from '../../ldap/family.types';
import type { LdapEntry } from '../../ldap/ldap.types';
import type { AttributeChange, EntryChange, MemberValue } from '../changes.types';
import type { AccessLogRecord } from './accessLogRecord';
import { addedEntry } from './accessLogRecord';
import { timeOfCsn } from './csn';
import type { EntryDescriber } from './entryDescription';
import { deltaOf } from './recordedDelta';
import type { RecordedValues } from './recordedDelta';
import { shownValue } from './shownValue';
import { isBookkeepingAttribute } from './bookkeepingAttributes';

/** Which attributes count as news for user.updated; empty = all. */
export type WatchedAttributes = ReadonlySet<string>;

/**
 * A log record in domain terms. `known` is the entry as it is shown today, or as the log last saw it: it tells what the entry is
 * and what it is called; what happened is taken from the record alone.
 */
export function changeOf(
	record: AccessLogRecord,
	known: LdapEntry | undefined,
	describer: EntryDescriber,
	watched: WatchedAttributes,
): EntryChange {
	const described = describedEntry(record, known);
	const delta = record.type === 'modify' ? deltaOf(record) : [];
	return {
		...authorship(record),
		changeId: record.csn,
		operation: operationOf(record),
		entryId: record.entryId ?? record.dn,
		dn: record.newDn ?? record.dn,
		...(record.newDn === undefined ? {} : { previousDn: record.dn }),
		attributes: [
			...delta.filter((values) => isNews(values, watched, describer)).map(attributeChange),
			...renamedAttributes(record, watched),
		],
		account: accountChange(delta, describer),
		members: membersOf(record, delta, describer),
		person: described && describer.personOf(described),
		group: described && describer.groupOf(described),
	};
}

/** When, and by whom. */
export function authorship(
	record: AccessLogRecord,
): Pick<EntryChange, 'occurredAt' | 'actor' | 'lastModifier'> {
	const modifier = record.modifications.find(({ attribute }) => attribute.toLowerCase() === 'modifiersname');
	return {
		occurredAt: timeOfCsn(record.csn),
		actor: record.authorizedBy ?? null,
		lastModifier: modifier?.value?.toString('utf8') ?? record.authorizedBy ?? null,
	};
}

/** The entry after the record, as far as an account's state goes: what was not touched is as it is today. */
export function stateReader(record: AccessLogRecord, known: LdapEntry | undefined): AttributeReader {
	const delta = deltaOf(record);
	return (name) => {
		const touched = delta.find(({ attribute }) => attribute.toLowerCase() === name.toLowerCase());
		if (!touched) return known?.values(name) ?? [];
		return (touched.after ?? []).map((value) => value.toString('utf8'));
	};
}

/** An added or deleted entry is described by its own record, so that a later change does not recolour it. */
function describedEntry(record: AccessLogRecord, known: LdapEntry | undefined): LdapEntry | undefined {
	if (record.type === 'add') return addedEntry(record);
	if (record.type === 'delete' && record.keepsOld) return record.old;
	return known;
}

const OPERATIONS = { add: 'created', modify: 'modified', modrdn: 'renamed', delete: 'deleted' } as const;
const operationOf = ({ type }: AccessLogRecord): EntryChange['operation'] => OPERATIONS[type];

function isNews(
	{ attribute, before, after }: RecordedValues,
	watched: WatchedAttributes,
	{ family }: EntryDescriber,
): boolean {
	const name = attribute.toLowerCase();
	if (isSecretAttribute(name)) return false;
	const own = [...family.stateAttributes, ...family.memberAttributes.map((member) => member.attribute)];
	const isOwn = own.some((other) => other.toLowerCase() === name);
	if (watched.size > 0 ? !watched.has(name) : isOwn || isBookkeepingAttribute(name)) return false;
	return before === undefined || after === undefined || !sameValues(before, after);
}

function sameValues(before: Buffer[], after: Buffer[]): boolean {
	const fold = (values: Buffer[]): string =>
		JSON.stringify(values.map((value) => value.toString('latin1')).sort());
	return fold(before) === fold(after);
}

function attributeChange({ attribute, before, after }: RecordedValues): AttributeChange {
	const shown = (values: Buffer[] | undefined): string[] | 'unknown' =>
		values === undefined ? 'unknown' : values.map((value) => shownValue(attribute, value));
	return { attribute, before: shown(before), after: shown(after) };
}

const PARTS = ['enabled', 'locked', 'passwordResetRequired'] as const;

/** The state as far as the touched attributes tell it; the log says nothing of the other parts. */
function accountChange(delta: readonly RecordedValues[], { family }: EntryDescriber): EntryChange['account'] {
	const touched = (part: keyof AccountState): RecordedValues[] =>
		delta.filter(({ attribute }) =>
			isOneOf(attribute, family.stateSources?.[part] ?? family.stateAttributes),
		);
	if (PARTS.every((part) => touched(part).length === 0)) return undefined;
	const side = (when: 'before' | 'after'): AccountState => {
		const state = family.accountState((name) => {
			const values = delta.find(({ attribute }) => isOneOf(attribute, [name]))?.[when];
			return (values ?? []).map((value) => value.toString('utf8'));
		});
		const told = <T>(part: keyof AccountState, value: T): T | 'unknown' => {
			const values = touched(part).map((one) => one[when]);
			return values.length === 0 || values.includes(undefined) ? 'unknown' : value;
		};
		return {
			enabled: told('enabled', state.enabled),
			locked: told('locked', state.locked),
			passwordResetRequired: told('passwordResetRequired', state.passwordResetRequired),
		};
	};
	return { before: side('before'), after: side('after') };
}

const isOneOf = (attribute: string, names: readonly string[]): boolean =>
	names.some((name) => name.toLowerCase() === attribute.toLowerCase());

/** A rename gives the attribute in the name another value; which others it had, the record does not say. */
function renamedAttributes({ dn, newDn }: AccessLogRecord, watched: WatchedAttributes): AttributeChange[] {
	if (newDn === undefined || !isDn(dn) || !isDn(newDn)) return [];
	const [before = []] = parseDn(dn);
	const [after = []] = parseDn(newDn);
	const differs = (one: Rdn, others: readonly Rdn[]): boolean =>
		!others.some(({ attribute, value }) => isOneOf(attribute, [one.attribute]) && value === one.value);
	const changed = [
		...before.filter((one) => differs(one, after)),
		...after.filter((one) => differs(one, before)),
	].map(({ attribute }) => attribute.toLowerCase());
	return [...new Set(changed)]
		.filter((attribute) => watched.has(attribute))
		.map((attribute) => ({ attribute, before: 'unknown', after: 'unknown' }));
}

/** A group that is created brings its members, one that is deleted loses them. */
function membersOf(
	record: AccessLogRecord,
	delta: readonly RecordedValues[],
	{ family }: EntryDescriber,
): EntryChange['members'] {
	const members: EntryChange['members'] = { added: [], removed: [] };
	for (const { attribute, values: is } of family.memberAttributes) {
		const named = (values: Buffer[]): MemberValue[] =>
			values.map((value) => ({ value: value.toString('utf8'), is }));
		if (record.type === 'add') members.added.push(...named(addedEntry(record).buffers(attribute)));
		if (record.type === 'delete') members.removed.push(...named(record.old.buffers(attribute)));
		const touched = delta.find((values) => values.attribute.toLowerCase() === attribute.toLowerCase());
		members.added.push(...named(touched?.added ?? []));
		members.removed.push(...named(touched?.removed ?? []));
	}
	return members;
}

/** Whether a record can lead to an event at all: most writes to a busy directory are no news, and need no second look. */
export function mayMatter(
	record: AccessLogRecord,
	describer: EntryDescriber,
	watched: WatchedAttributes,
): boolean {
	if (record.type !== 'modify') return true;
	const members = describer.family.memberAttributes.map(({ attribute }) => attribute.toLowerCase());
	const states = describer.family.stateAttributes.map((name) => name.toLowerCase());
	return deltaOf(record).some((values) => {
		const name = values.attribute.toLowerCase();
		return members.includes(name) || states.includes(name) || isNews(values, watched, describer);
	});
}
