import type { Group } from '../../directory.types';
import type { MemberValue, WatchSession } from '../changes.types';
import { keyOfDn } from './membershipGraph';

/** From this many members on, reading the names of all groups costs less than asking of each member what it is. */
const ASK_EACH_UP_TO = 50;

/** What the directory shows now: which members of a group are groups, and whom these name. */
export class GroupReader {
	constructor(private readonly session: WatchSession) {}

	/** undefined = no group that can be seen. */
	async membersOf(group: Pick<Group, 'id' | 'dn'>): Promise<readonly MemberValue[] | undefined> {
		return (await this.session.directMembers(group))?.members;
	}

	/** Those of the members that are groups; both by member key. Names of people (`memberUid`) never name a group. */
	async groupsAmong(members: ReadonlyMap<string, MemberValue>): Promise<Map<string, Group>> {
		const named = [...members].filter(([, { is }]) => is === 'dn');
		if (named.length > ASK_EACH_UP_TO && this.session.groups) {
			return await this.#allOf(this.session.groups(), members);
		}
		const found = new Map<string, Group>();
		for (const [key, member] of named) {
			const { group } = await this.session.describeMember(member);
			if (group) found.set(key, group);
		}
		return found;
	}

	async #allOf(
		groups: AsyncIterable<Group>,
		members: ReadonlyMap<string, MemberValue>,
	): Promise<Map<string, Group>> {
		const found = new Map<string, Group>();
		for await (const group of groups) {
			const key = keyOfDn(group.dn);
			if (members.has(key)) found.set(key, group);
		}
		return found;
	}
}
