import type { Group } from '../../directory.types';
import type { EntryChange, JsonValue, WatchSession } from '../changes.types';
import type { ChangeEvent, WatchScope } from '../event.types';
import { DEFAULT_LIMITS } from '../event.types';
import { eventGroup } from '../eventSubject';
import type { EventStage, MemoryWrite, StageMemory, StageResult } from '../eventStage.types';
import { LeftOutActors } from '../leftOut';
import { inOrder } from '../membership/membership.stage';
import { isWatched } from '../watchedGroup';
import { concludedEvent } from './concludedEvent';
import { TimeWindow } from './timeWindow';

const HOUR_MS = 3_600_000;

interface Counts {
	added: number;
	removed: number;
}

/**
 * More additions, or more removals, of one group within an hour of the directory's time than are usual: told once an hour, group
 * and direction, with the change that passes the limit. Counts what is written to the group itself, except by accounts that are left out.
 */
export class UnusualGroupChangeStage implements EventStage {
	readonly name = 'unusualGroupChange';
	readonly nextDueAt = undefined;
	/** `<hour> <group id>` → numbers; hours sort by time. */
	readonly #counts = new Map<string, Counts>();
	readonly #limit: number;
	readonly #leftOut: LeftOutActors;

	constructor(
		private readonly session: WatchSession,
		scope: WatchScope,
		private readonly now: () => Date,
	) {
		this.#leftOut = new LeftOutActors(session, scope);
		this.#limit = (scope.limits ?? DEFAULT_LIMITS).unusualChanges;
	}

	async start(memory: StageMemory): Promise<MemoryWrite[]> {
		for await (const { key, value } of memory.all(this.name)) {
			const counts = countsOf(value);
			if (counts) this.#counts.set(key, counts);
		}
		return [];
	}

	async process(changes: readonly EntryChange[], events: ChangeEvent[]): Promise<StageResult> {
		const found: ChangeEvent[] = [];
		const touched = new Set<string>();
		for (const change of changes) {
			if (!change.group || !isWatched(this.session, change.group) || this.#leftOut.leavesOut(change))
				continue;
			const { added, removed } = change.members;
			if (added.length === 0 && removed.length === 0) continue;
			const hour = TimeWindow.around(change.occurredAt, HOUR_MS);
			const key = `${hour.name} ${change.group.id}`;
			touched.add(key);
			found.push(...this.#count(change, change.group, hour, key));
		}
		return {
			events: inOrder(events, found),
			memory: [...this.#remembered(touched), ...this.#forgotten(touched)],
		};
	}

	async due(): Promise<StageResult> {
		return { events: [], memory: [] };
	}

	#count(change: EntryChange, group: Group, hour: TimeWindow, key: string): ChangeEvent[] {
		const counts = this.#counts.get(key) ?? { added: 0, removed: 0 };
		this.#counts.set(key, counts);
		const events: ChangeEvent[] = [];
		for (const direction of ['added', 'removed'] as const) {
			const before = counts[direction];
			counts[direction] += change.members[direction].length;
			if (before > this.#limit || counts[direction] <= this.#limit) continue;
			events.push(this.#event(change, group, hour, { direction, count: counts[direction] }));
		}
		return events;
	}

	#event(
		change: EntryChange,
		group: Group,
		hour: TimeWindow,
		{ direction, count }: { direction: 'added' | 'removed'; count: number },
	): ChangeEvent {
		const done = direction === 'added' ? 'added to' : 'removed from';
		return concludedEvent(
			{ session: this.session, now: this.now },
			{
				event: 'security.unusualGroupChange',
				occurredAt: change.occurredAt,
				actor: change.actor,
				lastModifier: change.lastModifier,
				about: { subject: direction, group: group.id, changeId: hour.name },
				group: eventGroup(group),
				security: {
					explanation: `${count} members were ${done} ${group.name} between ${hour.from} and ${change.occurredAt}: more than ${this.#limit} within an hour are unusual`,
					count,
					limit: this.#limit,
					from: hour.from,
					to: hour.to,
				},
			},
		);
	}

	#remembered(touched: ReadonlySet<string>): MemoryWrite[] {
		return [...touched].map((key) => {
			const { added = 0, removed = 0 } = this.#counts.get(key) ?? {};
			return { stage: this.name, key, value: { added, removed } };
		});
	}

	/** Hours that are over, unless this very page, a late one, still reached into them. */
	#forgotten(touched: ReadonlySet<string>): MemoryWrite[] {
		const earliest = [...touched].sort()[0];
		if (earliest === undefined) return [];
		const over = TimeWindow.around(new Date(this.now().getTime() - 2 * HOUR_MS).toISOString(), HOUR_MS).name;
		const gone = [...this.#counts.keys()].filter((key) => key < over && key < earliest);
		for (const key of gone) this.#counts.delete(key);
		return gone.map((key) => ({ stage: this.name, key, value: undefined }));
	}
}

function countsOf(value: JsonValue): Counts | undefined {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
	const { added, removed } = value;
	return typeof added === 'number' && typeof removed === 'number' ? { added, removed } : undefined;
}
