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

/** What became of the entry itself; memberships and devices are told apart. undefined = nothing that is told. */
export function entryChange(
	generation: Generation,
	before: Snapshot | undefined,
	{ entryId, snapshot, person, group }: SeenEntry,
	occurredAt: string,
	isNews: SnapshotSource['isNews'],
): EntryChange | undefined {
	const [old, now] = [before && told(before, isNews), told(snapshot, isNews)];
	const change = differenceOf(old, now, {
		entryId,
		changeId: idOf(generation, [JSON.stringify(old ?? null), JSON.stringify(now)]),
		dn: person?.dn ?? group?.dn ?? '',
		occurredAt,
		lastModifier: null,
		person,
		group,
	});
	const previousName = person && old?.name !== now.name ? old?.name : undefined;
	return change && previousName !== undefined ? { ...change, previousName } : change;
}

/** Without what is remembered for other purposes. */
function told({ dn, kind, name, account, attributes }: Snapshot, isNews: SnapshotSource['isNews']): Snapshot {
	const { enabled, locked, passwordResetRequired } = account;
	const news = Object.entries(attributes)
		.filter(([attribute]) => attribute !== HAS_DEVICE && isNews(attribute))
		.sort(([one], [other]) => (one < other ? -1 : 1));
	return {
		dn,
		kind,
		name,
		account: { enabled, locked, passwordResetRequired },
		attributes: Object.fromEntries(news),
		members: [],
	};
}

/** Among the remembered attributes: that there is a device, and nothing about it. No attribute can have this name. */
export const HAS_DEVICE = '(device)';

/** Somebody who had no device has one now. Made of no person: it is not the person that was created. */
export function deviceChange(
	generation: Generation,
	before: Snapshot | undefined,
	now: Snapshot,
	ownerDn: string,
	occurredAt: string,
): EntryChange | undefined {
	if (!now.attributes[HAS_DEVICE] || before?.attributes[HAS_DEVICE]) return undefined;
	return {
		changeId: idOf(generation, ['device']),
		operation: 'created',
		entryId: generation.entryId,
		dn: ownerDn,
		occurredAt,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: [], removed: [] },
		device: { owner: { value: ownerDn, is: 'dn' } },
	};
}

/** A person's or a group's joining or leaving, told from the side of the group it is in, as everywhere. */
export function membershipChange(
	generation: Generation,
	what: 'added' | 'removed',
	group: Group,
	memberDn: string,
	occurredAt: string,
): EntryChange {
	const member = { value: memberDn, is: 'dn' as const };
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

export function deletionOf(
	generation: Generation,
	{ dn, person, group }: { dn: string; person: Person | undefined; group: Group | undefined },
	occurredAt: string,
): EntryChange {
	return {
		changeId: idOf(generation, ['deleted']),
		operation: 'deleted',
		entryId: generation.entryId,
		dn,
		occurredAt,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: [], removed: [] },
		...(person ? { person } : {}),
		...(group ? { group } : {}),
	};
}

/** Somebody who is gone, as far as they are remembered. */
export function rememberedPerson(entryId: string, { dn, name, account, attributes }: Snapshot): Person {
	const { enabled, locked } = account;
	const known = { ...attributes };
	delete known[HAS_DEVICE];
	return { id: entryId, dn, username: name, enabled, locked, attributes: known };
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
