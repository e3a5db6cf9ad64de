import type { DirectoryFamily } from '../../directory.types';
import type { EntryChange, MemberValue, WatchSession } from '../changes.types';
import { memberKey } from '../memberKey';
import type { GraphEdit } from './graphEdit';
import type { GroupReader } from './groupReader';
import type { GroupNode, MembershipGraph } from './membershipGraph';
import { keyOfDn } from './membershipGraph';

/** By themselves, always: their groups name no entry that is gone. */
const KEEP_REFERENCES: ReadonlySet<DirectoryFamily> = new Set(['activeDirectory', 'otds']);

/**
 * Names that groups may go on naming after the entry was deleted or renamed: without referential integrity, whoever gets such a name
 * is a member again, and nothing is written to the group. With it the name may be gone without a record, so the group is asked then.
 * All that are found to be gone from a group that is read are forgotten.
 */
export class VacantNames {
	#page: readonly EntryChange[] = [];

	constructor(
		private readonly graph: MembershipGraph,
		private readonly reader: GroupReader,
		private readonly session: WatchSession,
	) {}

	expect(changes: readonly EntryChange[]): void {
		this.#page = changes;
	}

	/** Whether groups may go on naming what is gone. */
	get mayStay(): boolean {
		return !KEEP_REFERENCES.has(this.session.identity.family);
	}

	/** Where a deletion shows by absence, it may be told after the creation of another entry with the same DN. */
	isFoundLate({ group }: EntryChange): boolean {
		return this.session.strategy.detects[group ? 'group.deleted' : 'user.deleted'].sight === 'net';
	}

	/** Whether another entry has that DN already, so that its creation may have been told before. */
	async isTaken(change: EntryChange): Promise<boolean> {
		if (!this.isFoundLate(change)) return false;
		const { dn, entryId } = change;
		const found = await this.session.describeMember({ value: dn, is: 'dn' });
		const id = found.person?.id ?? found.group?.id;
		return id !== undefined && id !== entryId;
	}

	/** Of a person or group that has this DN since the change. A group that cannot be seen now keeps its vacant names. */
	async fill(edit: GraphEdit, change: EntryChange): Promise<void> {
		if (!change.person && !change.group) return;
		const key = keyOfDn(change.dn);
		for (const holder of [...this.graph.vacantIn(key)]) {
			const isNamed = this.#namedThen(change, holder, key) ?? (await this.#isNamedNow(edit, holder, key));
			if (isNamed === undefined) continue;
			if (isNamed) edit.fill(holder, key);
			else edit.forgetVacant(holder, key);
		}
	}

	/**
	 * What is added later was not there before, and tells more than today's state: who did it. What is removed later was there, unless
	 * the order of changes says nothing. undefined = the page does not tell.
	 */
	#namedThen(change: EntryChange, { group }: GroupNode, key: string): boolean | undefined {
		const at = this.#page.indexOf(change);
		if (at < 0) return undefined;
		for (const later of this.#page.slice(at + 1)) {
			if (later.group?.id !== group.id) continue;
			const isOf = (member: MemberValue): boolean => memberKey(member) === key;
			if (later.members.removed.some(isOf)) return this.isFoundLate(change) ? undefined : true;
			if (later.members.added.some(isOf)) return false;
		}
		return undefined;
	}

	async #isNamedNow(edit: GraphEdit, holder: GroupNode, key: string): Promise<boolean | undefined> {
		const members = await this.reader.membersOf(holder.group);
		if (!members) return undefined;
		const named = new Set(members.map(memberKey));
		for (const one of [...holder.vacant]) if (!named.has(one)) edit.forgetVacant(holder, one);
		return named.has(key);
	}
}
