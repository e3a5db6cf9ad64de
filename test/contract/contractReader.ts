import type {
	ChangePage,
	ChangeStrategy,
	EntryChange,
	JsonValue,
	SnapshotWrite,
	WatchSession,
} from '../../lib/directory/changes/changes.types';
import { SnapshotMemory } from '../support/snapshotMemory';

type HandOff = (changes: EntryChange[]) => Promise<unknown>;

/** A strategy with what a consumer keeps for it: the cursor and the snapshots it committed. */
export class ContractReader {
	readonly snapshots = new SnapshotMemory();
	#cursor: JsonValue = null;

	private constructor(public session: WatchSession) {}

	static async from(session: WatchSession): Promise<ContractReader> {
		const reader = new ContractReader(session);
		reader.#cursor = await session.strategy.position();
		for await (const writes of session.strategy.baseline()) reader.snapshots.write(writes);
		return reader;
	}

	get strategy(): ChangeStrategy {
		return this.session.strategy;
	}

	get cursor(): JsonValue {
		return this.#cursor;
	}

	/** As if time had passed, or a state file had been damaged. */
	alterCursor(alter: (cursor: JsonValue) => JsonValue): void {
		this.#cursor = alter(this.#cursor);
	}

	/** Everything up to now. The cursor and snapshots go through text, as in a store. */
	read(handOff: HandOff = async () => {}): Promise<EntryChange[]> {
		return this.#consume(this.strategy.read(this.#cursor, this.snapshots), handOff);
	}

	/** After a gap, by the strategy's own comparison with what it remembers. */
	reconcile(): Promise<EntryChange[]> {
		const pages = this.strategy.reconcile?.(this.snapshots);
		if (!pages) throw new Error('this strategy reconciles nothing: declare that');
		return this.#consume(pages, async () => {});
	}

	async #consume(pages: AsyncIterable<ChangePage<JsonValue>>, handOff: HandOff): Promise<EntryChange[]> {
		const changes: EntryChange[] = [];
		for await (const page of pages) {
			await handOff(page.changes);
			this.#commit(page);
			changes.push(...page.changes);
		}
		return changes;
	}

	#commit(page: ChangePage<JsonValue>): void {
		this.#cursor = asStored(page.cursor);
		const snapshots: SnapshotWrite[] = asStored(page.snapshots);
		this.snapshots.write(snapshots);
	}
}

const asStored = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
