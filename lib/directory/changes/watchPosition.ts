import type { WatchSession } from './changes.types';
import type { StateStore, WatchPosition, WatchState } from './stateStore.types';

export interface EstablishedPosition {
	state: Pick<WatchState, 'position' | 'delivered' | 'attempt'>;
	/** Why the earlier position could not be used; undefined = it could, or there was none. */
	lost?: LostPosition;
}

export interface LostPosition {
	reason: string;
	/** Somebody changed what is watched: no fault that would have to be reported. */
	intended: boolean;
}

/** The stored position when it belongs to this directory, strategy and scope; otherwise a new baseline from now on. */
export async function establishPosition(
	session: WatchSession,
	store: StateStore,
	state: WatchState,
): Promise<EstablishedPosition> {
	const { position } = state;
	if (!position) return { state: await baseline(session, store) };
	const foreign = foreignness(position, session);
	if (foreign === undefined) {
		const verdict = await session.strategy.verify(position.cursor);
		if (verdict.intact) return { state: { position, delivered: state.delivered, attempt: state.attempt } };
		return { state: await baseline(session, store), lost: { reason: verdict.reason, intended: false } };
	}
	return { state: await baseline(session, store), lost: foreign };
}

/**
 * The cursor first, then everything there is: what changes in between is found again from the cursor and compared. The position
 * is committed last, so that an interrupted baseline is no baseline.
 */
async function baseline(session: WatchSession, store: StateStore): Promise<EstablishedPosition['state']> {
	await store.reset();
	const { strategy, identity } = session;
	const cursor = await strategy.position();
	for await (const snapshots of strategy.baseline()) await store.commit({ snapshots });
	const position: WatchPosition = {
		directoryId: identity.directoryId,
		strategy: strategy.name,
		scopeKey: strategy.scopeKey,
		cursor,
	};
	const state = { position, delivered: [], attempt: undefined };
	await store.commit({ state });
	return state;
}

function foreignness(
	position: WatchPosition,
	{ identity, strategy }: WatchSession,
): LostPosition | undefined {
	const because = (reason: string, intended = false): LostPosition => ({ reason, intended });
	if (position.directoryId !== identity.directoryId)
		return because('the credential points to another directory now');
	if (position.strategy !== strategy.name) {
		return because(
			`changes are read another way now: by ${strategy.name} (${strategy.reason}), before by ${position.strategy}`,
		);
	}
	return position.scopeKey === strategy.scopeKey ? undefined : because('what is watched was changed', true);
}
