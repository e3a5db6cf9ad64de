import type { AttributeChange, EntryChange, MemberValue } from '../changes.types';
import { memberKey } from '../memberKey';
import type { EffectiveMembership } from './effectiveMembership';
import type { AffectedMember, MembershipDifference } from './membershipDifference';
import { keyOfDn } from './membershipGraph';

/** What a change means for the members of a root, member by member. */
export class MemberChange {
	readonly #spelled: ReadonlyMap<string, MemberValue>;
	/** By root and direction: member key → number of groups between. */
	readonly #affected = new Map<string, Map<string, number>>();

	constructor(
		private readonly membership: EffectiveMembership,
		readonly change: EntryChange,
		readonly differences: readonly MembershipDifference[],
	) {
		// Somebody who gets a name that a group names already is not named by the change, but by their own DN.
		const own: MemberValue = { value: change.dn, is: 'dn' };
		const named = [own, ...change.members.removed, ...change.members.added];
		this.#spelled = new Map(named.map((member) => [memberKey(member), member]));
		for (const { root, gained, members } of differences) {
			const affected = this.#affected.get(`${root} ${gained}`) ?? new Map<string, number>();
			for (const { key, path } of members) affected.set(key, path.length);
			this.#affected.set(`${root} ${gained}`, affected);
		}
	}

	/** As the change spells it, else as groups are compared. */
	valueOf(key: string): MemberValue {
		const colon = key.indexOf(':');
		const is = key.slice(0, colon) === 'username' ? 'username' : 'dn';
		return this.#spelled.get(key) ?? { value: key.slice(colon + 1), is };
	}

	/** What was written: the person's own name, or that of the group by which they came or went. */
	shown(key: string, { nested, gained }: MembershipDifference): AttributeChange[] {
		const value = nested ? nested.group.dn : this.valueOf(key).value;
		return [{ attribute: 'member', before: gained ? [] : [value], after: gained ? [value] : [] }];
	}

	/**
	 * Groups may name one person by DN and by username: under the other name they were a member before, or still are, or came or went
	 * with the same change and are told under the name that is nearer to the root.
	 */
	isToldOtherwise(
		{ key, path }: AffectedMember,
		{ root, gained }: MembershipDifference,
		names: { dn: string | null | undefined; username: string | null | undefined },
	): boolean {
		const other = otherKey(key, names);
		if (other === undefined || other === key) return false;
		const depth = this.#affected.get(`${root} ${gained}`)?.get(other);
		if (depth === undefined) return this.membership.isMember(other, root);
		return depth === path.length ? other < key : depth < path.length;
	}
}

const otherKey = (
	key: string,
	{ dn, username }: { dn: string | null | undefined; username: string | null | undefined },
): string | undefined => {
	if (key.startsWith('username:')) return typeof dn === 'string' ? keyOfDn(dn) : undefined;
	return typeof username === 'string' ? memberKey({ value: username, is: 'username' }) : undefined;
};
