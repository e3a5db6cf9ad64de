import type { JsonValue } from '../directory/changes/changes.types';
import type { MemoryWrite, StageMemory } from '../directory/changes/eventStage.types';

const MOST_ROWS = 5_000;

/** What stages remember where there is no disk: gone with the process, and of the oldest rows nothing is left when there are many. */
export class BoundedMemory implements StageMemory {
	readonly #rows = new Map<string, { stage: string; key: string; value: JsonValue }>();

	async *all(stage: string): AsyncIterable<{ key: string; value: JsonValue }> {
		const rows = [...this.#rows.values()].filter((row) => row.stage === stage);
		rows.sort((one, other) => (one.key < other.key ? -1 : 1));
		for (const { key, value } of rows) yield { key, value };
	}

	write(writes: readonly MemoryWrite[]): void {
		for (const { stage, key, value } of writes) {
			const id = JSON.stringify([stage, key]);
			this.#rows.delete(id);
			if (value !== undefined) this.#rows.set(id, { stage, key, value });
		}
		for (const id of this.#rows.keys()) {
			if (this.#rows.size <= MOST_ROWS) return;
			this.#rows.delete(id);
		}
	}

	clear(): void {
		this.#rows.clear();
	}
}
