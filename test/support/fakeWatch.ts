import type {
	ChangePage,
	ChangeStrategy,
	DirectMembers,
	Detections,
	EntryChange,
	JsonValue,
	MemberDescription,
	MemberValue,
	SnapshotWrite,
	Verdict,
	WatchSession,
} from '../../lib/directory/changes/changes.types';
import type { Clock } from '../../lib/directory/changes/clock.types';
import type { EventKind, WatchScope } from '../../lib/directory/changes/event.types';
import type { StageMemory } from '../../lib/directory/changes/eventStage.types';
import type { StateChange, StateStore, WatchState } from '../../lib/directory/changes/stateStore.types';
import { detections } from '../../lib/directory/changes/strategies/detections';
import type { Group, Person } from '../../lib/directory/directory.types';

export const person = (uid: string, more: Partial<Person> = {}): Person => ({
	id: `id-${uid}`,
	dn: `uid=${uid},ou=people,dc=example,dc=org`,
	username: uid,
	displayName: uid.toUpperCase(),
	enabled: true,
	locked: false,
	attributes: {},
	...more,
});

export const group = (cn: string): Group => ({
	id: `id-${cn}`,
	dn: `cn=${cn},ou=groups,dc=example,dc=org`,
	name: cn,
	kind: 'group',
});

let written = 0;

export const change = (more: Partial<EntryChange>): EntryChange => ({
	changeId: `change-${++written}`,
	operation: 'modified',
	entryId: more.person?.id ?? more.group?.id ?? 'id-x',
	dn: more.person?.dn ?? more.group?.dn ?? 'cn=x',
	occurredAt: '2030-01-01T00:00:00.000Z',
	actor: 'cn=admin,dc=example,dc=org',
	lastModifier: 'cn=admin,dc=example,dc=org',
	attributes: [],
	members: { added: [], removed: [] },
	...more,
});

export const created = (uid: string, more: Partial<EntryChange> = {}): EntryChange =>
	change({ operation: 'created', person: person(uid), ...more });

export const scopeOf = (...events: EventKind[]): WatchScope => ({
	events: new Set(events),
	base: '',
	conditions: [],
	groups: [],
	attributes: [],
});

/** A log in memory: the cursor is an index. */
export class FakeStrategy implements ChangeStrategy<number> {
	readonly name: string = 'fake';
	readonly reason = 'it is a test';
	readonly previousValues = true;
	needsSnapshots = false;
	scopeKey = 'all';
	restMs: number | undefined;
	detects: Detections = detections('each');
	readonly log: EntryChange[] = [];
	/** Index of the first change that is still there. */
	begins = 0;
	pageSize = 100;
	/** Thrown by the next reads, one each. */
	readonly failures: Error[] = [];
	baselines = 0;

	async position(): Promise<number> {
		return this.log.length;
	}

	async *baseline(): AsyncIterable<SnapshotWrite[]> {
		this.baselines++;
	}

	async verify(cursor: number): Promise<Verdict> {
		return cursor >= this.begins ? { intact: true } : { intact: false, reason: 'the log was trimmed' };
	}

	async *read(cursor: number): AsyncIterable<ChangePage<number>> {
		const failure = this.failures.shift();
		if (failure) throw failure;
		for (let from = cursor; from < this.log.length; from += this.pageSize) {
			const changes = this.log.slice(from, from + this.pageSize);
			yield { changes, cursor: from + changes.length, snapshots: [] };
		}
	}
}

export class FakeDirectory {
	readonly strategy = new FakeStrategy();
	readonly people = new Map<string, Person>();
	directoryId = 'directory-1';
	watchedGroups: readonly Group[] | undefined;
	privilegedGroups: readonly Group[] = [];
	/** By id, as the directory shows them now. */
	readonly groups = new Map<string, DirectMembers>();
	readonly ownersOfOlderDevices = new Set<string>();
	/** Thrown by the next attempts to connect, one each; the last one stays while `isDown`. */
	isDown: Error | undefined;
	opened = 0;
	readonly #closed = new Set<number>();

