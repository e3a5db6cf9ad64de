import type { EntryChange, JsonValue } from './changes.types';
import type { ChangeEvent } from './event.types';

/** One thing a stage remembers. */
export interface MemoryWrite {
	stage: string;
	key: string;
	/** undefined = forget it. */
	value: JsonValue | undefined;
}

/** What the stages of one trigger node remember; written together with the cursor. */
export interface StageMemory {
	/** In the order of the keys. */
	all(stage: string): AsyncIterable<{ key: string; value: JsonValue }>;
}

export interface StageResult {
	events: ChangeEvent[];
	/** To be committed with the cursor, once all of `events` are delivered. */
	memory: MemoryWrite[];
}

/**
 * Concludes events from more than one change, and remembers what it needs for that. Decides the same for the same page and the same
 * memory, because a replay repeats it. Lives as long as a session: after a failure a new one starts from what was committed.
 */
export interface EventStage {
	/** Names its part of the memory. */
	readonly name: string;
	/** Before the first page. `isFresh`: there is no earlier position, so memory is empty and what is there now is the beginning. */
	start(memory: StageMemory, isFresh: boolean): Promise<MemoryWrite[]>;
	/** Each page, in order: the changes as read, and the events so far. Returns these with its own, or without those it sums up. */
	process(changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult>;
	/** What is due by the clock alone: a lock that ended, a window that closed. */
	due(now: Date): Promise<StageResult>;
	/** When due() has something to do next; undefined = nothing waits. */
	readonly nextDueAt: Date | undefined;
}
