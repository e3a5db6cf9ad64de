import type { LdapFilter } from '../../ldap/filter';
import { and, equals, or } from '../../ldap/filter';
import { isDn, parseDn } from '../../distinguishedName';
import type { LdapEntry } from '../../ldap/ldap.types';
import type { EntryChange, Snapshot, SnapshotReader, SnapshotWrite } from '../changes.types';
import type { ChangeEventKind } from '../event.types';
import { digest } from '../eventId';
import type { EntryDescriber } from './entryDescription';
import { millisecondsOf } from './generalizedTime';
import type { LockPolicy } from './lockPolicy';
import { describesSomething, newsworthiness, snapshotOf } from './snapshot';
import type { IsNewsworthy } from './snapshot';
import { differenceOf } from './snapshotDifference';
import type { EntryFacts } from './snapshotDifference';

/** What a comparison led to: handed over and remembered together. */
export interface Compared {
	/** Absent = only to be remembered. */
	change?: EntryChange;
	write: SnapshotWrite;
}

/** Tells an entry that is new from one that came into sight: nothing tells what happened to the latter. */
export type IsNew = (entry: LdapEntry) => boolean;

/**
 * Entries as a server shows them now beside what is remembered of them: the part that all ways without a log have in common. People,
 * groups and, where a first device is asked for, devices.
 */
export class EntryComparison {
	constructor(
		readonly describer: EntryDescriber,
		private readonly watched: readonly string[],
		private readonly events: ReadonlySet<string>,
		private readonly locks: LockPolicy,
	) {}

	/** Everything a comparison needs; secrets are never asked for. */
	get attributes(): string[] {
		return describesSomething(this.describer, this.watched);
	}

	/** What stored snapshots depend on. */
	get scopeKey(): string {
		const names = this.watched.map((name) => name.toLowerCase()).sort();
		return digest([this.describer.baseDn, String(this.wantsDevices), ...names]);
	}

	get filter(): LdapFilter {
		const { family } = this.describer;
		const kinds = [family.personFilter, family.groupFilter];
		return or(...kinds, ...(this.wantsDevices ? [DEVICES] : []));
	}

	get wantsDevices(): boolean {
		const kind: ChangeEventKind = 'user.firstDeviceRegistered';
		return this.events.has(kind);
	}

	/** What of a person is remembered and told. */
	get isNews(): IsNewsworthy {
		return newsworthiness(this.describer, this.watched);
	}

	/** undefined for what is not watched. */
	snapshotOf(entry: LdapEntry): SnapshotWrite | undefined {
		const snapshot = snapshotOf(entry, this.describer, this.watched);
		return snapshot && { entryId: this.describer.idOf(entry), snapshot };
	}

	/** Those entries that are not as remembered, in their order. */
	async compare(entries: readonly LdapEntry[], snapshots: SnapshotReader, isNew: IsNew): Promise<Compared[]> {
		const known = await snapshots.get(entries.map((entry) => this.describer.idOf(entry)));
		const found: Compared[] = [];
		for (const entry of entries) {
			const write = this.snapshotOf(entry);
			if (!write?.snapshot) continue;
			const before = known.get(write.entryId);
			const facts = await this.#factsOf(entry, write.entryId, before, write.snapshot);
			const change = differenceOf(before, write.snapshot, facts);
			if (before && !change) continue;
			const told = before || isNew(entry) ? change : undefined;
			const snapshot = counted(write.snapshot, before, told !== undefined);
			found.push({ change: told, write: { ...write, snapshot } });
			// Twice in one list: compared with the newer one.
			known.set(write.entryId, snapshot);
		}
		return found;
	}

	/** What is gone, as it was remembered. */
	departure(entryId: string, before: Snapshot, at: Pick<EntryFacts, 'changeId' | 'occurredAt'>): Compared {
		const change = departureOf(entryId, before, at, this.describer.family.usernameAttributes);
		return { change, write: { entryId, snapshot: undefined } };
	}

	async #factsOf(
		entry: LdapEntry,
		entryId: string,
		before: Snapshot | undefined,
		now: Snapshot,
	): Promise<EntryFacts> {
		const modifiedAt = entry.first('modifyTimestamp') ?? entry.first('whenChanged') ?? '19700101000000Z';
		const lockedUntil =
			now.account.locked === true && before?.account.locked !== true
				? await this.locks.endOf((name) => entry.values(name))
				: undefined;
		return {
			entryId,
			changeId: changeIdOf(before, now, entry, modifiedAt),
			dn: entry.dn,
			occurredAt: new Date(millisecondsOf(modifiedAt)).toISOString(),
			lastModifier: entry.first('modifiersName') ?? null,
			lockedUntil,
			person: this.describer.personOf(entry),
			group: this.describer.groupOf(entry),
		};
	}
}

const DEVICES = and(equals('objectClass', 'device'));

/** How many changes were told of it: the same happening at the same time of the server, told twice, has two ids then. */
function counted(now: Snapshot, before: Snapshot | undefined, isTold: boolean): Snapshot {
	const generation = (before?.generation ?? 0) + (isTold ? 1 : 0);
	return generation === 0 ? now : { ...now, generation };
}

/** What led from one state to the other. The server's own count or time alone does not do: not every write moves it. */
function changeIdOf(
	before: Snapshot | undefined,
	now: Snapshot,
	entry: LdapEntry,
	modifiedAt: string,
): string {
	const moment = entry.first('entryCSN') ?? modifiedAt;
	return digest([moment, JSON.stringify(before ?? null), JSON.stringify(now)]);
}

function departureOf(
	entryId: string,
	{ dn, kind, name, account, attributes, members }: Snapshot,
	at: Pick<EntryFacts, 'changeId' | 'occurredAt'>,
	usernameAttributes: readonly string[],
): EntryChange | undefined {
	if (kind === 'device') return undefined;
	const { enabled, locked } = account;
	const username = usernameIn(dn, attributes, usernameAttributes);
	const named = {
		...(username === undefined ? {} : { username }),
		...(name === undefined ? {} : { displayName: name }),
	};
	return {
		...at,
		operation: 'deleted',
		entryId,
		dn,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: [], removed: kind === 'group' ? members : [] },
		...(kind === 'person' ? { person: { id: entryId, dn, ...named, enabled, locked, attributes } } : {}),
		...(kind === 'group' ? { group: { id: entryId, dn, name: name ?? dn, kind: 'group' } } : {}),
	};
}

/** What is watched may hold it, and where it names the entry the DN does. */
function usernameIn(
	dn: string,
	attributes: Snapshot['attributes'],
	usernameAttributes: readonly string[],
): string | undefined {
	const names = usernameAttributes.map((name) => name.toLowerCase());
	const kept = names.flatMap((name) => attributes[name] ?? [])[0];
	if (kept !== undefined || !isDn(dn)) return kept;
	return parseDn(dn)[0]?.find(({ attribute }) => names.includes(attribute.toLowerCase()))?.value;
}
