import type { Group, Person } from '../../directory.types';
import type { AttributeChange, EntryChange, MemberValue, Snapshot } from '../changes.types';
import { memberKey } from '../memberKey';

/** What the server tells of an entry besides its state. */
export interface EntryFacts {
	entryId: string;
	/** Names this state of the entry, so that a replay names the same change. */
	changeId: string;
	dn: string;
	/** ISO 8601, UTC. */
	occurredAt: string;
	lastModifier: string | null;
	person?: Person;
	group?: Group;
}

/** What became of an entry between two reads; undefined = nothing that counts. Without `before` it is new. */
export function differenceOf(
	before: Snapshot | undefined,
	now: Snapshot,
	facts: EntryFacts,
): EntryChange | undefined {
	const attributes = before ? attributeChanges(before.attributes, now.attributes) : [];
	const members = memberChanges(before?.members ?? [], now.members);
	const account = before && accountChange(before, now);
	const moved = before !== undefined && (before.dn !== now.dn || before.name !== now.name);
	const nothing =
		attributes.length + members.added.length + members.removed.length === 0 && !account && !moved;
	if (before && nothing) return undefined;
	return {
		...facts,
		operation: before ? 'modified' : 'created',
		actor: null,
		attributes,
		account,
		members,
	};
}

/** undefined = the account is as it was. */
function accountChange(before: Snapshot, now: Snapshot): EntryChange['account'] {
	return sameAccount(before, now) ? undefined : { before: before.account, after: now.account };
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
