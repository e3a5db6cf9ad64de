import type { Group } from '../../directory.types';
import type { EntryChange, MemberValue, WatchSession } from '../changes.types';
import type { MemoryWrite, StageMemory } from '../eventStage.types';
import { memberKey } from '../memberKey';
import { GraphEdit } from './graphEdit';
import { GraphMemory } from './graphMemory';
import { GroupPaths } from './groupPaths';
import { GroupReader } from './groupReader';
import type { GroupNode } from './membershipGraph';
import { keyOfDn, MembershipGraph } from './membershipGraph';
import type { MembershipDifference } from './membershipDifference';
import { membershipDifferences } from './membershipDifference';
import { VacantNames } from './vacantNames';

/** By so much a server's clock may be ahead of ours. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Who is a member of the root groups, through other groups as well. Loaded once, then kept by the changes' own deltas. A change of
 * one member costs as much as there are groups that name them; only groups that come or go make the ways be looked for again.
 *
 * A deleted person loses their memberships without a word (their deletion is told). Where groups may go on naming them, the name is
 * kept as a vacant one: whoever gets it is told to have become a member.
 */
export class EffectiveMembership {
	readonly graph = new MembershipGraph();
	readonly #memory: GraphMemory;
	readonly #reader: GroupReader;
	readonly #vacant: VacantNames;
	#paths = new GroupPaths(this.graph);
	/** Memberships that ended or got another name with their member, before the group itself says so. Only while loads count. */
	readonly #settled = new Set<string>();

	constructor(
		session: WatchSession,
		private readonly rootGroups: readonly Group[],
		stage: string,
		private readonly now: () => Date,
	) {
		this.#memory = new GraphMemory(stage);
		this.#reader = new GroupReader(session);
		this.#vacant = new VacantNames(this.graph, this.#reader, session);
	}

	/** What is there at a fresh start, or what is a root since, is the beginning: nobody is told of. */
	async start(memory: StageMemory, isFresh: boolean): Promise<MemoryWrite[]> {
		const roots = new Map(this.rootGroups.map((group) => [group.id, group]));
		const keys = new Set(this.rootGroups.map(({ dn }) => keyOfDn(dn)));
		if (!isFresh) {
			await this.#memory.restore(memory, this.graph, (id, key) => roots.has(id) || keys.has(key));
		}
		const edit = this.#edit();
		for (const group of roots.values()) {
			if (this.graph.byId(group.id)?.isRoot || this.graph.byKey(keyOfDn(group.dn))?.isRoot) continue;
			await this.#load(edit, group);
		}
		for (const node of edit.read) this.#setLoadedAt(node, this.now().toISOString());
		this.#paths = new GroupPaths(this.graph);
		this.#forgetUnreachable(edit, this.#paths);
		return this.#memory.take();
	}

	/** The changes of which apply() will be called next: what comes later in a page tells what a group named before. */
	expect(changes: readonly EntryChange[]): void {
		this.#vacant.expect(changes);
	}

