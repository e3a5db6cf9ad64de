import { DomainError } from '../../domain.errors';
import { pauseAfter } from './backoff';
import type { WatchSession } from './changes.types';
import type { Clock } from './clock.types';
import type { HandOff } from './delivery.types';
import type { EventKind, HealthEventKind } from './event.types';
import { sourceOf } from './eventSource';
import { digest } from './eventId';
import { healthEvent } from './healthEvent';
import type { Happening, KnownSoFar } from './healthEvent';
import type { Gap, GivenUpBatch, StateStore, WatchState } from './stateStore.types';

/** Shorter interruptions are everyday life: a restarted server, a switched network. */
const OUTAGE_AFTER_MS = 15_000;

/** Says once what is wrong and once that it is over: as a report always, as a health event when that is ticked. */
export class HealthMonitor {
	store: StateStore | undefined;
	#known: KnownSoFar = {};
	#failures = 0;
	/** An outage that began before the store could be opened. */
	#unsaved: WatchState['outage'];

	constructor(
		private readonly ticked: ReadonlySet<EventKind>,
		private readonly handOff: HandOff,
		private readonly report: (problem: DomainError) => void,
		private readonly clock: Clock,
	) {}

	/** Milliseconds until the next attempt after `error`. */
	pauseAfter(error: unknown): number {
		return pauseAfter(error, this.#failures, this.clock.random());
	}

	async suffered(error: unknown, current: WatchState['outage']): Promise<WatchState['outage']> {
		this.#failures++;
		const now = this.clock.now();
		const outage = current ?? this.#unsaved ?? { since: now.toISOString(), reported: false };
		const problem = asProblem(error);
		const lasting = now.getTime() - Date.parse(outage.since) >= OUTAGE_AFTER_MS;
		const tell = !outage.reported && (lasting || problem.recovery !== 'retry');
		const next = tell ? { ...outage, reported: true } : outage;
		this.#unsaved = next;
		if (next !== current) await this.store?.commit({ state: { outage: next } });
		if (!tell) return next;
		this.report(problem);
		await this.#raise('health.directoryUnreachable', {
			message: problem.message,
			advice: problem.advice,
			at: outage.since,
		});
		return next;
	}

	/**
	 * Too much seems gone: the directory answers, but an administrator has to look. Told once, and anew when other entries are missing,
	 * for these have another code of acceptance.
	 */
	async heldBack(problem: DomainError, session: WatchSession, known: string | undefined): Promise<string> {
		this.#learn(session);
		const now = digest([problem.message, problem.advice]);
		if (now === known) return now;
		await this.store?.commit({ state: { heldBack: now } });
		this.report(problem);
		await this.#raise('health.deletionsHeldBack', {
			message: problem.message,
			advice: problem.advice,
			at: this.clock.now().toISOString(),
		});
		return now;
	}

	/** The directory was read from: whatever was wrong is over. */
	async recovered(session: WatchSession, { outage }: WatchState): Promise<void> {
		this.#failures = 0;
		this.#unsaved = undefined;
		this.#learn(session);
		if (!outage) return;
		await this.store?.commit({ state: { outage: undefined } });
		if (!outage.reported) return;
		await this.#raise('health.directoryReachable', {
			message: `Changes are read again from ${session.identity.endpoint}`,
			advice: 'Nothing to do: what was changed meanwhile is delivered now.',
			at: outage.since,
		});
	}

	async reconciled(session: WatchSession, gap: Gap): Promise<void> {
		this.#learn(session);
		const { intended } = gap;
		const problem = gap.reconciling === undefined ? missed(gap) : compared(gap);
		if (!intended) this.report(problem);
		const at = this.clock.now().toISOString();
		await this.#raise('health.reconciled', { message: problem.message, advice: problem.advice, at });
	}

	async gaveUp(batch: GivenUpBatch, location: string): Promise<void> {
		const problem = new DomainError(
			`${batch.events.length === 1 ? 'One event was' : `${batch.events.length} events were`} given up after ${batch.attempts} failed attempts: ${batch.reason}`,
			{
				advice: `Mend the workflow. The events are kept in ${location}; the trigger goes on with the next ones.`,
				recovery: 'skip',
			},
		);
		this.report(problem);
		await this.#raise('health.batchGivenUp', {
			message: problem.message,
			advice: problem.advice,
			at: batch.at,
			eventIds: batch.events.map(({ eventId }) => eventId),
		});
	}

	/** Once, whatever becomes of it: a run that fails over a health event shows as a failed run already. */
	async #raise(kind: HealthEventKind, happening: Happening): Promise<void> {
		if (!this.ticked.has(kind)) return;
		await this.handOff([healthEvent(kind, happening, this.#known, this.clock.now())]);
	}

	#learn(session: WatchSession): void {
		this.#known = { identity: session.identity, source: sourceOf(session, 'user.created') };
	}
}

const missed = ({ reason }: Gap): DomainError =>
	new DomainError(`Changes may have been missed: ${reason}`, {
		advice:
			'The trigger goes on from now. Changes between the last one it delivered and now were not reported: compare the directory with what you expect.',
		recovery: 'skip',
	});

const compared = ({ reason }: Gap): DomainError =>
	new DomainError(`Changes could not be read one by one: ${reason}`, {
		advice:
			'Nothing to do: the trigger compared the directory with what it remembered, and what was missed is told as the net change. What was undone meanwhile, such as a lock that was lifted again, is not told.',
		recovery: 'skip',
	});

function asProblem(error: unknown): DomainError {
	if (error instanceof DomainError) return error;
	return new DomainError(
		`Reading changes failed: ${error instanceof Error ? error.message : String(error)}`,
		{
			advice: 'The trigger tries again by itself. If this stays, report it with the text of this message.',
			recovery: 'abort',
			cause: error,
		},
	);
}
