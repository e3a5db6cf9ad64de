import { DomainError } from '../../../domain.errors';
import { equals, or } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { withAllValues } from '../../ldap/rangedValues';
import type { EntryChange, MemberValue, Snapshot, SnapshotReader, SnapshotWrite } from '../changes.types';
import { foldDn } from '../entryName';
import { digest } from '../eventId';
import { memberKey } from '../memberKey';
import { EntriesById } from './entriesById';
import { EntryComparison } from './entryComparison';
import type { Compared, IsNew } from './entryComparison';
import type { EntryDescriber } from './entryDescription';
import type { LockPolicy } from './lockPolicy';
import { PrimaryGroups } from './primaryGroups';
import { mergedMemberships } from './primaryMembership';
import type { Swap } from './primaryMembership';

/** Members asked for in one search. */
const NAMES_A_SEARCH = 50;
const USERNAME = 'samaccountname';
/** Domain Users and Domain Guests: what an account gets when it is made (MS-ADTS §7.1.1.6). */
const EVERYBODY = new Set(['513', '514']);

/**
 * What is particular to Active Directory when entries are compared: long value lists come in pieces; a primary group is a membership
 * that the group does not show; and a group says nothing when a member is renamed or deleted, though its list shows it at the next look.
 */
export class ActiveDirectoryComparison extends EntryComparison {
	readonly #byId: EntriesById;
	readonly #primary: PrimaryGroups;
	readonly #tellsUsername: boolean;
	/** Old name, folded → new one: of members that were renamed while this session lasts. */
	readonly #renamed = new Map<string, string>();

	constructor(
		private readonly connection: LdapConnection,
		describer: EntryDescriber,
		watched: readonly string[],
		events: ReadonlySet<string>,
		locks: LockPolicy,
	) {
		super(describer, watched, events, locks);
		this.#byId = new EntriesById(connection, describer);
		this.#primary = new PrimaryGroups(connection, describer);
		this.#tellsUsername = watched.length === 0 || watched.some((name) => name.toLowerCase() === USERNAME);
	}

	override get attributes(): string[] {
		return [...super.attributes, ...PrimaryGroups.attributes, 'uSNCreated', 'whenCreated', 'whenChanged'];
	}

	/** Complete, and with the groups known that `primaryGroupID` means: {@link snapshotOf} leaves out what nobody asked for. */
	async prepared(entries: readonly LdapEntry[]): Promise<LdapEntry[]> {
		const complete: LdapEntry[] = [];
		for (const entry of entries) complete.push(await withAllValues(this.connection, entry));
		await this.#primary.learn(complete);
		return complete;
	}

	/** Also remembers the username, which no DN holds here, and the primary group. */
	override snapshotOf(entry: LdapEntry): SnapshotWrite | undefined {
		const write = super.snapshotOf(entry);
		if (write?.snapshot?.kind !== 'person') return write;
		const username = entry.values('sAMAccountName');
		const primary = this.#primary.idOf(entry);
		const attributes =
			username.length > 0
				? { ...write.snapshot.attributes, [USERNAME]: username }
				: write.snapshot.attributes;
		const memberOf = primary === undefined ? {} : { memberOf: [primary] };
		return { ...write, snapshot: { ...write.snapshot, attributes, ...memberOf } };
	}

