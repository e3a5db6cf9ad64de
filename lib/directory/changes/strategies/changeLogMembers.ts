import type { EntryChange, MemberValue } from '../changes.types';
import { memberKey } from '../memberKey';
import type { LoggedModification } from './changeLogLdif';

/** Without folding: a group may have a hundred thousand members, and most values are spelled alike in the log and in the group. */
const asSpelled = ({ value, is }: MemberValue): string => `${is}:${value}`;

/** The members of one group while records of it are applied. */
export class LoggedMembers {
	readonly #known: Map<string, MemberValue> | undefined;

	/** undefined = nobody knows who they are. */
	constructor(members: readonly MemberValue[] | undefined) {
		this.#known = members && new Map(members.map((member) => [asSpelled(member), member]));
	}

	get list(): MemberValue[] {
		return [...(this.#known?.values() ?? [])];
	}

	/** What the modifications of one record, in their order, came to. */
	apply(
		modifications: ReadonlyArray<LoggedModification & { is: MemberValue['is'] }>,
	): EntryChange['members'] {
		const net: EntryChange['members'] = { added: [], removed: [] };
		for (const { operation, values, is, isUnreadable } of modifications) {
			if (isUnreadable) continue;
			const members = values.map((value) => ({ value: value.toString('utf8'), is }));
			if (operation === 'replace') this.#replace(members, is, net);
			else if (operation === 'add') net.added.push(...members.filter((member) => this.#add(member)));
			else if (members.length === 0) this.#replace([], is, net);
			else net.removed.push(...members.flatMap((member) => this.#remove(member) ?? []));
		}
		return withoutBoth(net);
	}

	/** False where it is a member already: then what is remembered is newer than the record. */
	#add(member: MemberValue): boolean {
		if (this.#known?.has(asSpelled(member))) return false;
		this.#known?.set(asSpelled(member), member);
		return true;
	}

	#remove(member: MemberValue): MemberValue | undefined {
		if (!this.#known) return member;
		const spelled = this.#known.has(asSpelled(member)) ? asSpelled(member) : this.#spelledOtherwise(member);
		const found = spelled === undefined ? undefined : this.#known.get(spelled);
		if (spelled !== undefined) this.#known.delete(spelled);
		return found;
	}

	#spelledOtherwise(member: MemberValue): string | undefined {
		const wanted = memberKey(member);
		for (const [spelled, known] of this.#known ?? []) if (memberKey(known) === wanted) return spelled;
		return undefined;
	}

	/** Who was there before a replacement is known from what is remembered, or not at all. */
	#replace(members: readonly MemberValue[], is: MemberValue['is'], net: EntryChange['members']): void {
		if (!this.#known) return;
		const before = this.list.filter((member) => member.is === is);
		for (const member of before) this.#known.delete(asSpelled(member));
		for (const member of members) this.#known.set(asSpelled(member), member);
		net.removed.push(...before);
		net.added.push(...members);
	}
}

function withoutBoth({ added, removed }: EntryChange['members']): EntryChange['members'] {
	if (added.length === 0 || removed.length === 0) return { added, removed };
	const [isAdded, isRemoved] = [new Set(added.map(memberKey)), new Set(removed.map(memberKey))];
	return {
		added: added.filter((member) => !isRemoved.has(memberKey(member))),
		removed: removed.filter((member) => !isAdded.has(memberKey(member))),
	};
}
