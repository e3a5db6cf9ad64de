import { join } from 'node:path';

import type { OpenWatch } from '../../lib/directory/changes/changes.types';
import { systemClock } from '../../lib/directory/changes/clock';
import type { ChangeEvent, WatchScope } from '../../lib/directory/changes/event.types';
import { DirectoryWatcher } from '../../lib/directory/changes/watcher';
import type { DomainError } from '../../lib/domain.errors';
import { SqliteStateStore } from '../../lib/n8n/stateStore.sqlite';

export interface RealWatch {
	watcher: DirectoryWatcher;
	events: ChangeEvent[];
	problems: DomainError[];
	/** Until so many events were told. Rejects with the first problem that was reported, unless they are expected. */
	until(count: number, options?: { despiteProblems: boolean }): Promise<void>;
}

/** The trigger's loop on a real server, with a memory in `folder` that a later one finds again. */
export async function watchForReal(
	open: OpenWatch,
	scope: WatchScope,
	folder: string,
	pollIntervalMs = 20,
): Promise<RealWatch> {
	const events: ChangeEvent[] = [];
	const problems: DomainError[] = [];
	let changed = (): void => {};
	const watcher = new DirectoryWatcher(
		{
			open,
			openStore: async () => new SqliteStateStore(join(folder, 'state.sqlite')),
			handOff: async (batch) => {
				events.push(...batch);
				changed();
				return { status: 'delivered' };
			},
			report: (problem) => {
				problems.push(problem);
				changed();
			},
			clock: systemClock,
		},
		{ scope, pollIntervalMs, delivery: { attempts: 5, batchSize: 500 }, startFromNow: false },
	);
	await watcher.start({ patient: false });
	return {
		watcher,
		events,
		problems,
		until: async (count, { despiteProblems } = { despiteProblems: false }) => {
			while (events.length < count) {
				if (problems[0] && !despiteProblems) throw problems[0];
				await new Promise<void>((resolve) => (changed = resolve));
			}
		},
	};
}
