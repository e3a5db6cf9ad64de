import type { Group, Person } from '../../directory.types';
import type { EntryChange, Snapshot, SnapshotReader, SnapshotWrite } from '../changes.types';
import type { PageMemory } from './pageMemory';
import type { Generation } from './snapshotChange';
import {
	deletionOf,
	deviceChange,
	entryChange,
	isSameSnapshot,
	membershipChange,
	rememberedGroup,
	rememberedPerson,
} from './snapshotChange';
import type { SeenEntry, SnapshotPage, SnapshotSource } from './snapshotSource.types';

/** More than the people of whom one walk tells. */
const MEMBERS_KEPT = 6_000;
/** The server's clock and ours may differ by so much: older entries that were never met came into sight, and are not new. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** What a comparison led to: handed over and remembered together. */
export interface Compared {
	changes: EntryChange[];
	write: SnapshotWrite;
}

/** One look at the directory. Times are ISO 8601, by our clock. */
export interface Reading {
	epoch: string;
	snapshots: SnapshotReader;
	walk: PageMemory;
	startedAt: string;
	/** Of the look before; absent = none. */
	lastStartedAt: string | undefined;
}

/** Entries as a walk met them beside what is remembered of them. */
export class SnapshotComparison {
	/** By id: those whose memberships are told on the page that is being handed over. */
	readonly members = new Map<string, Person>();
	/** Groups that are being told as gone: what is remembered of them may be gone already. */
	readonly #departed = new Map<string, Group>();

	constructor(private readonly source: SnapshotSource) {}

	/** Those of the page that are not as remembered. */
	async compare(page: SnapshotPage, reading: Reading): Promise<Compared[]> {
		const { walk } = reading;
		const entries = page.entries().filter(({ entryId }) => walk.isFirstSight(entryId));
		const known = await reading.snapshots.get(entries.map(({ entryId }) => entryId));
		const found: Compared[] = [];
		for (const entry of entries) {
			const compared = await this.#compareOne(entry, known.get(entry.entryId), reading);
			if (compared) found.push(compared);
		}
		if (found.length === 0) walk.foundUnchanged(page.fingerprint);
		return found;
	}

	/** Of somebody or something that is gone: what it was in first, for nothing is concluded from the memberships of what is gone. */
	async farewell(entryId: string, before: Snapshot, reading: Reading): Promise<EntryChange[]> {
		const generation = { epoch: reading.epoch, entryId, generation: before.generation ?? 0 };
		const { startedAt } = reading;
		const person = before.kind === 'person' ? rememberedPerson(entryId, before) : undefined;
		const group = before.kind === 'group' ? rememberedGroup(entryId, before) : undefined;
		if (group) this.#departed.set(entryId, group);
		const member = { dn: before.dn, person };
		const left = await this.#memberships(generation, before, undefined, member, startedAt, reading);
		return [...left, deletionOf(generation, { dn: before.dn, person, group }, startedAt)];
	}

	/** What was noted is handed over. */
	clear(): void {
		this.members.clear();
		this.#departed.clear();
	}

	async #compareOne(
		entry: SeenEntry,
		before: Snapshot | undefined,
		reading: Reading,
	): Promise<Compared | undefined> {
		const { entryId, snapshot: now } = entry;
		if (before && isSameSnapshot(before, now)) return undefined;
		const changes =
			before || isNew(entry, reading.epoch) ? await this.#changesOf(entry, before, reading) : [];
		// Whoever comes back after having been forgotten must not be counted from the start: their earlier changes took those ids.
		const generation = before
			? (before.generation ?? 0) + (changes.length > 0 ? 1 : 0)
			: Math.floor(Date.parse(reading.startedAt) / 1000);
		return { changes, write: { entryId, snapshot: generation > 0 ? { ...now, generation } : now } };
	}

	/** Its own change first: who reads on knows by then where the entry stands that joins or leaves. */
	async #changesOf(entry: SeenEntry, before: Snapshot | undefined, reading: Reading): Promise<EntryChange[]> {
		const { person, group, entryId, snapshot: now } = entry;
		const dn = person?.dn ?? group?.dn;
		if (dn === undefined) return [];
		const generation = { epoch: reading.epoch, entryId, generation: before?.generation ?? 0 };
		const at = momentOf(entry, before, reading);
		const own = entryChange(generation, before, entry, at, (name) => this.source.isNews(name));
		const device = deviceChange(generation, before, now, dn, at);
		if (device && person) this.#noteMember(person);
		const memberships = await this.#memberships(generation, before, now, { dn, person }, at, reading);
		return [own, device, ...memberships].filter((change) => change !== undefined);
	}

	async #memberships(
		generation: Generation,
		before: Snapshot | undefined,
		now: Snapshot | undefined,
		member: { dn: string; person: Person | undefined },
		at: string,
		{ snapshots }: Pick<Reading, 'snapshots'>,
	): Promise<EntryChange[]> {
		const [old, current] = [before?.memberOf ?? [], now?.memberOf ?? []];
		const moves = [
			...without(old, current).map((id) => ({ id, what: 'removed' as const })),
			...without(current, old).map((id) => ({ id, what: 'added' as const })),
		];
		const changes: EntryChange[] = [];
		for (const { id, what } of moves) {
			const group =
				(await this.source.group(id)) ?? this.#departed.get(id) ?? (await rememberedAs(id, snapshots));
			if (group) changes.push(membershipChange(generation, what, group, member.dn, at));
		}
		if (changes.length > 0 && member.person) this.#noteMember(member.person);
		return changes;
	}

	#noteMember(person: Person): void {
		this.members.set(person.id, person);
		const [oldest] = this.members.keys();
		if (oldest !== undefined && this.members.size > MEMBERS_KEPT) this.members.delete(oldest);
	}
}

/** Unknown, and as old as to have been met before: it came into sight. Where no time is told, it is new. */
const isNew = ({ createdAt }: SeenEntry, epoch: string): boolean =>
	createdAt === undefined || Date.parse(createdAt) >= Date.parse(epoch) - CLOCKS_DIFFER_MS;

/** The server's time, unless it is from before the last look: then something changed without touching it. */
function momentOf(
	{ createdAt, modifiedAt }: SeenEntry,
	before: Snapshot | undefined,
	{ lastStartedAt, epoch, startedAt }: Reading,
): string {
	const time = before ? modifiedAt : createdAt;
	const earliest = Date.parse(lastStartedAt ?? epoch) - CLOCKS_DIFFER_MS;
	return time !== undefined && Date.parse(time) >= earliest ? time : startedAt;
}

async function rememberedAs(entryId: string, snapshots: SnapshotReader) {
	const known = (await snapshots.get([entryId])).get(entryId);
	return known && rememberedGroup(entryId, known);
}

function without(all: readonly string[], others: readonly string[]): string[] {
	const left = new Set(others);
	return all.filter((one) => !left.has(one));
}
