import { DomainError } from '../../domain.errors';
import type { ChangePage, JsonValue, WatchSession } from './changes.types';
import type { ChangeEvent } from './event.types';
import { pipelineFor } from './eventPipeline';
import type { EventPipeline, PipelineResult } from './eventPipeline';
import type { MemoryWrite } from './eventStage.types';
import { HealthMonitor } from './healthMonitor';
import { PageDelivery } from './pageDelivery';
import type {
	Gap,
	GivenUpBatch,
	StateChange,
	StateStore,
	WatchPosition,
	WatchState,
} from './stateStore.types';
import { DELETIONS_HELD_BACK } from './strategies/massAbsence';
import { refuseUnseenEvents } from './unseenEvents';
import { WakeUpListener } from './wakeUpListener';
import { damagedState, unexpected } from './watcher.errors';
import type { WatcherOptions, WatcherPorts } from './watcher.types';
import { WatchPause } from './watchPause';
import { establishPosition } from './watchPosition';

/** Between two looks at a directory of which too much seems to be gone. */
const LOOK_AGAIN_MS = 5 * 60_000;

interface Working {
	session: WatchSession;
	store: StateStore;
	pipeline: EventPipeline;
	wakeUp: WakeUpListener;
}

/**
 * The serialised loop behind the trigger: connect, make sure of the position, read, hand over, commit, again. One at a time:
 * while a run of the workflow lasts, nothing is read. Delivery is at least once, because the cursor moves only after the run.
 */
export class DirectoryWatcher {
	readonly #stop = new AbortController();
	#session: WatchSession | undefined;
	#working: Working | undefined;
	#wakeUp: WakeUpListener | undefined;
	#store: StateStore | undefined;
	#state: WatchState = { delivered: [] };
	#health: HealthMonitor | undefined;
	#finished: Promise<void> = Promise.resolve();
	#handingOver = false;
	#storeTroubleReported = false;

	constructor(
		private readonly ports: WatcherPorts,
		private readonly options: WatcherOptions,
	) {}

	/**
	 * `patient`: returns at once and keeps trying (n8n starts, the directory may be down). Otherwise it resolves once the position
	 * is known, so that every later change is seen, and rejects with DomainError when that fails: somebody is looking.
	 */
	async start({ patient }: { patient: boolean }): Promise<void> {
		if (!patient) {
			try {
				await this.#prepare();
			} catch (error) {
				await this.#release();
				throw error;
			}
		}
		this.#finished = this.#loop().catch((error: unknown) => this.ports.report(unexpected(error)));
	}

