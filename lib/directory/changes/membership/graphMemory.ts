import type { Group } from '../../directory.types';
import type { JsonValue } from '../changes.types';
import type { MemoryWrite, StageMemory } from '../eventStage.types';
import type { GroupNode, MembershipGraph } from './membershipGraph';

/**
 * The graph as rows: one a group, one a member of a group. A membership that comes or goes is one row, however long the group is; a
 * group that is renamed keeps the rows of its members, because they carry its id.
 */
export class GraphMemory {
	/** By row, so that of several writes in one page the last one counts. */
	readonly #writes = new Map<string, JsonValue | undefined>();

	constructor(private readonly stage: string) {}

	putGroup({ group, key, loadedAt }: GroupNode): void {
		const { id, dn, name, kind } = group;
		this.#writes.set(groupRow(id), {
			...{ id, dn, name, kind, key },
			...(loadedAt === undefined ? {} : { loadedAt }),
		});
	}

	forgetGroup(id: string): void {
		this.#writes.set(groupRow(id), undefined);
	}

	putMember({ group }: GroupNode, key: string): void {
		this.#writes.set(memberRow(group.id, key), 1);
	}

	putVacant({ group }: GroupNode, key: string): void {
		this.#writes.set(memberRow(group.id, key), VACANT);
	}

	forgetMember({ group }: GroupNode, key: string): void {
		this.#writes.set(memberRow(group.id, key), undefined);
	}

	/** Since the last call. */
	take(): MemoryWrite[] {
		const writes = [...this.#writes].map(([key, value]) => ({ stage: this.stage, key, value }));
		this.#writes.clear();
		return writes;
	}

	/** Fills an empty graph. Rows of groups come before those of members. `isRoot`: whether a remembered group is watched today. */
	async restore(
		memory: StageMemory,
		graph: MembershipGraph,
		isRoot: (id: string, key: string) => boolean,
	): Promise<void> {
		for await (const { key, value } of memory.all(this.stage)) {
			const row = ROW.exec(key);
			const [, kind, id, member] = row ?? [];
			if (kind === 'g') restoreGroup(value, graph, isRoot);
			else if (id !== undefined && member !== undefined) {
				const node = graph.byId(unescaped(id));
				if (node && value === VACANT) graph.vacate(node, member);
				else if (node) graph.add(node, member);
			}
		}
	}
}

/** Stands in the row of a membership whose member is gone, while the group may go on naming them. */
const VACANT = 0;

const groupRow = (id: string): string => `g:${escaped(id)}`;
const memberRow = (id: string, key: string): string => `m:${escaped(id)}:${key}`;
const escaped = (id: string): string => id.replaceAll('%', '%25').replaceAll(':', '%3A');
const unescaped = (id: string): string => id.replaceAll('%3A', ':').replaceAll('%25', '%');
const ROW = /^([gm]):([^:]*)(?::([\s\S]*))?$/;

function restoreGroup(
	value: JsonValue,
	graph: MembershipGraph,
	isRoot: (id: string, key: string) => boolean,
): void {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
	const { id, dn, name, key, loadedAt } = value;
	if (typeof id !== 'string' || typeof dn !== 'string' || typeof name !== 'string') return;
	if (typeof key !== 'string') return;
	const group: Group = { id, dn, name, kind: kindOf(value.kind) };
	const node = graph.put(group, key, isRoot(id, key));
	if (typeof loadedAt === 'string') node.loadedAt = loadedAt;
}

const kindOf = (kind: JsonValue | undefined): Group['kind'] =>
	kind === 'role' || kind === 'accessRole' ? kind : 'group';
