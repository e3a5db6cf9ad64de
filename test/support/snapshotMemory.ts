import type { Snapshot, SnapshotReader, SnapshotWrite } from '../../lib/directory/changes/changes.types';

/** Snapshots in memory. */
export class SnapshotMemory implements SnapshotReader {
	readonly #snapshots = new Map<string, Snapshot>();

	write(writes: readonly SnapshotWrite[]): void {
		for (const { entryId, snapshot } of writes) {
			if (snapshot) this.#snapshots.set(entryId, snapshot);
			else this.#snapshots.delete(entryId);
		}
	}

	toJSON(): unknown {
		return [...this.#snapshots];
	}

	async *entryIds(): AsyncIterable<readonly string[]> {
		yield [...this.#snapshots.keys()];
	}

	async get(entryIds: readonly string[]): Promise<Map<string, Snapshot>> {
		const found = new Map<string, Snapshot>();
		for (const id of entryIds) {
			const snapshot = this.#snapshots.get(id);
			if (snapshot) found.set(id, snapshot);
		}
		return found;
	}
}
