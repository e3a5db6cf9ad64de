import type { EntryChange, MemberValue, WatchSession } from './changes.types';
import { EventClassifier } from './classification';
import type { ChangeEvent, WatchScope } from './event.types';
import type { EventStage, MemoryWrite, StageMemory } from './eventStage.types';
import { everyStage } from './eventStages';
import { FirstEventFilter } from './firstEvents';
import type { Selection } from './firstEvents';
import { LeftOutActors } from './leftOut';
import type { StateStore } from './stateStore.types';
import type { WatcherOptions, WatcherPorts } from './watcher.types';

/** What a page, or the clock, leads to. */
export interface PipelineResult extends Selection {
	memory: MemoryWrite[];
}

const MEMBERS_EXPECTED = 1_000;

interface Concluded {
	events: ChangeEvent[];
	memory: MemoryWrite[];
}

/** Changes → events, for as long as a session lives: each change by itself, then what the stages conclude, then who was told already. */
export class EventPipeline {
	readonly #classifier: EventClassifier;
	readonly #leftOut: LeftOutActors;

	constructor(
		private readonly session: WatchSession,
		private readonly scope: WatchScope,
		now: () => Date,
		private readonly stages: readonly EventStage[],
		private readonly firstEvents?: FirstEventFilter,
	) {
		this.#classifier = new EventClassifier(session, scope, now);
		this.#leftOut = new LeftOutActors(session, scope);
	}

	/** Before the first page, in the order of the stages. What it returns is committed before any page is. */
	async start(memory: StageMemory, isFresh: boolean): Promise<MemoryWrite[]> {
		const writes: MemoryWrite[] = [];
		for (const stage of this.stages) writes.push(...(await stage.start(memory, isFresh)));
		return writes;
	}

	/** Stages see all changes, also those of which nothing is told: a graph of groups must be whole. */
	async process(changes: readonly EntryChange[]): Promise<PipelineResult> {
		await this.session.expectMembers?.(this.#membersOf(changes));
		const concluded: Concluded = { events: await this.#classified(changes), memory: [] };
		for (const stage of this.stages) await take(stage, changes, concluded);
		await this.session.expectMembers?.([]);
		return await this.#selected(concluded);
	}

	/** What one stage tells because its time has come passes through those behind it, like everything else. */
	async due(now: Date): Promise<PipelineResult> {
		const concluded: Concluded = { events: [], memory: [] };
		for (const stage of this.stages) {
			if (concluded.events.length > 0) await take(stage, [], concluded);
			if (!isDue(stage, now)) continue;
			const { events, memory } = await stage.due(now);
			concluded.events.push(...events);
			concluded.memory.push(...memory);
		}
		return await this.#selected(concluded);
	}

	/** Milliseconds since 1970; Infinity = nothing waits. */
	get nextDueAt(): number {
		return Math.min(...this.stages.map(({ nextDueAt }) => nextDueAt?.getTime() ?? Infinity));
	}

	/** Of those groups whose members are told of by themselves, and of so many at most as may well be kept. */
	#membersOf(changes: readonly EntryChange[]): MemberValue[] {
		const { events } = this.scope;
		const ids = this.session.watchedGroups?.map(({ id }) => id);
		const isTold = ({ group }: EntryChange): boolean =>
			group !== undefined && (ids?.includes(group.id) ?? true);
		const members = changes
			.filter(isTold)
			.flatMap(({ members: { added, removed } }) => [
				...(events.has('group.memberAdded') ? added.slice(0, MEMBERS_EXPECTED) : []),
				...(events.has('group.memberRemoved') ? removed.slice(0, MEMBERS_EXPECTED) : []),
			]);
		return members.slice(0, MEMBERS_EXPECTED);
	}

	async #classified(changes: readonly EntryChange[]): Promise<ChangeEvent[]> {
		const events: ChangeEvent[] = [];
		for (const change of changes) {
			if (this.#leftOut.leavesOut(change)) continue;
			events.push(...this.#leftOut.kept(change, await this.#classifier.eventsOf(change)));
		}
		return events;
	}

	/** A welcome does not stand for a warning: security events are told whoever was told of before. */
	async #selected({ events, memory }: Concluded): Promise<PipelineResult> {
		if (!this.firstEvents) return { kept: events, firsts: [], memory };
		const { kept, firsts } = await this.firstEvents.select(events.filter((event) => !isSecurity(event)));
		const keptIds = new Set(kept.map(({ eventId }) => eventId));
		return {
			kept: events.filter((event) => isSecurity(event) || keptIds.has(event.eventId)),
			firsts,
			memory,
		};
	}
}

/** All of it, for one session and one position. */
export function pipelineFor(
	session: WatchSession,
	store: StateStore,
	{ scope, firstEventPeriodMs: period }: WatcherOptions,
	{ clock, stagesOf = everyStage }: WatcherPorts,
): EventPipeline {
	const now = (): Date => clock.now();
	const firstEvents = period === undefined ? undefined : new FirstEventFilter(store, period);
	return new EventPipeline(session, scope, now, stagesOf(session, scope, now), firstEvents);
}

async function take(stage: EventStage, changes: readonly EntryChange[], concluded: Concluded): Promise<void> {
	const { events, memory } = await stage.process(changes, concluded.events);
	concluded.events = events;
	concluded.memory.push(...memory);
}

const isDue = ({ nextDueAt }: EventStage, now: Date): boolean =>
	nextDueAt !== undefined && nextDueAt.getTime() <= now.getTime();

const isSecurity = ({ event }: ChangeEvent): boolean => event.startsWith('security.');
