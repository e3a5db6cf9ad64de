import type { Group } from '../../directory.types';
import type { LdapEntry } from '../../ldap/ldap.types';
import type { EntryChange, MemberValue, Snapshot, SnapshotReader, SnapshotWrite } from '../changes.types';
import { digest } from '../eventId';
import { memberKey } from '../memberKey';
import type { Compared } from './entryComparison';
import { millisecondsOf } from './generalizedTime';

/** A person whose primary group became another. Ids of the groups; undefined = none that can be seen. */
export interface Swap {
	before: Snapshot;
	write: SnapshotWrite;
	entry: LdapEntry;
	from: string | undefined;
	to: string | undefined;
}

/** The entry of a group in hand, with the members it names itself. */
type GroupNow = (groupId: string) => { group: Group; members: readonly MemberValue[] } | undefined;

/**
 * Being in a group by its list and by `primaryGroupID` is the same membership. When the primary group is changed, the server writes
 * both lists: the new group drops the member from its list, the old one takes it up. That is nobody's joining or leaving, and is not
 * told; what remains is.
 */
export async function mergedMemberships(
	compared: readonly Compared[],
	swaps: readonly Swap[],
	before: SnapshotReader,
	now: GroupNow,
): Promise<Compared[]> {
	if (swaps.length === 0) return [...compared];
	const result: Compared[] = compared.map(({ change, write }) => ({
		change: change && withoutSwaps(change, swaps),
		write,
	}));
	const written = new Map(compared.map(({ write }) => [write.entryId, write]));
	for (const found of swaps) {
		const swap = { ...found, write: written.get(found.write.entryId) ?? uncounted(found) };
		const known = await before.get([swap.from ?? '', swap.to ?? '']);
		const member: MemberValue = { value: swap.entry.dn, is: 'dn' };
		const joins = now(swap.to ?? '');
		const leaves = now(swap.from ?? '');
		const wasListed = has(known.get(swap.to ?? '')?.members, member, swap);
		if (joins && !wasListed) result.push(membership(swap, 'added', joins.group, member));
		if (leaves && !has(leaves.members, member, swap))
			result.push(membership(swap, 'removed', leaves.group, member));
		if (!written.has(swap.write.entryId)) result.push({ write: swap.write });
	}
	return result;
}

function withoutSwaps(change: EntryChange, swaps: readonly Swap[]): EntryChange | undefined {
	const { added, removed } = change.members;
	const concerns = (member: MemberValue, group: 'from' | 'to'): boolean =>
		swaps.some(
			(swap) => swap[group] === change.entryId && has([member], { value: swap.entry.dn, is: 'dn' }, swap),
		);
	const members = {
		added: added.filter((member) => !concerns(member, 'from')),
		removed: removed.filter((member) => !concerns(member, 'to')),
	};
	const dropped = added.length + removed.length - members.added.length - members.removed.length;
	const isEmpty = members.added.length + members.removed.length === 0;
	const tells =
		change.operation !== 'modified' || change.previousDn !== undefined || change.attributes.length > 0;
	return dropped > 0 && isEmpty && !tells ? undefined : { ...change, members };
}

/** Nothing of the person itself is told. */
function uncounted({ before, write }: Swap): SnapshotWrite {
	const { generation } = before;
	return write.snapshot && generation !== undefined
		? { ...write, snapshot: { ...write.snapshot, generation } }
		: write;
}

/** By its name now or before. */
function has(members: readonly MemberValue[] | undefined, member: MemberValue, { before }: Swap): boolean {
	const names = new Set([memberKey(member), memberKey({ value: before.dn, is: 'dn' })]);
	return (members ?? []).some((one) => names.has(memberKey(one)));
}

/** Told from the group's side as everywhere, and remembered on the person's. */
function membership(
	{ entry, write, from, to }: Swap,
	what: 'added' | 'removed',
	group: Group,
	member: MemberValue,
): Compared & { change: EntryChange } {
	const changedAt = entry.first('whenChanged') ?? '19700101000000Z';
	const change: EntryChange = {
		changeId: digest(['primary group', write.entryId, from ?? '', to ?? '', what, changedAt]),
		operation: 'modified',
		entryId: group.id,
		dn: group.dn,
		occurredAt: new Date(millisecondsOf(changedAt)).toISOString(),
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: what === 'added' ? [member] : [], removed: what === 'removed' ? [member] : [] },
		group,
	};
	return { change, write };
}
