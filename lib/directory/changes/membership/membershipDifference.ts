import type { GraphEdit } from './graphEdit';
import type { GroupPaths } from './groupPaths';
import type { GroupNode, MembershipGraph } from './membershipGraph';

export interface AffectedMember {
	key: string;
	/** Groups between the root and them, outermost first, on the state that grants it: after a gain, before a loss. */
	path: readonly GroupNode[];
}

/** Who became or stopped being an effective member of a root by one change. */
export interface MembershipDifference {
	/** Place among the roots. */
	root: number;
	gained: boolean;
	/** The group by which they came or went; absent where they themselves did. */
	nested?: GroupNode;
	members: AffectedMember[];
}

interface Ways {
	before: GroupPaths;
	after: GroupPaths;
}

/** Looks only at members that the change named, and at those of groups whose roots are others now. `early`: new whatever was there. */
export function membershipDifferences(
	graph: MembershipGraph,
	edit: GraphEdit,
	ways: Ways,
	early: ReadonlyMap<string, bigint> = new Map<string, bigint>(),
): MembershipDifference[] {
	const found = new Map<string, MembershipDifference>();
	for (const key of new Set([...touchedMembers(graph, edit, ways), ...early.keys()])) {
		const after = graph.holdersOf(key);
		const before = edit.holdersBefore.get(key) ?? after;
		const has = ways.after.rootsOf(after);
		const had = ways.before.rootsOf(before) & ~(has & (early.get(key) ?? 0n));
		for (const root of bitsOf(had ^ has)) {
			const gained = ((has >> BigInt(root)) & 1n) === 1n;
			const path = gained ? ways.after.between(root, after) : ways.before.between(root, before);
			const nested = path.find((group) => edit.moved.has(group));
			const name = `${root} ${gained} ${nested?.group.id ?? ''}`;
			const one = found.get(name) ?? { root, gained, ...(nested ? { nested } : {}), members: [] };
			one.members.push({ key, path });
			found.set(name, one);
		}
	}
	return inOrder([...found.values()]);
}

/** Groups are no people: what they mean is what their members get. */
function touchedMembers(graph: MembershipGraph, edit: GraphEdit, { before, after }: Ways): Set<string> {
	const keys = new Set(edit.holdersBefore.keys());
	if (edit.structural) {
		for (const node of graph.nodes) {
			if (before.reachOf(node) === after.reachOf(node)) continue;
			for (const key of node.members) keys.add(key);
		}
	}
	for (const key of keys) if (graph.byKey(key) || edit.groupKeys.has(key)) keys.delete(key);
	return keys;
}

function bitsOf(roots: bigint): number[] {
	const numbers: number[] = [];
	for (let number = 0; roots > 0n; number++, roots >>= 1n) if ((roots & 1n) === 1n) numbers.push(number);
	return numbers;
}

/** By name, so that it does not matter in which order members were read. */
function inOrder(differences: MembershipDifference[]): MembershipDifference[] {
	for (const { members } of differences) members.sort((one, other) => compare(one.key, other.key));
	return differences.sort(
		(one, other) =>
			one.root - other.root ||
			Number(one.gained) - Number(other.gained) ||
			compare(one.nested?.key ?? '', other.nested?.key ?? ''),
	);
}

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);
