import type { EntryChange, Snapshot, SnapshotReader, SnapshotWrite } from '../changes.types';
import { liesBelow } from '../entryName';
import { applyAttributes, applyState, modificationsOf } from './changeLogDelta';
import type { LoggedModification } from './changeLogLdif';
import { LoggedMembers } from './changeLogMembers';
import type { ChangeLogRecord } from './changeLogRecord';
import type { EntriesById } from './entriesById';
import type { EntryComparison } from './entryComparison';
import type { IsNewsworthy } from './snapshot';
import { differenceOf } from './snapshotDifference';
import type { LockPolicy } from './lockPolicy';

export interface LoggedPage {
	changes: EntryChange[];
	snapshots: SnapshotWrite[];
}

/** An entry while the records of a page are applied to it. */
interface Working {
	/** A copy of our own; undefined = nothing is remembered. */
	snapshot: Snapshot | undefined;
	members: LoggedMembers | undefined;
	isChanged: boolean;
	/** Of an entry that went: what earlier records of the page are described by. */
	last?: Snapshot;
}

const NOBODY = { added: [], removed: [] };

/**
 * Records of the log applied to what is remembered of their entries: the log has no values from before, the snapshots have. What
 * happened is taken from the record; today's entry only tells what somebody is called.
 */
export class ChangeLogPages {
	/** Changed, but not remembered, or not well: to be remembered as they are once the log is read to its end. */
	readonly strangers = new Set<string>();
	readonly #isNews: IsNewsworthy;

	constructor(
		private readonly comparison: EntryComparison,
		private readonly byId: EntriesById,
		private readonly locks: LockPolicy,
	) {
		this.#isNews = comparison.isNews;
	}

	async page(records: readonly ChangeLogRecord[], snapshots: SnapshotReader): Promise<LoggedPage> {
		const known = await snapshots.get([...new Set(records.map(({ entryId }) => entryId))]);
		const working = new Map<string, Working>();
		const changes: EntryChange[] = [];
		for (const record of records) {
			const entry = working.get(record.entryId) ?? workingCopy(known.get(record.entryId));
			working.set(record.entryId, entry);
			const change = await this.#apply(record, entry);
			if (change) changes.push(change);
			if (record.isDamaged) this.strangers.add(record.entryId);
		}
		const remembered = (entryId: string) => {
			const entry = working.get(entryId);
			return entry?.snapshot ?? entry?.last ?? known.get(entryId);
		};
		const described = await this.described(changes, remembered);
		for (const { entryId, person, group } of described) {
			const snapshot = working.get(entryId)?.snapshot;
			const name = person?.displayName ?? group?.name;
			if (snapshot && name !== undefined) snapshot.name = name;
		}
		return {
			changes: described,
			snapshots: [...working].flatMap(([entryId, entry]) => writeOf(entryId, entry)),
		};
	}

	/** With what they are called today, or were called last; without what is neither person, group nor device. */
	async described(
		changes: readonly EntryChange[],
		remembered: (entryId: string) => Snapshot | undefined,
	): Promise<EntryChange[]> {
		const unnamed = changes.filter((change) => !isDescribed(change));
		const ids = [...new Set(unnamed.map(({ entryId }) => entryId))];
		const names = await this.#namesToday(ids);
		return changes.flatMap((change) => {
			if (isDescribed(change)) return [change];
			const today = names.get(change.entryId);
			if (today) return isDescribed(today) ? [{ ...change, ...today }] : [];
			const before = remembered(change.entryId);
			const last = before && this.comparison.departure(change.entryId, before, change).change;
			return last ? [{ ...change, person: last.person, group: last.group }] : [];
		});
	}

