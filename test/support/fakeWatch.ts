import type {
	ChangePage,
	ChangeStrategy,
	DirectMembers,
	Detections,
	EntryChange,
	JsonValue,
	MemberDescription,
	MemberValue,
	Snapshot,
	SnapshotReader,
	SnapshotWrite,
	Verdict,
	WakeUp,
	WatchSession,
} from '../../lib/directory/changes/changes.types';
import type { Clock } from '../../lib/directory/changes/clock.types';
import type { EventKind, WatchScope } from '../../lib/directory/changes/event.types';
import type { StageMemory } from '../../lib/directory/changes/eventStage.types';
import type { StateChange, StateStore, WatchState } from '../../lib/directory/changes/stateStore.types';
import { detections } from '../../lib/directory/changes/strategies/detections';
import type { DirectoryFamily, Group, Person } from '../../lib/directory/directory.types';

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

/** Remembers who is there, so that what a gap hid is found by comparison. */
export class ReconcilingStrategy extends FakeStrategy {
	override needsSnapshots = true;
	/** User names of those who are there now. */
	readonly present: string[] = [];
	reconciliations = 0;

	override async *baseline(): AsyncIterable<SnapshotWrite[]> {
		this.baselines++;
		yield this.present.map(remembered);
	}

	/** People come and go beside the log, as while nobody could read it. */
	async *reconcile(snapshots: SnapshotReader): AsyncIterable<ChangePage<number>> {
		this.reconciliations++;
		const failure = this.failures.shift();
		if (failure) throw failure;
		const cursor = await this.position();
		const known = await snapshots.get(this.present.map((uid) => person(uid).id));
		const news = this.present.filter((uid) => !known.has(person(uid).id));
		for (let from = 0; from < news.length; from += this.pageSize) {
			const some = news.slice(from, from + this.pageSize);
			const changes = some.map((uid) => created(uid, { changeId: `compared-${uid}` }));
			yield { changes, cursor, snapshots: some.map(remembered) };
		}
		yield { changes: [], cursor, snapshots: [] };
	}
}

const remembered = (uid: string): SnapshotWrite => ({
	entryId: person(uid).id,
	snapshot: {
		dn: person(uid).dn,
		kind: 'person',
		account: { enabled: true, locked: false, passwordResetRequired: 'unknown' },
		attributes: {},
		members: [],
	},
});

export class FakeDirectory {
	constructor(readonly strategy = new FakeStrategy()) {}

	readonly people = new Map<string, Person>();
	directoryId = 'directory-1';
	family: DirectoryFamily = 'openldap';
	watchedGroups: readonly Group[] | undefined;
	privilegedGroups: readonly Group[] = [];
	wakeUp: WakeUp | undefined;
	ownDn: string | undefined;
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
				family: this.family,
				vendor: 'Fake',
				directoryId: this.directoryId,
				serverId: 's',
				endpoint: 'ldap://fake',
			},
			strategy: this.strategy,
			watchedGroups: this.watchedGroups,
			privilegedGroups: this.privilegedGroups,
			...(this.wakeUp ? { wakeUp: this.wakeUp } : {}),
			...(this.ownDn === undefined ? {} : { ownDn: this.ownDn }),
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

/** Time stands still until it is moved; a pause lasts until then, or until it is aborted. */
export class HeldClock extends FakeClock {
	readonly #sleepers = new Set<{ until: number; wake: () => void }>();

	override async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
		if (signal.aborted) return;
		this.slept.push(milliseconds);
		await new Promise<void>((resolve) => {
			const sleeper = { until: this.time + milliseconds, wake };
			const sleepers = this.#sleepers;
			function wake(): void {
				signal.removeEventListener('abort', wake);
				sleepers.delete(sleeper);
				resolve();
			}
			sleepers.add(sleeper);
			signal.addEventListener('abort', wake);
		});
	}

	get sleeping(): number {
		return this.#sleepers.size;
	}

	advance(milliseconds: number): void {
		this.time += milliseconds;
		for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.time) sleeper.wake();
	}
}

/** Keeps what is said until somebody asks. */
export class FakeWakeUp implements WakeUp {
	#said = false;
	#answer: { resolve: () => void; reject: (error: Error) => void } | undefined;
	asked = 0;
	waiting = 0;
	chatters = false;

	async next(signal: AbortSignal): Promise<void> {
		this.asked++;
		if (this.chatters) return;
		this.waiting++;
		try {
			await new Promise<void>((resolve, reject) => {
				signal.addEventListener('abort', () => resolve(), { once: true });
				this.#answer = { resolve, reject };
				if (this.#said || signal.aborted) resolve();
			});
		} finally {
			this.waiting--;
			this.#said = false;
			this.#answer = undefined;
		}
	}

	say(): void {
		this.#said = true;
		this.#answer?.resolve();
	}

	fail(error: Error): void {
		this.#answer?.reject(error);
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

	readonly entries = new Map<string, Snapshot>();

	readonly snapshots: SnapshotReader = {
		get: async (ids) => new Map([...this.entries].filter(([id]) => ids.includes(id))),
		entryIds: () => this.#entryIds(),
	};

	async *#entryIds(): AsyncIterable<readonly string[]> {
		yield [...this.entries.keys()];
	}

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

	async commit({
		state = {},
		snapshots = [],
		memory = [],
		firsts = [],
		forgetFirstsBefore = '',
		givenUp,
	}: StateChange): Promise<void> {
		const failure = this.failures.shift();
		if (failure) throw failure;
		this.commits++;
		for (const [part, value] of Object.entries(state)) {
			if (value === undefined) this.parts.delete(part);
			else this.parts.set(part, JSON.stringify(value));
		}
		for (const { entryId, snapshot } of snapshots) {
			if (snapshot) this.entries.set(entryId, snapshot);
			else this.entries.delete(entryId);
		}
		for (const { stage, key, value } of memory) {
			const id = JSON.stringify([stage, key]);
			if (value === undefined) this.memories.delete(id);
			else this.memories.set(id, JSON.stringify(value));
		}
		for (const { key, at } of firsts) this.remembered.set(key, at);
		for (const [key, at] of this.remembered) if (at < forgetFirstsBefore) this.remembered.delete(key);
		if (givenUp) this.givenUp.push(givenUp);
	}

	async reset(): Promise<void> {
		for (const part of [...this.parts.keys()])
			if (part !== 'outage' && part !== 'gap') this.parts.delete(part);
		this.memories.clear();
		this.entries.clear();
	}

	async firsts(keys: readonly string[]): Promise<Map<string, string>> {
		return new Map([...this.remembered].filter(([key]) => keys.includes(key)));
	}

	async close(): Promise<void> {
		// Stays readable for the test.
	}
}
