import { isSecretAttribute } from '../../attributeName';
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

/** Whether an attribute of a person is remembered, and told when it changes. */
export type IsNewsworthy = (name: string) => boolean;

export function newsworthiness({ family }: EntryDescriber, watched: readonly string[]): IsNewsworthy {
	const chosen = new Set(watched.map((name) => name.toLowerCase()));
	const own = new Set(
		[...family.stateAttributes, ...family.memberAttributes.map(({ attribute }) => attribute)].map((name) =>
			name.toLowerCase(),
		),
	);
	return (name) => {
		const key = name.toLowerCase();
		if (isSecretAttribute(key)) return false;
		return chosen.size > 0 ? chosen.has(key) : !own.has(key) && !isBookkeepingAttribute(key);
	};
}

function newsworthy(
	entry: LdapEntry,
	describer: EntryDescriber,
	watched: readonly string[],
): Record<string, string[]> {
	const isNews = newsworthiness(describer, watched);
	const kept: Record<string, string[]> = {};
	for (const name of watched.length > 0 ? watched : entry.names) {
		if (!isNews(name)) continue;
		const values = entry.buffers(name).map((value) => shownValue(name, value));
		if (values.length > 0) kept[name.toLowerCase()] = values.sort();
	}
	return kept;
}

function membersOf(entry: LdapEntry, { family }: EntryDescriber): MemberValue[] {
	return family.memberAttributes.flatMap(({ attribute, values: is }) =>
		entry.values(attribute).map((value) => ({ value, is })),
	);
}
