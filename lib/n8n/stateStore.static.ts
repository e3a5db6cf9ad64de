import type { IDataObject } from 'n8n-workflow';

import type { Snapshot, SnapshotReader } from '../directory/changes/changes.types';
import type { StageMemory } from '../directory/changes/eventStage.types';
import { BoundedMemory } from './boundedMemory';
import type { StateChange, StateStore, WatchState } from '../directory/changes/stateStore.types';
import { parseJson, parseState } from './stateStore.parsing';

const PARTS = ['position', 'delivered', 'attempt', 'outage', 'heldBack', 'gap'] as const;
/** Static data is one column that is written with every run. */
const MOST_FIRSTS = 5_000;

/**
 * The workflow's static data, where there is no folder to write to. Cursor and hashes only: it is part of an exported workflow.
 * n8n saves it with the next run, not with ours: after a restart the last batch is delivered again.
 */
export class StaticDataStateStore implements StateStore {
	readonly keepsSnapshots = false;
	readonly location = "the workflow's static data (event ids only)";

	constructor(private readonly stored: IDataObject) {}

	readonly snapshots: SnapshotReader = {
		get: async () => new Map<string, Snapshot>(),
		entryIds: async function* () {},
	};

	/** Names people, so it never gets into the workflow: it lasts as long as the process. */
	readonly #memory = new BoundedMemory();
	readonly memory: StageMemory = this.#memory;

	async load(): Promise<{ state: WatchState; incident?: string }> {
		const parts = new Map<string, string>();
		for (const part of PARTS) {
			const value = this.stored[part];
			if (typeof value === 'string') parts.set(part, value);
		}
		const state = parseState(parts);
		if (state) return { state };
		for (const part of PARTS) delete this.stored[part];
		return {
			state: { delivered: [] },
			incident: "What the trigger remembered in the workflow's static data was damaged; it starts from now",
		};
	}

	async commit(change: StateChange): Promise<void> {
		for (const part of PARTS) {
			if (!change.state || !(part in change.state)) continue;
			const value = change.state[part];
			if (value === undefined) delete this.stored[part];
			else this.stored[part] = JSON.stringify(value);
		}
		this.#remember(change);
		this.#memory.write(change.memory ?? []);
		if (change.givenUp) {
			this.stored.givenUp = JSON.stringify(change.givenUp.events.map(({ eventId }) => eventId));
		}
	}

	async reset(): Promise<void> {
		for (const part of ['position', 'delivered', 'attempt', 'heldBack']) delete this.stored[part];
		this.#memory.clear();
	}

	async firsts(keys: readonly string[]): Promise<Map<string, string>> {
		const remembered = this.#firsts();
		const found = keys.map((key): [string, string | undefined] => [key, remembered.get(key)]);
		return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
	}

	async close(): Promise<void> {
		// Nothing is open.
	}

	#remember({ firsts = [], forgetFirstsBefore }: StateChange): void {
		if (firsts.length === 0 && forgetFirstsBefore === undefined) return;
		const remembered = this.#firsts();
		for (const { key, at } of firsts) remembered.set(key, at);
		const kept = [...remembered].filter(
			([, at]) => forgetFirstsBefore === undefined || at >= forgetFirstsBefore,
		);
		this.stored.firsts = JSON.stringify(Object.fromEntries(kept.slice(-MOST_FIRSTS)));
	}

	#firsts(): Map<string, string> {
		const { firsts } = this.stored;
		if (typeof firsts !== 'string') return new Map();
		const value = parseJson(firsts);
		if (typeof value !== 'object' || value === null) return new Map();
		return new Map(
			Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
		);
	}
}