	async #namesToday(ids: readonly string[]): Promise<Map<string, Described>> {
		const { describer } = this.comparison;
		const names = new Map<string, Described>();
		if (ids.length === 0) return names;
		for (const [entryId, entry] of await this.byId.read(ids, describer.attributes)) {
			const person = describer.personOf(entry);
			names.set(entryId, { person, group: person ? undefined : describer.groupOf(entry) });
		}
		return names;
	}

	async #apply(record: ChangeLogRecord, entry: Working): Promise<EntryChange | undefined> {
		if (record.type === 'add') return this.#add(record, entry);
		if (record.type === 'delete') return this.#delete(record, entry);
		return await this.#modify(record, entry);
	}

	#add(record: ChangeLogRecord, entry: Working): EntryChange | undefined {
		const now = record.added && this.comparison.snapshotOf(record.added)?.snapshot;
		// Remembered already: what is remembered is newer than the record.
		if (!now || !record.added || entry.snapshot) return undefined;
		const { describer } = this.comparison;
		Object.assign(entry, workingCopy(now), { isChanged: true });
		return differenceOf(undefined, now, {
			...factsOf(record),
			person: describer.personOf(record.added),
			group: describer.groupOf(record.added),
		});
	}

	#delete(record: ChangeLogRecord, entry: Working): EntryChange | undefined {
		const before = lastStateOf(entry);
		if (!before) return undefined;
		Object.assign(entry, { snapshot: undefined, members: undefined, isChanged: true, last: before });
		this.strangers.delete(record.entryId);
		const { changeId, occurredAt } = factsOf(record);
		return this.comparison.departure(record.entryId, before, { changeId, occurredAt }).change;
	}

	async #modify(record: ChangeLogRecord, entry: Working): Promise<EntryChange | undefined> {
		const { snapshot } = entry;
		if (!snapshot) this.strangers.add(record.entryId);
		const modifications = modificationsOf(record);
		const attributes =
			snapshot && snapshot.kind !== 'person'
				? []
				: applyAttributes(snapshot?.attributes, modifications, this.#isNews);
		const account = await this.#account(snapshot, modifications);
		const members = this.#members(entry, modifications);
		const moved = movedTo(record, snapshot);
		if (snapshot)
			Object.assign(snapshot, { dn: moved ?? snapshot.dn, account: account?.after ?? snapshot.account });
		const isNews = attributes.length + members.added.length + members.removed.length > 0;
		if (!isNews && !account && moved === undefined) return undefined;
		entry.isChanged = true;
		if (snapshot?.kind === 'device') return undefined;
		const facts = factsOf(record);
		return {
			...facts,
			operation: moved === undefined ? 'modified' : 'renamed',
			...(moved === undefined ? {} : { previousDn: record.targetDn }),
			actor: null,
			attributes,
			account,
			members,
			// Nobody is left to ask of those who leave the base: they are described as remembered.
			...(snapshot && !liesBelow(facts.dn, this.comparison.describer.baseDn)
				? this.#farewell(record, entry)
				: {}),
		};
	}

	/** Out of the base: told as a move, and forgotten. */
	#farewell(record: ChangeLogRecord, entry: Working): Pick<EntryChange, 'person' | 'group'> {
		const before = lastStateOf(entry);
		Object.assign(entry, { snapshot: undefined, members: undefined, last: before });
		this.strangers.delete(record.entryId);
		const last = before && this.comparison.departure(record.entryId, before, factsOf(record)).change;
		return { person: last?.person, group: last?.group };
	}

	async #account(
		snapshot: Snapshot | undefined,
		modifications: readonly LoggedModification[],
	): Promise<EntryChange['account']> {
		const state = applyState(snapshot?.account, modifications, this.comparison.describer.family);
		if (!state) return undefined;
		const { before, after, read } = state;
		const isLocked = after.locked === true && before.locked !== true;
		const lockedUntil = isLocked ? await this.locks.endOf(read) : undefined;
		return { before, after, ...(lockedUntil === undefined ? {} : { lockedUntil }) };
	}

	#members(entry: Working, modifications: readonly LoggedModification[]): EntryChange['members'] {
		if (entry.snapshot && entry.snapshot.kind !== 'group') return NOBODY;
		const { memberAttributes } = this.comparison.describer.family;
		const touching = modifications.flatMap((modification) => {
			const name = modification.attribute.toLowerCase();
			const member = memberAttributes.find(({ attribute }) => attribute.toLowerCase() === name);
			return member ? [{ ...modification, is: member.values }] : [];
		});
		if (touching.length === 0) return NOBODY;
		entry.members ??= new LoggedMembers(entry.snapshot?.members);
		return entry.members.apply(touching);
	}
}

type Described = Pick<EntryChange, 'person' | 'group' | 'device'>;

const isDescribed = ({ person, group, device }: Described): boolean =>
	person !== undefined || group !== undefined || device !== undefined;

/** Shallow, but for what is changed in place; long member lists are taken apart only when they are touched. */
const workingCopy = (known: Snapshot | undefined): Working => ({
	snapshot: known && { ...known, attributes: { ...known.attributes } },
	members: undefined,
	isChanged: false,
});

const lastStateOf = ({ snapshot, members }: Working): Snapshot | undefined =>
	snapshot && members ? { ...snapshot, members: members.list } : snapshot;

const writeOf = (entryId: string, entry: Working): SnapshotWrite[] =>
	entry.isChanged ? [{ entryId, snapshot: lastStateOf(entry) }] : [];

/** undefined = it stays where it is, or is remembered there already. */
function movedTo({ newDn }: ChangeLogRecord, snapshot: Snapshot | undefined): string | undefined {
	return newDn === undefined || newDn === snapshot?.dn ? undefined : newDn;
}

export function factsOf(record: ChangeLogRecord) {
	return {
		entryId: record.entryId,
		changeId: record.changeId,
		dn: record.newDn ?? record.targetDn,
		occurredAt: record.changeTime,
		lastModifier: record.modifier ?? null,
	};
}
