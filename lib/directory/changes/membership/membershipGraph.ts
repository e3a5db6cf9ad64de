import type { Group } from '../../directory.types';
import { memberKey } from '../memberKey';

/** A watched group, or one that is a member of it, however deep. */
export interface GroupNode {
	/** How groups name it as a member: `dn:` and its folded DN. */
	key: string;
	group: Group;
	readonly isRoot: boolean;
	/** ISO 8601, UTC, by our clock: read as it was until then, whatever the position was; absent = kept by changes alone. */
	loadedAt?: string;
	/** Keys of its direct members: people, groups, and what the group names in vain. */
	readonly members: Set<string>;
	/** Keys it may go on naming although nobody is there any more; none of `members`. */
	readonly vacant: Set<string>;
}

export const keyOfDn = (dn: string): string => memberKey({ value: dn, is: 'dn' });

/**
 * The groups in reach of the roots and who they name, in both directions: what a change of one member means is found without
 * looking at the others. Names are kept once each, as keys.
 */
export class MembershipGraph {
	readonly #byKey = new Map<string, GroupNode>();
	readonly #byId = new Map<string, GroupNode>();
	/** Most people are named by one group: a list is made for the second. */
	readonly #holders = new Map<string, GroupNode | GroupNode[]>();
	readonly #vacantIn = new Map<string, Set<GroupNode>>();
	readonly #children = new Map<GroupNode, Set<GroupNode>>();
	readonly #roots: GroupNode[] = [];

	/** In the order in which they were put: the number of a root is its place. */
	get roots(): readonly GroupNode[] {
		return this.#roots;
	}

	get nodes(): Iterable<GroupNode> {
		return this.#byId.values();
	}

	byKey(key: string): GroupNode | undefined {
		return this.#byKey.get(key);
	}

	byId(id: string): GroupNode | undefined {
		return this.#byId.get(id);
	}

	holdersOf(key: string): readonly GroupNode[] {
		const holders = this.#holders.get(key);
		if (holders === undefined) return [];
		return Array.isArray(holders) ? holders : [holders];
	}

	/** Groups that may still name somebody who is gone. */
	vacantIn(key: string): Iterable<GroupNode> {
		return this.#vacantIn.get(key) ?? [];
	}

	childrenOf(node: GroupNode): Iterable<GroupNode> {
		return this.#children.get(node) ?? [];
	}

	/** Keys of those a member stands for: itself, or everybody in a group, however deep. */
	peopleIn(key: string): Set<string> {
		const people = new Set<string>();
		const seen = new Set([key]);
		for (const one of seen) {
			const node = this.#byKey.get(one);
			if (!node) people.add(one);
			else for (const member of node.members) seen.add(member);
		}
		return people;
	}

	put(group: Group, key: string, isRoot: boolean): GroupNode {
		const node: GroupNode = { key, group, isRoot, members: new Set(), vacant: new Set() };
		this.#byId.set(group.id, node);
		this.#byKey.set(key, node);
		if (isRoot) this.#roots.push(node);
		for (const holder of this.holdersOf(key)) this.#adopt(holder, node);
		return node;
	}

	/** Its members and vacant names must have been taken out before. */
	drop(node: GroupNode): void {
		for (const holder of this.holdersOf(node.key)) this.#children.get(holder)?.delete(node);
		this.#children.delete(node);
		this.#byKey.delete(node.key);
		this.#byId.delete(node.group.id);
	}

	/** Another id, DN or name; its members and what it is a member of stay. */
	describe(node: GroupNode, group: Group): void {
		this.#byId.delete(node.group.id);
		node.group = group;
		this.#byId.set(group.id, node);
	}

	/** The caller renames it in the groups that name it. */
	rekey(node: GroupNode, key: string): void {
		for (const holder of this.holdersOf(node.key)) this.#children.get(holder)?.delete(node);
		this.#byKey.delete(node.key);
		node.key = key;
		this.#byKey.set(key, node);
		for (const holder of this.holdersOf(key)) this.#adopt(holder, node);
	}

	add(node: GroupNode, key: string): void {
		if (node.members.has(key)) return;
		this.forgetVacant(node, key);
		node.members.add(key);
		const holders = this.#holders.get(key);
		if (holders === undefined) this.#holders.set(key, node);
		else this.#holders.set(key, Array.isArray(holders) ? [...holders, node] : [holders, node]);
		const child = this.#byKey.get(key);
		if (child) this.#adopt(node, child);
	}

	remove(node: GroupNode, key: string): void {
		if (!node.members.delete(key)) return;
		const left = this.holdersOf(key).filter((holder) => holder !== node);
		const [first] = left;
		if (first === undefined) this.#holders.delete(key);
		else this.#holders.set(key, left.length > 1 ? left : first);
		const child = this.#byKey.get(key);
		if (child) this.#children.get(node)?.delete(child);
	}

	/** Instead of naming a member. */
	vacate(node: GroupNode, key: string): void {
		this.remove(node, key);
		node.vacant.add(key);
		const groups = this.#vacantIn.get(key);
		if (groups) groups.add(node);
		else this.#vacantIn.set(key, new Set([node]));
	}

	/** @returns whether the name was vacant */
	forgetVacant(node: GroupNode, key: string): boolean {
		if (!node.vacant.delete(key)) return false;
		const groups = this.#vacantIn.get(key);
		groups?.delete(node);
		if (groups?.size === 0) this.#vacantIn.delete(key);
		return true;
	}

	#adopt(node: GroupNode, child: GroupNode): void {
		const children = this.#children.get(node);
		if (children) children.add(child);
		else this.#children.set(node, new Set([child]));
	}
}
