import type { Delivery } from '../../lib/directory/changes/delivery.types';
import type { ChangeEvent, EventKind } from '../../lib/directory/changes/event.types';
import type { StagesOf } from '../../lib/directory/changes/eventStages';
import { DirectoryWatcher } from '../../lib/directory/changes/watcher';
import type { WatcherOptions } from '../../lib/directory/changes/watcher.types';
import type { DomainError } from '../../lib/domain.errors';
import { FakeClock, FakeDirectory, MemoryStore, scopeOf } from './fakeWatch';

export interface WatcherSetting {
	directory?: FakeDirectory;
	store?: MemoryStore;
	clock?: FakeClock;
	events?: EventKind[];
	options?: Partial<WatcherOptions>;
	/** Default: all there are. */
	stagesOf?: StagesOf;
	/** What becomes of each batch; default: delivered. */
	handOff?: (batch: ChangeEvent[], index: number) => Delivery | Promise<Delivery>;
}

/** A watcher on a fake directory, and all that it did. */
export class WatcherRun {
	readonly directory: FakeDirectory;
	readonly store: MemoryStore;
	readonly clock: FakeClock;
	readonly batches: ChangeEvent[][] = [];
	readonly problems: DomainError[] = [];
	readonly watcher: DirectoryWatcher;

	constructor(setting: WatcherSetting = {}) {
		this.directory = setting.directory ?? new FakeDirectory();
		this.store = setting.store ?? new MemoryStore();
		this.clock = setting.clock ?? new FakeClock();
		const handOff = setting.handOff ?? (() => ({ status: 'delivered' as const }));
		this.watcher = new DirectoryWatcher(
			{
				open: this.directory.open,
				openStore: async () => this.store,
				handOff: async (events) => {
					this.batches.push(events);
					return await handOff(events, this.batches.length - 1);
				},
				report: (problem) => void this.problems.push(problem),
				clock: this.clock,
				...(setting.stagesOf ? { stagesOf: setting.stagesOf } : {}),
			},
			{
				scope: scopeOf(...(setting.events ?? ['user.created'])),
				pollIntervalMs: 1000,
				delivery: { attempts: 5, batchSize: 500 },
				startFromNow: false,
				...setting.options,
			},
		);
	}

	get events(): ChangeEvent[] {
		return this.batches.flat();
	}

	/** Lets the loop turn until something is so. Fails by jest's own time-out otherwise. */
	async until(holds: () => boolean): Promise<void> {
		while (!holds()) await new Promise((resolve) => setImmediate(resolve));
	}

	/** Until everything in the log is behind the cursor. */
	async caughtUp(): Promise<void> {
		await this.until(() => this.store.state.position?.cursor === this.directory.strategy.log.length);
	}
}