	/**
	 * Resolves when nothing of the loop is left, except while a run of the workflow lasts: that run may take hours, and its end is
	 * still worth a commit. `finished` tells when that is over, too.
	 */
	async stop(): Promise<void> {
		this.#stop.abort();
		if (this.#handingOver) return;
		await this.#session?.close();
		await this.#finished;
	}

	/** Whether a run of the workflow is still under way. */
	get isHandingOver(): boolean {
		return this.#handingOver;
	}

	get finished(): Promise<void> {
		return this.#finished;
	}

	async #loop(): Promise<void> {
		while (!this.#stopped) {
			try {
				if (!this.#working) await this.#prepare();
				if (this.#stopped) break;
				await this.#settleGap();
				await this.#readAll();
				await this.#deliverDue();
				await this.#pause();
			} catch (error) {
				if (!this.#stopped) await this.#endure(error);
			}
		}
		await this.#release();
	}

	/** Store, connection, position. */
	async #prepare(): Promise<void> {
		const store = await this.#openStore();
		const session = await this.ports.open(this.options.scope);
		this.#session = session;
		refuseUnseenEvents(session, this.options.scope, store);
		this.#working = await this.#established(session, store);
	}

	/** Stages begin anew with a position: what they concluded from another one may not hold. */
	async #established(session: WatchSession, store: StateStore): Promise<Working> {
		const pipeline = pipelineFor(session, store, this.options, this.ports);
		const startStages = (isFresh: boolean): Promise<MemoryWrite[]> => pipeline.start(store.memory, isFresh);
		await establishPosition(session, store, this.#state, startStages);
		this.#wakeUp ??= new WakeUpListener(session.wakeUp);
		return { session, store, pipeline, wakeUp: this.#wakeUp };
	}

	async #openStore(): Promise<StateStore> {
		if (this.#store) return this.#store;
		const store = await this.ports.openStore();
		try {
			const { state, incident } = await store.load();
			this.#state = state;
			if (incident !== undefined) this.ports.report(damagedState(incident));
			if (this.options.startFromNow) await this.#forget(store);
		} catch (error) {
			// A store that was not read must not be used: it would look empty, and be emptied.
			await store.close();
			throw error;
		}
		this.#store = store;
		return store;
	}

	async #forget(store: StateStore): Promise<void> {
		await store.commit({ state: { gap: undefined } });
		await store.reset();
		this.#state = { delivered: [], outage: this.#state.outage };
	}

	/**
	 * Only once n8n has the workflow running, for it may start a run; forgotten only once it is told. What a reconciliation finds is
	 * told before: until all of that is delivered the lost position stays, so that it begins again.
	 */
	async #settleGap(): Promise<void> {
		const { session, store } = this.#connected();
		if (this.#state.gap?.reconciling === true && !(await this.#reconcile(this.#state.gap))) return;
		if (!this.#state.gap) return;
		await this.#healthOf(store).reconciled(session, this.#state.gap);
		await store.commit({ state: { gap: undefined } });
		this.#state.gap = undefined;
	}

	async #reconcile(gap: Gap): Promise<boolean> {
		const { session, store } = this.#connected();
		let last: ChangePage<JsonValue> | undefined;
		for await (const page of session.strategy.reconcile?.(store.snapshots) ?? []) {
			last = page;
			if (!(await this.#processPage(page, {}))) return false;
		}
		if (!last) throw new TypeError('a reconciliation without a position');
		const state = { position: this.#positionAt(last.cursor), gap: { ...gap, reconciling: false } };
		await store.commit({ state });
		Object.assign(this.#state, state);
		return !this.#stopped;
	}

	async #readAll(): Promise<void> {
		const { session, store, wakeUp } = this.#connected();
		const position = this.#state.position;
		if (this.#stopped) return;
		if (!position) throw new TypeError('reading without a position');
		wakeUp.listen();
		const verdict = await session.strategy.verify(position.cursor);
		if (!verdict.intact) {
			this.#working = await this.#established(session, store);
			return await this.#settleGap();
		}
		for await (const page of session.strategy.read(position.cursor, store.snapshots)) {
			if (!(await this.#processPage(page, { position: this.#positionAt(page.cursor) }))) return;
		}
		await this.#healthOf(store).recovered(session, this.#state);
		this.#state.outage = undefined;
		if (this.#state.heldBack !== undefined) await store.commit({ state: { heldBack: undefined } });
		this.#state.heldBack = undefined;
		this.#storeTroubleReported = false;
	}

	/** False when it was stopped before the page was done: the cursor then stays where it is. */
	async #processPage(page: ChangePage<JsonValue>, state: Partial<WatchState>): Promise<boolean> {
		const { pipeline } = this.#connected();
		return await this.#deliver(await pipeline.process(page.changes), { state, snapshots: page.snapshots });
	}

	/** What is told because its time has come is a page of its own, at the same position. */
	async #deliverDue(): Promise<void> {
		const { pipeline } = this.#connected();
		const now = this.ports.clock.now();
		if (this.#stopped || pipeline.nextDueAt > now.getTime()) return;
		await this.#deliver(await pipeline.due(now), {});
	}

	async #deliver(result: PipelineResult, page: Pick<StateChange, 'state' | 'snapshots'>): Promise<boolean> {
		const { store } = this.#connected();
		const ports = {
			handOff: (events: ChangeEvent[]) => this.#handOver(events),
			gaveUp: (batch: GivenUpBatch) => this.#healthOf(store).gaveUp(batch, store.location),
			clock: this.ports.clock,
		};
		const delivery = new PageDelivery(store, ports, this.options);
		return (await delivery.deliver(result, page, this.#state, this.#stop.signal)) && !this.#stopped;
	}

	#positionAt(cursor: JsonValue): WatchPosition {
		if (!this.#state.position) throw new TypeError('committing without a position');
		return { ...this.#state.position, cursor };
	}

	async #handOver(events: ChangeEvent[]): ReturnType<WatcherPorts['handOff']> {
		this.#handingOver = true;
		try {
			return await this.ports.handOff(events);
		} finally {
			this.#handingOver = false;
		}
	}

	/** Between two reads: what becomes due while the server is left alone is told without a read. */
	async #pause(): Promise<void> {
		const { session, wakeUp, pipeline } = this.#connected();
		const times = { pollMs: this.options.pollIntervalMs, restMs: session.strategy.restMs ?? 0 };
		const pause = new WatchPause(this.ports.clock, times);
		for (;;) {
			const end = await pause.next(wakeUp, pipeline.nextDueAt, this.#stop.signal);
			if (end === 'read' || this.#stopped) return;
			await this.#deliverDue();
		}
	}

	async #endure(error: unknown): Promise<void> {
		try {
			const working = this.#working;
			await this.#closeSession();
			if (working && isHeldBack(error)) return await this.#waitForAcceptance(error, working);
			const health = this.#health ?? this.#healthOf(this.#store);
			this.#state.outage = await health.suffered(error, this.#state.outage);
			await this.ports.clock.sleep(health.pauseAfter(error), this.#stop.signal);
		} catch (failure) {
			// The store itself is in trouble: nothing can be remembered, so wait and try again.
			if (!this.#storeTroubleReported) this.ports.report(unexpected(failure));
			this.#storeTroubleReported = true;
			await this.ports.clock.sleep(60_000, this.#stop.signal);
		}
	}

	/** The directory answers, and what is missing does not come back within a minute. */
	async #waitForAcceptance(error: DomainError, { session, store }: Working): Promise<void> {
		const health = this.#healthOf(store);
		await health.recovered(session, this.#state);
		this.#state.outage = undefined;
		this.#state.heldBack = await health.heldBack(error, session, this.#state.heldBack);
		await this.ports.clock.sleep(LOOK_AGAIN_MS, this.#stop.signal);
	}

	#healthOf(store: StateStore | undefined): HealthMonitor {
		this.#health ??= new HealthMonitor(
			this.options.scope.events,
			(events) => this.#handOver(events),
			(problem) => this.ports.report(problem),
			this.ports.clock,
		);
		this.#health.store = store;
		return this.#health;
	}

	#connected(): Working {
		if (!this.#working) throw new TypeError('not connected');
		return this.#working;
	}

	get #stopped(): boolean {
		return this.#stop.signal.aborted;
	}

	async #closeSession(): Promise<void> {
		const session = this.#session;
		this.#session = undefined;
		this.#working = undefined;
		this.#wakeUp?.close();
		this.#wakeUp = undefined;
		await session?.close();
	}

	async #release(): Promise<void> {
		await this.#closeSession();
		const store = this.#store;
		this.#store = undefined;
		await store?.close();
	}
}

const isHeldBack = (error: unknown): error is DomainError =>
	error instanceof DomainError && error.code === DELETIONS_HELD_BACK;