	/** In the order of the changes. What differs afterwards, in a fixed order. */
	async apply(change: EntryChange): Promise<MembershipDifference[]> {
		const early = await this.#takeBack(change);
		const edit = this.#edit();
		const isNewThere = this.#rename(edit, change) || change.operation === 'created';
		if (isNewThere && change.operation !== 'deleted') await this.#vacant.fill(edit, change);
		const node = this.#nodeOf(change);
		if (change.operation === 'deleted') await this.#delete(edit, change, node);
		else if (change.group) await this.#change(edit, change, change.group, node);
		if (edit.holdersBefore.size === 0 && !edit.structural) return [];
		const before = this.#paths;
		if (edit.structural) {
			this.#paths = new GroupPaths(this.graph);
			this.#forgetUnreachable(edit, this.#paths);
		}
		return membershipDifferences(this.graph, edit, { before, after: this.#paths }, early);
	}

	/** As things are after the last change. */
	isMember(key: string, root: number): boolean {
		return ((this.#paths.rootsOf(this.graph.holdersOf(key)) >> BigInt(root)) & 1n) === 1n;
	}

	/** Since the last call; for several changes of one page. */
	takeWrites(): MemoryWrite[] {
		return this.#memory.take();
	}

	#edit(): GraphEdit {
		return new GraphEdit(this.graph, this.#memory, this.#reader);
	}

	async #load(edit: GraphEdit, group: Group): Promise<void> {
		const node = edit.put(group, keyOfDn(group.dn), true);
		await edit.add(node, (await this.#reader.membersOf(group)) ?? []);
	}

	/**
	 * The position is older than what was loaded, which may hold this change already, or lack whom it takes out: the graph then goes back
	 * to what was there before. Nobody is added who is there, nor taken out who is not, so later changes never look like that.
	 * @returns member keys → roots of which they are told to be new: other ways to them may be as new, and are told as little by themselves
	 */
	async #takeBack(change: EntryChange): Promise<Map<string, bigint>> {
		const node = this.#nodeOf(change);
		const told = new Map<string, bigint>();
		if (
			node?.group.id !== (change.group?.id ?? change.entryId) ||
			!isBefore(change.occurredAt, node.loadedAt)
		)
			return told;
		const edit = this.#edit();
		const open = (member: MemberValue): boolean => !this.#settled.has(edgeName(node, memberKey(member)));
		const early = change.members.added.filter(open).map(memberKey);
		for (const key of early.filter((one) => node.members.has(one))) {
			for (const one of this.graph.peopleIn(key))
				told.set(one, this.#paths.reachOf(node) | (told.get(one) ?? 0n));
			edit.remove(node, key);
		}
		await edit.add(node, change.members.removed.filter(open));
		if (!edit.structural) return told;
		this.#paths = new GroupPaths(this.graph);
		// Whoever is in there is told with the group, as it was loaded: what was written to it before is part of that.
		for (const one of this.graph.nodes)
			if (this.#paths.reachOf(one) === 0n) this.#setLoadedAt(one, undefined);
		return told;
	}

	#settle({ occurredAt }: EntryChange, holders: readonly GroupNode[], keys: readonly string[]): void {
		for (const holder of holders) {
			if (!isBefore(occurredAt, holder.loadedAt)) continue;
			for (const key of keys) this.#settled.add(edgeName(holder, key));
		}
	}

	#setLoadedAt(node: GroupNode, at: string | undefined): void {
		if (at === undefined) delete node.loadedAt;
		else node.loadedAt = at;
		this.#memory.putGroup(node);
	}

	#nodeOf({ entryId, dn }: EntryChange): GroupNode | undefined {
		return this.graph.byId(entryId) ?? this.graph.byKey(keyOfDn(dn));
	}

	/**
	 * The directory goes on naming whom it renames: memberships neither come nor go. Whether it does cannot be seen: whoever gets the
	 * old name next may get the memberships as well.
	 * @returns whether the entry has another DN now
	 */
	#rename(edit: GraphEdit, change: EntryChange): boolean {
		const node = this.graph.byId(change.entryId);
		const from = node?.key ?? (change.previousDn === undefined ? undefined : keyOfDn(change.previousDn));
		const to = keyOfDn(change.dn);
		if (from === undefined || from === to) return false;
		const holders = [...this.graph.holdersOf(from)];
		this.#settle(change, holders, [from, to]);
		const inTheWay = this.graph.byKey(to);
		if (node && inTheWay && inTheWay !== node) edit.drop(inTheWay);
		for (const holder of holders) edit.leave(holder, from, this.#vacant.mayStay);
		if (node) this.graph.rekey(node, to);
		for (const holder of holders) {
			this.graph.add(holder, to);
			this.#memory.putMember(holder, to);
		}
		if (node) this.#describe(edit, node, { ...node.group, ...change.group, dn: change.dn });
		return true;
	}

	#describe(edit: GraphEdit, node: GroupNode, group: Group): void {
		const { id, dn, name, kind } = group;
		if (node.group.id === id && node.group.dn === dn && node.group.name === name) return;
		if (node.group.id !== id) this.#memory.forgetGroup(node.group.id);
		this.graph.describe(node, { id, dn, name, kind });
		this.#memory.putGroup(node);
		edit.structural = true;
	}

	async #delete(edit: GraphEdit, change: EntryChange, node: GroupNode | undefined): Promise<void> {
		// Another group got the name, and was told before: it is not the one that is gone.
		if (node && node.group.id !== change.entryId && this.#vacant.isFoundLate(change)) return;
		const key = node?.key ?? keyOfDn(change.dn);
		const holders = this.graph.holdersOf(key).filter((holder) => holder !== node);
		const isTaken = !node && holders.length > 0 && (await this.#vacant.isTaken(change));
		this.#settle(change, holders, [key]);
		if (node) edit.drop(node);
		for (const holder of holders) edit.leave(holder, key, isTaken || this.#vacant.mayStay);
		if (isTaken) await this.#vacant.fill(edit, change);
	}

	async #change(
		edit: GraphEdit,
		change: EntryChange,
		group: Group,
		known: GroupNode | undefined,
	): Promise<void> {
		const node = known ?? this.#named(edit, change, group);
		if (!node) return;
		const isAnother = node.group.id !== group.id;
		if (isAnother) edit.empty(node);
		this.#describe(edit, node, group);
		for (const member of change.members.removed) edit.remove(node, memberKey(member));
		await edit.add(node, change.members.added);
		// Its creation went unseen: what it holds is what is there now.
		const unseen = change.operation !== 'created' && (isAnother || !known);
		if (unseen) await edit.add(node, (await this.#reader.membersOf(group)) ?? []);
	}

	/** A group that others named before it was there, or was seen. */
	#named(edit: GraphEdit, change: EntryChange, group: Group): GroupNode | undefined {
		const key = keyOfDn(change.dn);
		return this.graph.holdersOf(key).length > 0 ? edit.put(group, key) : undefined;
	}

	#forgetUnreachable(edit: GraphEdit, paths: GroupPaths): void {
		const unreachable = [...this.graph.nodes].filter((node) => paths.reachOf(node) === 0n);
		for (const node of unreachable) edit.drop(node);
	}
}

const edgeName = ({ group }: GroupNode, key: string): string => JSON.stringify([group.id, key]);

const isBefore = (occurredAt: string, loadedAt: string | undefined): boolean =>
	loadedAt !== undefined && Date.parse(occurredAt) <= Date.parse(loadedAt) + CLOCKS_DIFFER_MS;