	get closed(): number {
		return this.#closed.size;
	}

	readonly open = async (): Promise<WatchSession> => {
		if (this.isDown) throw this.isDown;
		const session = ++this.opened;
		return {
			identity: {
				family: 'openldap',
				vendor: 'Fake',
				directoryId: this.directoryId,
				serverId: 's',
				endpoint: 'ldap://fake',
			},
			strategy: this.strategy,
			watchedGroups: this.watchedGroups,
			privilegedGroups: this.privilegedGroups,
			describeMember: async (member) => this.#describe(member),
			directMembers: async ({ id }) => this.groups.get(id),
			hadDeviceBefore: async (owner) => this.ownersOfOlderDevices.has(owner.value),
			close: async () => {
				this.#closed.add(session);
			},
		};
	};

	#describe({ value }: MemberValue): MemberDescription {
		const known = this.people.get(value);
		return known ? { is: 'person', person: known } : { is: 'unknown' };
	}
}

/** Sleeping takes no time, but moves the clock. `slept` keeps what was asked for. */
export class FakeClock implements Clock {
	time = Date.parse('2030-01-01T00:00:10.000Z');
	readonly slept: number[] = [];

	now(): Date {
		return new Date(this.time);
	}

	random(): number {
		return 0.5;
	}

	async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
		if (signal.aborted) return;
		this.slept.push(milliseconds);
		this.time += milliseconds;
		await new Promise((resolve) => setImmediate(resolve));
	}
}

/** Keeps what was committed as text, so that nothing is shared with a watcher that "crashed". */
export class MemoryStore implements StateStore {
	readonly location = 'memory';
	keepsSnapshots = true;
	parts = new Map<string, string>();
	readonly remembered = new Map<string, string>();
	readonly givenUp: Array<NonNullable<StateChange['givenUp']>> = [];
	incident: string | undefined;
	/** Thrown by the next commits. */
	readonly failures: Error[] = [];
	commits = 0;

	readonly snapshots = { get: async () => new Map(), entryIds: async function* () {} };

	get state(): WatchState {
		const entries = [...this.parts].map(([part, json]) => [part, JSON.parse(json) as unknown]);
		return { delivered: [], ...(Object.fromEntries(entries) as Partial<WatchState>) };
	}

	async load(): Promise<{ state: WatchState; incident?: string }> {
		return { state: this.state, incident: this.incident };
	}

	/** By stage and key, as text. */
	readonly memories = new Map<string, string>();
	readonly memory: StageMemory = { all: (stage) => this.#rowsOf(stage) };

	async *#rowsOf(stage: string): AsyncIterable<{ key: string; value: JsonValue }> {
		for (const id of [...this.memories.keys()].sort()) {
			const [of, key = ''] = JSON.parse(id) as string[];
			if (of === stage) yield { key, value: JSON.parse(this.memories.get(id) ?? 'null') as JsonValue };
		}
	}

	async commit({ state = {}, memory = [], firsts = [], givenUp }: StateChange): Promise<void> {
		const failure = this.failures.shift();
		if (failure) throw failure;
		this.commits++;
		for (const [part, value] of Object.entries(state)) {
			if (value === undefined) this.parts.delete(part);
			else this.parts.set(part, JSON.stringify(value));
		}
		for (const { stage, key, value } of memory) {
			const id = JSON.stringify([stage, key]);
			if (value === undefined) this.memories.delete(id);
			else this.memories.set(id, JSON.stringify(value));
		}
		for (const { key, at } of firsts) this.remembered.set(key, at);
		if (givenUp) this.givenUp.push(givenUp);
	}

	async reset(): Promise<void> {
		for (const part of [...this.parts.keys()])
			if (part !== 'outage' && part !== 'gap') this.parts.delete(part);
		this.memories.clear();
	}

	async firsts(keys: readonly string[]): Promise<Map<string, string>> {
		return new Map([...this.remembered].filter(([key]) => keys.includes(key)));
	}

	async close(): Promise<void> {
		// Stays readable for the test.
	}
}
