import type { Group } from '../../directory.types';
import type { MemberValue } from '../changes.types';
import { memberKey } from '../memberKey';
import type { GraphMemory } from './graphMemory';
import type { GroupReader } from './groupReader';
import type { GroupNode, MembershipGraph } from './membershipGraph';

/**
 * What one change does to the graph, with what is needed to tell its effect afterwards: who named a member before, and which groups
 * came or went. Everything is a set operation: what is there already, or gone already, changes nothing.
 */
export class GraphEdit {
	/** Member key → the groups that named it before the change. */
	readonly holdersBefore = new Map<string, readonly GroupNode[]>();
	/** Keys among them that are, or were, those of groups. */
	readonly groupKeys = new Set<string>();
	/** Groups that became or stopped being a member of a group. */
	readonly moved = new Set<GroupNode>();
	/** Groups that are in the graph since. */
	readonly read: GroupNode[] = [];
	/** Whether the ways between groups may be others now. */
	structural = false;

	constructor(
		private readonly graph: MembershipGraph,
		private readonly memory: GraphMemory,
		private readonly reader: GroupReader,
	) {}

	/** A vacant name goes without a word. */
	remove(node: GroupNode, key: string): void {
		if (!node.members.has(key)) return this.forgetVacant(node, key);
		this.#touch(key);
		this.graph.remove(node, key);
		this.memory.forgetMember(node, key);
	}

	/** Members that are groups are read as they are now, with what they hold: what is written to them later meets them that way. */
	async add(node: GroupNode, members: readonly MemberValue[]): Promise<void> {
		const waiting = [{ node, members }];
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			for (const group of await this.#addDirect(next.node, next.members)) {
				waiting.push({ node: group, members: (await this.reader.membersOf(group.group)) ?? [] });
			}
		}
	}

	/** Also of a group that was named before it was there. */
	put(group: Group, key: string, isRoot = false): GroupNode {
		const node = this.graph.put(group, key, isRoot);
		this.memory.putGroup(node);
		this.read.push(node);
		this.#move(node);
		return node;
	}

	empty(node: GroupNode): void {
		for (const key of [...node.members, ...node.vacant]) this.remove(node, key);
	}

	/** Untold by itself: whoever had the name is gone, or has another one. `mayStay`: the group may go on naming them. */
	leave(node: GroupNode, key: string, mayStay: boolean): void {
		if (mayStay) {
			this.graph.vacate(node, key);
			this.memory.putVacant(node, key);
		} else {
			this.graph.remove(node, key);
			this.memory.forgetMember(node, key);
		}
	}

	/** Somebody has a vacant name again. */
	fill(node: GroupNode, key: string): void {
		this.#touch(key);
		this.graph.add(node, key);
		this.memory.putMember(node, key);
	}

	forgetVacant(node: GroupNode, key: string): void {
		if (this.graph.forgetVacant(node, key)) this.memory.forgetMember(node, key);
	}

	/** Nobody names it any more; a root is kept, because it may be made anew under its name. */
	drop(node: GroupNode): void {
		this.empty(node);
		for (const holder of [...this.graph.holdersOf(node.key)]) this.remove(holder, node.key);
		this.#move(node);
		if (node.isRoot) return;
		this.graph.drop(node);
		this.memory.forgetGroup(node.group.id);
	}

	/** @returns groups that were not in reach before */
	async #addDirect(node: GroupNode, members: readonly MemberValue[]): Promise<GroupNode[]> {
		const fresh = new Map(
			members
				.filter(({ value }) => value !== '')
				.map((member) => [memberKey(member), member] as const)
				.filter(([key]) => !node.members.has(key)),
		);
		const unknown = new Map([...fresh].filter(([key]) => !this.graph.byKey(key)));
		const groups = await this.reader.groupsAmong(unknown);
		const read: GroupNode[] = [];
		for (const key of fresh.keys()) {
			const group = groups.get(key);
			if (group && !this.graph.byId(group.id)) read.push(this.put(group, key));
			this.#touch(key);
			this.graph.add(node, key);
			this.memory.putMember(node, key);
		}
		return read;
	}

	#touch(key: string): void {
		if (!this.holdersBefore.has(key)) this.holdersBefore.set(key, this.graph.holdersOf(key));
		const group = this.graph.byKey(key);
		if (group) this.#move(group);
	}

	#move(node: GroupNode): void {
		this.groupKeys.add(node.key);
		this.moved.add(node);
		this.structural = true;
	}
}
