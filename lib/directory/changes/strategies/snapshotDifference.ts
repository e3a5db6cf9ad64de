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
	/** ISO 8601, UTC: when a lock that is found now ends by itself. */
	lockedUntil?: string;
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
	if (now.kind === 'device') return before ? undefined : deviceAdded(now, facts);
	const members = memberChanges(before?.members ?? [], now.members);
	const { lockedUntil, ...about } = facts;
	const account = before && accountChange(before, now, lockedUntil);
	const moved = before !== undefined && (before.dn !== now.dn || before.name !== now.name);
	const nothing =
		attributes.length + members.added.length + members.removed.length === 0 && !account && !moved;
	if (before && nothing) return undefined;
	return {
		...about,
		operation: before ? 'modified' : 'created',
		...(before && before.dn !== now.dn ? { previousDn: before.dn } : {}),
		actor: null,
		attributes,
		account,
		members,
	};
}

function deviceAdded({ members: [owner] }: Snapshot, facts: EntryFacts): EntryChange | undefined {
	if (!owner) return undefined;
	const none = { added: [], removed: [] };
	return { ...facts, operation: 'created', actor: null, attributes: [], members: none, device: { owner } };
}

/** undefined = the account is as it was. */
function accountChange(
	before: Snapshot,
	now: Snapshot,
	lockedUntil: string | undefined,
): EntryChange['account'] {
	if (sameAccount(before, now)) return undefined;
	const isLocked = now.account.locked === true && lockedUntil !== undefined;
	return { before: before.account, after: now.account, ...(isLocked ? { lockedUntil } : {}) };
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
