import type { JsonValue, SnapshotReader, SnapshotWrite } from './changes.types';
import type { ChangeEvent } from './event.types';
import type { MemoryWrite, StageMemory } from './eventStage.types';

/** Where the reading of one directory stands, and whose position that is. */
export interface WatchPosition {
	directoryId: string;
	strategy: string;
	scopeKey: string;
	cursor: JsonValue;
}

export interface WatchState {
	/** Absent until the first baseline is complete. */
	position?: WatchPosition;
	/** Event ids delivered after the cursor: a replay leaves them out. */
	delivered: string[];
	/** The batch that was handed over last and is not delivered yet; counted before each attempt, so that a crash loop ends. */
	attempt?: { eventIds: string[]; count: number };
	outage?: { since: string; reported: boolean };
	/** Stands for the deletions held back that were told of: these are told once, others anew. */
	heldBack?: string;
	/** Why an earlier position could not be used, until that was told: a crash in between must not hide it. */
	gap?: Gap;
}

export interface Gap {
	reason: string;
	/** Somebody changed what is watched: no fault that would have to be reported. */
	intended: boolean;
	/**
	 * Present where what is remembered of entries still holds, so that what was missed is found by comparison: true = that is still to
	 * be done; false = it was done, and is to be told. Absent = reading goes on from now.
	 */
	reconciling?: boolean;
}

/** One event a person was told about: remembered for "Only First Event per Person". `key` is a hash. */
export interface FirstEvent {
	key: string;
	/** ISO 8601, UTC. */
	at: string;
}

export interface GivenUpBatch {
	/** ISO 8601, UTC. */
	at: string;
	attempts: number;
	reason: string;
	events: ChangeEvent[];
}

/** All of it takes effect, or nothing. */
export interface StateChange {
	/** Replaces these parts; a part that is present but undefined is removed. */
	state?: Partial<WatchState>;
	snapshots?: SnapshotWrite[];
	memory?: MemoryWrite[];
	firsts?: FirstEvent[];
	/** Forgets those remembered before this moment. */
	forgetFirstsBefore?: string;
	givenUp?: GivenUpBatch;
}

/** Memory of one trigger node. Only that node writes it. */
export interface StateStore {
	/** Where it is, for people. */
	readonly location: string;
	readonly keepsSnapshots: boolean;
	/** `incident` says in plain words what went wrong with an earlier state, e.g. a damaged file that was moved aside. */
	load(): Promise<{ state: WatchState; incident?: string }>;
	commit(change: StateChange): Promise<void>;
	/** Forgets position, deliveries, snapshots and what stages remember; keeps given-up batches, an outage, an untold gap and who was told before. */
	reset(): Promise<void>;
	readonly snapshots: SnapshotReader;
	readonly memory: StageMemory;
	firsts(keys: readonly string[]): Promise<Map<string, string>>;
	close(): Promise<void>;
}

export const emptyState = (): WatchState => ({ delivered: [] });
