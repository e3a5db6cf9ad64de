import { DomainError } from '../../domain.errors';
import { BatchDelivery } from './batchDelivery';
import type { ChangePage, JsonValue, WatchSession } from './changes.types';
import { EventClassifier } from './classification';
import type { ChangeEvent } from './event.types';
import { FirstEventFilter } from './firstEvents';
import type { Selection } from './firstEvents';
import { HealthMonitor } from './healthMonitor';
import type { StateChange, StateStore, WatchState } from './stateStore.types';
import { refuseUnseenEvents } from './unseenEvents';
import type { WatcherOptions, WatcherPorts } from './watcher.types';
import { establishPosition } from './watchPosition';

/**
 * The serialised loop behind the trigger: connect, make sure of the position, read, hand over, commit, again. One at a time:
 * while a run of the workflow lasts, nothing is read. Delivery is at least once, because the cursor moves only after the run.
 */
export class DirectoryWatcher {
	readonly #stop = new AbortController();
	#session: WatchSession | undefined;
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
				if (!this.#session) await this.#prepare();
				if (this.#stopped) break;
				await this.#tellGap();
				await this.#readAll();
				const rest = this.#session?.strategy.restMs ?? 0;
				await this.ports.clock.sleep(Math.max(this.options.pollIntervalMs, rest), this.#stop.signal);
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
		await establishPosition(session, store, this.#state);
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

	/** Only once n8n has the workflow running, for it may start a run; forgotten only once it is told. */
	async #tellGap(): Promise<void> {
		const { session, store } = this.#working();
		if (!this.#state.gap) return;
		await this.#healthOf(store).reconciled(session, this.#state.gap);
		await store.commit({ state: { gap: undefined } });
		this.#state.gap = undefined;
	}

	async #readAll(): Promise<void> {
		const { session, store } = this.#working();
		const position = this.#state.position;
		if (!position) throw new TypeError('reading without a position');
		const verdict = await session.strategy.verify(position.cursor);
		if (!verdict.intact) {
			await establishPosition(session, store, this.#state);
			return await this.#tellGap();
		}
		for await (const page of session.strategy.read(position.cursor, store.snapshots)) {
			if (!(await this.#processPage(page))) return;
		}
		await this.#healthOf(store).recovered(session, this.#state);
		this.#state.outage = undefined;
		this.#storeTroubleReported = false;
	}

	/** False when it was stopped before the page was done: the cursor then stays where it is. */
	async #processPage(page: ChangePage<JsonValue>): Promise<boolean> {
		const { kept, firsts } = await this.#eventsOf(page);
		const givenUp = new Set<string>();
		let waiting = this.#undelivered(kept);
		while (waiting.length > 0) {
			const done = await this.#deliverNext(waiting, givenUp);
			if (!done) return false;
			waiting = this.#undelivered(kept);
		}
		const remembered = firsts.filter(({ eventId }) => !givenUp.has(eventId));
		await this.#commitPage(
			page,
			remembered.map(({ key, at }) => ({ key, at })),
		);
		return !this.#stopped;
	}

	async #eventsOf(page: ChangePage<JsonValue>): Promise<Selection> {
		const { session, store } = this.#working();
		const classifier = new EventClassifier(session, this.options.scope, () => this.ports.clock.now());
		const events: ChangeEvent[] = [];
		for (const change of page.changes) events.push(...(await classifier.eventsOf(change)));
		const period = this.options.firstEventPeriodMs;
		if (period === undefined) return { kept: events, firsts: [] };
		return await new FirstEventFilter(store, period).select(events);
	}

	#undelivered(events: readonly ChangeEvent[]): ChangeEvent[] {
		const delivered = new Set(this.#state.delivered);
		return events.filter(({ eventId }) => !delivered.has(eventId));
	}

	async #deliverNext(waiting: readonly ChangeEvent[], givenUp: Set<string>): Promise<boolean> {
		const { store } = this.#working();
		const delivery = new BatchDelivery(
			store,
			(events) => this.#handOver(events),
			this.options.delivery,
			this.ports.clock,
		);
		const batch = delivery.nextBatch(waiting, this.#state);
		const result = await delivery.deliver(batch, this.#state, this.#stop.signal);
		if (result.status === 'stopped') return false;
		const eventIds = batch.map(({ eventId }) => eventId);
		const state = { delivered: [...this.#state.delivered, ...eventIds], attempt: undefined };
		// What a run has taken stays taken, even if the disk refuses to note it now: the next commit notes it.
		if (result.status === 'delivered') Object.assign(this.#state, state);
		await store.commit({ state, givenUp: result.status === 'givenUp' ? result.batch : undefined });
		Object.assign(this.#state, state);
		if (result.status === 'givenUp') {
			for (const eventId of eventIds) givenUp.add(eventId);
			await this.#healthOf(store).gaveUp(result.batch, store.location);
		}
		return true;
	}

	async #handOver(events: ChangeEvent[]): ReturnType<WatcherPorts['handOff']> {
		this.#handingOver = true;
		try {
			return await this.ports.handOff(events);
		} finally {
			this.#handingOver = false;
		}
	}

	async #commitPage(page: ChangePage<JsonValue>, firsts: StateChange['firsts']): Promise<void> {
		const { store } = this.#working();
		const position = this.#state.position;
		if (!position) throw new TypeError('committing without a position');
		const state = { position: { ...position, cursor: page.cursor }, delivered: [] };
		const period = this.options.firstEventPeriodMs;
		const forgetFirstsBefore =
			period !== undefined && page.changes.length > 0
				? new Date(this.ports.clock.now().getTime() - 2 * period).toISOString()
				: undefined;
		await store.commit({ state, snapshots: page.snapshots, firsts, forgetFirstsBefore });
		Object.assign(this.#state, state);
	}

	async #endure(error: unknown): Promise<void> {
		try {
			await this.#closeSession();
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

	#working(): { session: WatchSession; store: StateStore } {
		if (!this.#session || !this.#store) throw new TypeError('not connected');
		return { session: this.#session, store: this.#store };
	}

	get #stopped(): boolean {
		return this.#stop.signal.aborted;
	}

	async #closeSession(): Promise<void> {
		const session = this.#session;
		this.#session = undefined;
		await session?.close();
	}

	async #release(): Promise<void> {
		await this.#closeSession();
		const store = this.#store;
		this.#store = undefined;
		await store?.close();
	}
}

function unexpected(error: unknown): DomainError {
	if (error instanceof DomainError) return error;
	return new DomainError(
		`The watcher could not keep its state: ${error instanceof Error ? error.message : String(error)}`,
		{
			advice: 'Make sure that the state folder is writable and has space. The watcher tries again by itself.',
			recovery: 'retry',
			cause: error,
		},
	);
}

function damagedState(incident: string): DomainError {
	return new DomainError(incident, {
		advice:
			'Changes made while nothing was remembered were not reported: compare the directory with what you expect.',
		recovery: 'skip',
	});
}
