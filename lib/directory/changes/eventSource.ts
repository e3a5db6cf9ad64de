import type { WatchSession } from './changes.types';
import type { EventKind, EventSource } from './event.types';
import { sightOf } from './sightOf';

export function sourceOf(
	{ strategy, identity }: Pick<WatchSession, 'identity' | 'strategy'>,
	kind: EventKind,
): EventSource {
	return {
		directory: identity.family,
		strategy: strategy.name,
		reason: strategy.reason,
		transitions: sightOf(strategy, kind).sight === 'net' ? 'net' : 'each',
	};
}
