import type { Group, Person } from '../../directory.types';
import type { EntryChange, Snapshot } from '../changes.types';
import { digest } from '../eventId';
import { differenceOf } from './snapshotDifference';
import type { SeenEntry, SnapshotSource } from './snapshotSource.types';

/** Where a change stands among all: the same at a replay, another one when the same happens again. */
export interface Generation {
	epoch: string;
	entryId: string;
	generation: number;
}

const idOf = ({ epoch, entryId, generation }: Generation, what: readonly string[]): string =>
	digest([epoch, entryId, String(generation), ...what]);

/** What became of a person's own entry; memberships are told apart. undefined = nothing that is told. */
export function personChange(
	generation: Generation,
	before: Snapshot | undefined,
	entry: SeenEntry,
	occurredAt: string,
	isNews: SnapshotSource['isNews'],
): EntryChange | undefined {
	const [old, now] = [before && told(before, isNews), told(entry.snapshot, isNews)];
	return differenceOf(old, now, {
		entryId: entry.entryId,
		changeId: idOf(generation, [JSON.stringify(old ?? null), JSON.stringify(now)]),
		dn: entry.person?.dn ?? '',
		occurredAt,
		lastModifier: null,
		person: entry.person,
	});
}

/** Without what is remembered for other purposes. A move is no event yet. */
function told({ kind, account, attributes }: Snapshot, isNews: SnapshotSource['isNews']): Snapshot {
	const { enabled, locked, passwordResetRequired } = account;
	const news = Object.entries(attributes)
		.filter(([name]) => isNews(name))
		.sort(([one], [other]) => (one < other ? -1 : 1));
	return {
		dn: '',
		kind,
		account: { enabled, locked, passwordResetRequired },
		attributes: Object.fromEntries(news),
		members: [],
	};
}

/** One person's joining or leaving, told from the group's side as everywhere. */
export function membershipChange(
	generation: Generation,
	what: 'added' | 'removed',
	group: Group,
	personDn: string,
	occurredAt: string,
): EntryChange {
	const member = { value: personDn, is: 'dn' as const };
	return {
		changeId: idOf(generation, [what, group.id]),
		operation: 'modified',
		entryId: group.id,
		dn: group.dn,
		occurredAt,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: what === 'added' ? [member] : [], removed: what === 'removed' ? [member] : [] },
		group,
	};
}

export function deletionOf(generation: Generation, person: Person, occurredAt: string): EntryChange {
	return {
		changeId: idOf(generation, ['deleted']),
		operation: 'deleted',
		entryId: person.id,
		dn: person.dn,
		occurredAt,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: [], removed: [] },
		person,
	};
}

/** Somebody who is gone, as far as they are remembered. */
export function rememberedPerson(entryId: string, { dn, name, account, attributes }: Snapshot): Person {
	const { enabled, locked } = account;
	return { id: entryId, dn, username: name, enabled, locked, attributes };
}

export const rememberedGroup = (entryId: string, { dn, name }: Snapshot): Group => ({
	id: entryId,
	dn,
	name: name ?? entryId,
	kind: 'group',
});

/** Whether nothing has to be written: generations apart. */
export function isSameSnapshot(one: Snapshot, other: Snapshot): boolean {
	return (
		one.dn === other.dn &&
		(one.name ?? '') === (other.name ?? '') &&
		one.kind === other.kind &&
		one.account.enabled === other.account.enabled &&
		one.account.locked === other.account.locked &&
		one.account.passwordResetRequired === other.account.passwordResetRequired &&
		isSameList(one.memberOf ?? [], other.memberOf ?? []) &&
		isSameAttributes(one.attributes, other.attributes)
	);
}

function isSameAttributes(one: Snapshot['attributes'], other: Snapshot['attributes']): boolean {
	const names = Object.keys(one);
	return (
		names.length === Object.keys(other).length &&
		names.every((name) => isSameList(one[name] ?? [], other[name] ?? []))
	);
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
	one.length === other.length && one.every((value, index) => value === other[index]);
