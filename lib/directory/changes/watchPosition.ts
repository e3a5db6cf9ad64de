import type { WatchSession } from './changes.types';
import type { Gap, StateStore, WatchPosition, WatchState } from './stateStore.types';

/**
 * Keeps the stored position when it belongs to this directory, strategy and scope and everything since can still be read;
 * otherwise takes a new one, from now on, and notes the gap. `state` follows what is stored.
 */
export async function establishPosition(
	session: WatchSession,
	store: StateStore,
	state: WatchState,
): Promise<void> {
	const { position } = state;
	const gap = position && (await gapAfter(position, session));
	if (position && !gap) return;
	const known = gap ?? state.gap;
	if (known) await store.commit({ state: { gap: known } });
	await store.reset();
	Object.assign(state, { position: undefined, delivered: [], attempt: undefined, gap: known });
	state.position = await baseline(session, store);
}

/**
 * The cursor first, then everything there is: what changes in between is found again from the cursor and compared. The position
 * is committed last, so that an interrupted baseline is no baseline.
 */
async function baseline({ strategy, identity }: WatchSession, store: StateStore): Promise<WatchPosition> {
	const cursor = await strategy.position();
	for await (const snapshots of strategy.baseline()) await store.commit({ snapshots });
	const position: WatchPosition = {
		directoryId: identity.directoryId,
		strategy: strategy.name,
		scopeKey: strategy.scopeKey,
		cursor,
	};
	await store.commit({ state: { position, delivered: [] } });
	return position;
}

async function gapAfter(position: WatchPosition, session: WatchSession): Promise<Gap | undefined> {
	const { identity, strategy } = session;
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
	return verdict.intact ? undefined : because(verdict.reason);
}
