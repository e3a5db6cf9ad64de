import type { LdapEntry } from '../../ldap/ldap.types';
import type { AttributeChange, EntryChange, MemberValue, Snapshot } from '../changes.types';
import { memberKey } from '../memberKey';
import { digest } from '../eventId';
import type { EntryDescriber } from './entryDescription';
import { millisecondsOf } from './generalizedTime';

/** What became of an entry between two reads; undefined = nothing that counts. Without `before` it is new. */
export function differenceOf(
	entryId: string,
	before: Snapshot | undefined,
	now: Snapshot,
	entry: LdapEntry,
	describer: EntryDescriber,
): EntryChange | undefined {
	const attributes = before ? attributeChanges(before.attributes, now.attributes) : [];
	const members = memberChanges(before?.members ?? [], now.members);
	const account =
		before && !sameAccount(before, now) ? { before: before.account, after: now.account } : undefined;
	const moved = before !== undefined && (before.dn !== now.dn || before.name !== now.name);
	const nothing =
		attributes.length + members.added.length + members.removed.length === 0 && !account && !moved;
	if (before && nothing) return undefined;
	const modifiedAt = entry.first('modifyTimestamp') ?? '19700101000000Z';
	return {
		changeId: changeIdOf(before, now, entry, modifiedAt),
		operation: before ? 'modified' : 'created',
		entryId,
		dn: entry.dn,
		occurredAt: new Date(millisecondsOf(modifiedAt)).toISOString(),
		actor: null,
		lastModifier: entry.first('modifiersName') ?? null,
		attributes,
		account,
		members,
		person: describer.personOf(entry),
		group: describer.groupOf(entry),
	};
}

/** The generation of the entry: where the server counts writes, that number; else the time and what was found then. */
function changeIdOf(
	before: Snapshot | undefined,
	now: Snapshot,
	entry: LdapEntry,
	modifiedAt: string,
): string {
	return entry.first('entryCSN') ?? digest([modifiedAt, JSON.stringify(before ?? null), JSON.stringify(now)]);
}

function sameAccount(one: Snapshot, other: Snapshot): boolean {
	return (
		one.account.enabled === other.account.enabled &&
		one.account.locked === other.account.locked &&
		one.account.passwordResetRequired === other.account.passwordResetRequired
	);
}

function attributeChanges(before: Snapshot['attributes'], now: Snapshot['attributes']): AttributeChange[] {
	const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
	return names
		.map((attribute) => ({ attribute, before: before[attribute] ?? [], after: now[attribute] ?? [] }))
		.filter(({ before: old, after }) => JSON.stringify(old) !== JSON.stringify(after));
}

function memberChanges(before: MemberValue[], now: MemberValue[]): EntryChange['members'] {
	const known = new Set(before.map(memberKey));
	const present = new Set(now.map(memberKey));
	return {
		added: now.filter((member) => !known.has(memberKey(member))),
		removed: before.filter((member) => !present.has(memberKey(member))),
	};
}
