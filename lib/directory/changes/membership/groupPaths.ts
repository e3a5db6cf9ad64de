import type { GroupNode, MembershipGraph } from './membershipGraph';

/** How one root reaches a group: through which other one, after how many. */
interface Step {
	parent: GroupNode | undefined;
	depth: number;
}

/**
 * The shortest way from each root to each group at one moment; stays as it is when the graph moves on. Costs as much as there are
 * groups, whatever number of people they hold. Equal ways are decided by name, so that memory and a new start decide alike.
 */
export class GroupPaths {
	readonly #reach = new Map<GroupNode, bigint>();
	readonly #trees: ReadonlyArray<ReadonlyMap<GroupNode, Step>>;

	constructor(graph: MembershipGraph) {
		this.#trees = graph.roots.map((root, number) => {
			const tree = treeOf(graph, root);
			const bit = 1n << BigInt(number);
			for (const node of tree.keys()) this.#reach.set(node, this.reachOf(node) | bit);
			return tree;
		});
	}

	/** A bit for each root whose effective members the members of this group are. */
	reachOf(node: GroupNode): bigint {
		return this.#reach.get(node) ?? 0n;
	}

	/** Roots of somebody whom these groups name. */
	rootsOf(holders: readonly GroupNode[]): bigint {
		return holders.reduce((roots, holder) => roots | this.reachOf(holder), 0n);
	}

	/** Groups between the root and somebody whom these groups name, outermost first; none when the root names them itself. */
	between(root: number, holders: readonly GroupNode[]): GroupNode[] {
		const tree = this.#trees[root] ?? new Map<GroupNode, Step>();
		const nearest = holders
			.flatMap((holder) => {
				const step = tree.get(holder);
				return step ? [{ holder, depth: step.depth }] : [];
			})
			.sort((one, other) => one.depth - other.depth || byKey(one.holder, other.holder))[0];
		const path: GroupNode[] = [];
		let at = nearest?.holder;
		while (at) {
			const parent: GroupNode | undefined = tree.get(at)?.parent;
			if (parent) path.unshift(at);
			at = parent;
		}
		return path;
	}
}

/** Each group once, so that circles end. */
function treeOf(graph: MembershipGraph, root: GroupNode): Map<GroupNode, Step> {
	const tree = new Map<GroupNode, Step>([[root, { parent: undefined, depth: 0 }]]);
	let level = [root];
	for (let depth = 1; level.length > 0; depth++) {
		const next: GroupNode[] = [];
		for (const parent of level) {
			for (const child of graph.childrenOf(parent)) {
				if (tree.has(child)) continue;
				tree.set(child, { parent, depth });
				next.push(child);
			}
		}
		level = next.sort(byKey);
	}
	return tree;
}

const byKey = (one: GroupNode, other: GroupNode): number =>
	one.key === other.key ? 0 : one.key < other.key ? -1 : 1;
