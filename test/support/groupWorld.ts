import type { EntryChange, JsonValue, MemberValue } from '../../lib/directory/changes/changes.types';
import type { ChangeEvent, WatchScope } from '../../lib/directory/changes/event.types';
import type { EventStage, MemoryWrite, StageMemory } from '../../lib/directory/changes/eventStage.types';
import type { WatchSession } from '../../lib/directory/changes/changes.types';
import type { Group } from '../../lib/directory/directory.types';
import { change, FakeDirectory, group, person } from './fakeWatch';

export const dnOf = (uid: string): string => person(uid).dn;
export const byDn = (dn: string): MemberValue => ({ value: dn, is: 'dn' });
export const member = (name: string): MemberValue =>
	byDn(name === name.toUpperCase() ? group(name).dn : dnOf(name));

/** People have lower-case names, groups upper-case ones. Everybody exists who is asked for. */
export class GroupWorld {
	readonly directory = new FakeDirectory();
	/** Group name → names of members, as the directory shows them now. */
	readonly groups = new Map<string, Set<string>>();
	asked = 0;
	read = 0;
	/** Names that are not in the directory. */
	readonly gone = new Set<string>();
	listsGroups = false;

	constructor(groups: Record<string, readonly string[]>) {
		for (const [name, members] of Object.entries(groups)) this.groups.set(name, new Set(members));
	}

	async session(): Promise<WatchSession> {
		const session = await this.directory.open();
		return {
			...session,
			...(this.listsGroups ? { groups: () => this.#all() } : {}),
			directMembers: async ({ id }) => {
				this.read++;
				const name = id.replace(/^id-/, '');
				const members = this.groups.get(name);
				return members && { group: group(name), members: [...members].map(member) };
			},
			describeMember: async ({ value }) => {
				this.asked++;
				const [, name = ''] = /^(?:cn|uid)=([^,]*),/i.exec(value) ?? [];
				const known = [...this.groups.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
				if (known !== undefined && value.toLowerCase() === group(known).dn.toLowerCase())
					return { is: 'group', group: group(known) };
				if (/^uid=/i.test(value) && !this.gone.has(name)) return { is: 'person', person: person(name) };
				const user = /^[a-z]+$/.exec(value)?.[0];
				return user === undefined ? { is: 'unknown' } : { is: 'person', person: person(user) };
			},
		};
	}

	async *#all(): AsyncIterable<Group> {
		for (const name of this.groups.keys()) yield group(name);
	}
}

/** What stages remember, kept as text. */
export class StageRows implements StageMemory {
	readonly rows = new Map<string, string>();

	commit(writes: readonly MemoryWrite[]): void {
		for (const { stage, key, value } of writes) {
			const row = JSON.stringify([stage, key]);
			if (value === undefined) this.rows.delete(row);
			else this.rows.set(row, JSON.stringify(value));
		}
	}

	async *all(stage: string): AsyncIterable<{ key: string; value: JsonValue }> {
		const own = [...this.rows].map(([row, value]) => ({ row: JSON.parse(row) as [string, string], value }));
		own.sort((one, other) => (one.row[1] < other.row[1] ? -1 : 1));
		for (const { row, value } of own)
			if (row[0] === stage) yield { key: row[1], value: JSON.parse(value) as JsonValue };
	}
}

/** One stage and what it committed. */
export class StageRun {
	constructor(
		readonly stage: EventStage,
		readonly memory = new StageRows(),
	) {}

	async start(isFresh = true): Promise<this> {
		this.memory.commit(await this.stage.start(this.memory, isFresh));
		return this;
	}

	async page(changes: readonly EntryChange[], events: ChangeEvent[] = []): Promise<ChangeEvent[]> {
		const result = await this.stage.process(changes, events);
		this.memory.commit(result.memory);
		return result.events;
	}

	async due(now: Date): Promise<ChangeEvent[]> {
		const result = await this.stage.due(now);
		this.memory.commit(result.memory);
		return result.events;
	}
}

export const delta = (
	name: string,
	added: readonly string[],
	removed: readonly string[] = [],
	more: Partial<EntryChange> = {},
): EntryChange =>
	change({
		group: group(name),
		members: { added: added.map(member), removed: removed.map(member) },
		...more,
	});

/** `+ann in ROOT via A/B`, `-ann in ROOT` (direct), `+A(3) in ROOT` for a whole group. */
export function shown({ event, user, group: root, nestedGroup }: ChangeEvent): string {
	const sign = event === 'group.memberAdded' || event.endsWith('Granted') ? '+' : '-';
	const whom = nestedGroup
		? `${nestedGroup.name}(${nestedGroup.members})`
		: (user?.username ?? user?.dn ?? '?');
	const via = root && root.via.length > 0 ? ` via ${root.via.join('/')}` : '';
	return `${sign}${whom} in ${root?.name}${via}`;
}

export const watching = (scope: WatchScope, more: Partial<WatchScope>): WatchScope => ({ ...scope, ...more });
