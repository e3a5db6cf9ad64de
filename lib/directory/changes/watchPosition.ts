import type { WatchSession } from './changes.types';
import type { MemoryWrite } from './eventStage.types';
import type { Gap, StateStore, WatchPosition, WatchState } from './stateStore.types';

/** Starts whoever remembers something besides the position. `isFresh`: what is there now is the beginning. */
export type StartStages = (isFresh: boolean) => Promise<MemoryWrite[]>;

const NO_STAGES: StartStages = async () => [];

/**
 * Keeps the stored position when it belongs to this directory, strategy and scope and everything since can still be read. When it
 * cannot, but what is remembered of entries still holds, the gap is noted as one to be reconciled. Otherwise takes a new position, from
 * now on, and notes the gap. `state` follows what is stored.
 */
export async function establishPosition(
	session: WatchSession,
	store: StateStore,
	state: WatchState,
	startStages: StartStages = NO_STAGES,
): Promise<void> {
	const { position } = state;
	const gap = position && (await gapAfter(position, session));
	if (position && (!gap || gap.reconciling === true)) {
		const memory = await startStages(false);
		if (gap || memory.length > 0) await store.commit({ memory, ...(gap ? { state: { gap } } : {}) });
		if (gap) state.gap = gap;
		return;
	}
	await startFromNow(session, store, state, { gap: gap ?? fromNow(state.gap), startStages });
}

async function startFromNow(
	session: WatchSession,
	store: StateStore,
	state: WatchState,
	{ gap, startStages }: { gap: Gap | undefined; startStages: StartStages },
): Promise<void> {
	if (gap) await store.commit({ state: { gap } });
	await store.reset();
	Object.assign(state, {
		position: undefined,
		delivered: [],
		attempt: undefined,
		heldBack: undefined,
		gap,
	});
	state.position = await baseline(session, store, startStages);
}

/** Where nothing is remembered any more nothing can be compared. */
const fromNow = (gap: Gap | undefined): Gap | undefined =>
	gap && { reason: gap.reason, intended: gap.intended };

/**
 * The cursor first, then everything there is: what changes in between is found again from the cursor and compared. The position
 * is committed last, together with what stages begin with, so that an interrupted baseline is no baseline.
 */
async function baseline(
	{ strategy, identity }: WatchSession,
	store: StateStore,
	startStages: StartStages,
): Promise<WatchPosition> {
	const cursor = await strategy.position();
	for await (const snapshots of strategy.baseline()) await store.commit({ snapshots });
	const position: WatchPosition = {
		directoryId: identity.directoryId,
		strategy: strategy.name,
		scopeKey: strategy.scopeKey,
		cursor,
	};
	const memory = await startStages(true);
	await store.commit({ state: { position, delivered: [] }, memory });
	return position;
}

async function gapAfter(
	position: WatchPosition,
	{ identity, strategy }: WatchSession,
): Promise<Gap | undefined> {
	const because = (reason: string, intended = false): Gap => ({ reason, intended });
	if (position.directoryId !== identity.directoryId)
		return because('the credential points to another directory now');
	if (position.strategy !== strategy.name) {
		return because(
			`changes are read another way now: by ${strategy.name} (${strategy.reason}), before by ${position.strategy}`,
		);
	}
	if (position.scopeKey !== strategy.scopeKey) return because('what is watched was changed', true);
	const verdict = await strategy.verify(position.cursor);
	if (verdict.intact) return undefined;
	return { ...because(verdict.reason), ...(strategy.reconcile ? { reconciling: true } : {}) };
}
