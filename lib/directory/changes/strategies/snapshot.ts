import { isSecretAttribute } from '../../ldap/attributeName';
import type { LdapEntry } from '../../ldap/ldap.types';
import type { MemberValue, Snapshot } from '../changes.types';
import type { EntryDescriber } from './entryDescription';
import { shownValue } from './shownValue';
import { isBookkeepingAttribute } from './bookkeepingAttributes';

/** All that a snapshot and the description of its change are made of. */
export function describesSomething(describer: EntryDescriber, watched: readonly string[]): string[] {
	return [
		...(watched.length > 0 ? watched : ['*']),
		...describer.attributes,
		...describer.family.memberAttributes.map(({ attribute }) => attribute),
		'owner',
		'modifyTimestamp',
		'createTimestamp',
		'modifiersName',
		'entryCSN',
	].filter((name) => !isSecretAttribute(name));
}

/** undefined for what is neither a person, a group nor a device of ours. */
export function snapshotOf(
	entry: LdapEntry,
	describer: EntryDescriber,
	watched: readonly string[],
): Snapshot | undefined {
	const group = describer.groupOf(entry);
	const person = describer.personOf(entry);
	const owner = group || person ? undefined : describer.deviceOwnerOf(entry);
	if (owner) return deviceSnapshot(entry, owner);
	if (!group && !person) return undefined;
	return {
		dn: entry.dn,
		kind: person ? 'person' : 'group',
		name: person?.displayName ?? group?.name,
		account: describer.family.accountState((name) => entry.values(name)),
		attributes: person ? newsworthy(entry, describer, watched) : {},
		members: group ? membersOf(entry, describer) : [],
	};
}

const deviceSnapshot = (entry: LdapEntry, owner: MemberValue): Snapshot => ({
	dn: entry.dn,
	kind: 'device',
	account: { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' },
	attributes: {},
	members: [owner],
});

function newsworthy(
	entry: LdapEntry,
	{ family }: EntryDescriber,
	watched: readonly string[],
): Record<string, string[]> {
	const names = watched.length > 0 ? watched : entry.names;
	const own = new Set(
		[...family.stateAttributes, ...family.memberAttributes.map(({ attribute }) => attribute)].map((name) =>
			name.toLowerCase(),
		),
	);
	const kept: Record<string, string[]> = {};
	for (const name of names) {
		const key = name.toLowerCase();
		if (isSecretAttribute(key) || (watched.length === 0 && (own.has(key) || isBookkeepingAttribute(key))))
			continue;
		const values = entry.buffers(name).map((value) => shownValue(name, value));
		if (values.length > 0) kept[key] = values.sort();
	}
	return kept;
}

function membersOf(entry: LdapEntry, { family }: EntryDescriber): MemberValue[] {
	return family.memberAttributes.flatMap(({ attribute, values: is }) =>
		entry.values(attribute).map((value) => ({ value, is })),
	);
}