	override async compare(
		entries: readonly LdapEntry[],
		snapshots: SnapshotReader,
		isNew: IsNew,
	): Promise<Compared[]> {
		const asked = await this.prepared(entries);
		const swaps = await this.#swaps(asked, snapshots, isNew);
		const all = [...asked, ...(await this.#groupsOf(swaps, asked))];
		const rewritten = await this.#renames(all, snapshots);
		const view = new CurrentNames(snapshots, rewritten, this.#renamed, this.#membersIn(all));
		const found = await super.compare(all, view, isNew);
		const writes = [...rewritten].map(([entryId, snapshot]) => ({ write: { entryId, snapshot } }));
		const told = found.map((compared) => this.#withoutUsername(compared));
		const nowIn = new Map(all.map((entry) => [this.describer.idOf(entry), entry]));
		const merged = await mergedMemberships(told, swaps, view, (groupId) => {
			const entry = nowIn.get(groupId);
			const group = entry && this.describer.groupOf(entry);
			return group && { group, members: this.snapshotOf(entry)?.snapshot?.members ?? [] };
		});
		return [...writes, ...merged];
	}

	/** Groups that hold somebody who is gone: the server takes them out, and tells nobody. In slices, as they are found. */
	async *farewells(
		departed: ReadonlySet<string>,
		snapshots: SnapshotReader,
		occurredAt: string,
	): AsyncIterable<Compared[]> {
		const stays = ({ value, is }: MemberValue): boolean => is !== 'dn' || !departed.has(foldDn(value));
		for await (const ids of snapshots.entryIds()) {
			const found: Compared[] = [];
			for (const [entryId, before] of await snapshots.get(ids)) {
				if (before.kind !== 'group' || before.members.every(stays)) continue;
				const members = before.members.filter(stays);
				const removed = before.members.filter((member) => !stays(member));
				const generation = (before.generation ?? 0) + 1;
				found.push({
					change: leaving(entryId, before, removed, occurredAt),
					write: { entryId, snapshot: { ...before, members, generation } },
				});
			}
			if (found.length > 0) yield found;
		}
	}

	/** People whose primary group is another one than before, or than that of everybody who is new. */
	async #swaps(entries: readonly LdapEntry[], snapshots: SnapshotReader, isNew: IsNew): Promise<Swap[]> {
		const known = await snapshots.get(entries.map((entry) => this.describer.idOf(entry)));
		return entries.flatMap((entry): Swap[] => {
			const before = known.get(this.describer.idOf(entry));
			const write = this.snapshotOf(entry);
			const isChosen = isNew(entry) && !EVERYBODY.has(entry.first('primaryGroupID') ?? '');
			if (write?.snapshot === undefined || (before === undefined && !isChosen)) return [];
			const [from] = before?.memberOf ?? [];
			const [to] = write.snapshot.memberOf ?? [];
			return from === to ? [] : [{ before: before ?? write.snapshot, write, entry, from, to }];
		});
	}

	/** A swap takes a member out of one list and puts it into another: all three are looked at together. */
	async #groupsOf(swaps: readonly Swap[], entries: readonly LdapEntry[]): Promise<LdapEntry[]> {
		const present = new Set(entries.map((entry) => this.describer.idOf(entry)));
		const ids = [...new Set(swaps.flatMap(({ from, to }) => [from ?? [], to ?? []].flat()))];
		const missing = ids.filter((id) => !present.has(id));
		if (missing.length === 0) return [];
		const found = await this.#byId.read(missing, this.attributes);
		return await this.prepared([...found.values()]);
	}

	/** Remembered groups with the names that their members have now. */
	async #renames(entries: readonly LdapEntry[], snapshots: SnapshotReader): Promise<Map<string, Snapshot>> {
		const known = await snapshots.get(entries.map((entry) => this.describer.idOf(entry)));
		const names: string[] = [];
		for (const entry of entries) {
			const before = known.get(this.describer.idOf(entry));
			if (!before || before.kind === 'device' || foldDn(before.dn) === foldDn(entry.dn)) continue;
			this.#renamed.set(foldDn(before.dn), entry.dn);
			names.push(entry.dn);
		}
		const rewritten = new Map<string, Snapshot>();
		for (let start = 0; start < names.length; start += NAMES_A_SEARCH) {
			const some = names.slice(start, start + NAMES_A_SEARCH);
			for (const [id, group] of await snapshots.get(await this.#groupsWith(some))) {
				const current = rewritten.get(id) ?? group;
				const present = new Set(some.map(foldDn));
				const members = current.members.map((member) => renamedMember(member, this.#renamed, present));
				rewritten.set(id, { ...current, members });
			}
		}
		return rewritten;
	}

	async #groupsWith(names: readonly string[]): Promise<string[]> {
		const ids: string[] = [];
		const search = {
			base: this.describer.baseDn,
			scope: 'sub' as const,
			filter: or(...names.map((name) => equals('member', name))),
			attributes: this.describer.family.idAttributes.map(({ attribute }) => attribute),
			pageSize: 500,
		};
		for await (const entry of this.connection.search(search)) ids.push(this.describer.idOf(entry));
		return ids;
	}

	#membersIn(entries: readonly LdapEntry[]): Map<string, ReadonlySet<string>> {
		const members = new Map<string, ReadonlySet<string>>();
		for (const entry of entries) {
			if (entry.buffers('member').length === 0) continue;
			members.set(this.describer.idOf(entry), new Set(entry.values('member').map(foldDn)));
		}
		return members;
	}

	/** It is remembered for the day they are gone; told only where it is watched. */
	#withoutUsername({ change, write }: Compared): Compared {
		if (this.#tellsUsername || !change) return { change, write };
		const attributes = change.attributes.filter(({ attribute }) => attribute !== USERNAME);
		const told = { ...change, attributes };
		return {
			change: attributes.length < change.attributes.length && saysNothing(told) ? undefined : told,
			write,
		};
	}
}

/** What is remembered, with members by the names they have now. */
class CurrentNames implements SnapshotReader {
	constructor(
		private readonly stored: SnapshotReader,
		private readonly rewritten: ReadonlyMap<string, Snapshot>,
		private readonly renamed: ReadonlyMap<string, string>,
		private readonly membersNow: ReadonlyMap<string, ReadonlySet<string>>,
	) {}

	entryIds(): AsyncIterable<readonly string[]> {
		return this.stored.entryIds();
	}

	async get(entryIds: readonly string[]): Promise<Map<string, Snapshot>> {
		const found = await this.stored.get(entryIds);
		for (const [id, stored] of found) {
			const snapshot = this.rewritten.get(id) ?? stored;
			const now = this.membersNow.get(id);
			const members = now
				? snapshot.members.map((member) => renamedMember(member, this.renamed, now))
				: snapshot.members;
			found.set(id, snapshot === stored && !now ? stored : { ...snapshot, members });
		}
		return found;
	}
}

/** A name that is given to somebody else later is not taken for the old one: the list has to show the new name and not the old. */
function renamedMember(
	member: MemberValue,
	renamed: ReadonlyMap<string, string>,
	present: ReadonlySet<string>,
): MemberValue {
	if (member.is !== 'dn') return member;
	const old = foldDn(member.value);
	const name = renamed.get(old);
	return name !== undefined && present.has(foldDn(name)) && !present.has(old)
		? { value: name, is: 'dn' }
		: member;
}

export const saysNothing = ({
	operation,
	attributes,
	members,
	account,
	previousDn,
	device,
}: EntryChange): boolean =>
	operation === 'modified' &&
	attributes.length + members.added.length + members.removed.length === 0 &&
	account === undefined &&
	previousDn === undefined &&
	device === undefined;

function leaving(entryId: string, before: Snapshot, removed: MemberValue[], occurredAt: string): EntryChange {
	const { dn, name, generation = 0 } = before;
	return {
		changeId: digest(['left', entryId, String(generation), ...removed.map(memberKey)]),
		operation: 'modified',
		entryId,
		dn,
		occurredAt,
		actor: null,
		lastModifier: null,
		attributes: [],
		members: { added: [], removed },
		group: { id: entryId, dn, name: name ?? dn, kind: 'group' },
	};
}

/** The comparison of a session on Active Directory. @throws DomainError on any other */
export function activeDirectoryComparison(comparison: EntryComparison): ActiveDirectoryComparison {
	if (comparison instanceof ActiveDirectoryComparison) return comparison;
	throw new DomainError('This directory is not an Active Directory', {
		advice: 'Set Read Changes By under Options to Best Available, or check Server Family in the credential.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}
