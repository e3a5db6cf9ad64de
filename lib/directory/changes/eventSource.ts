import type { WatchSession } from './changes.types';
import type { ChangeEventKind, EventSource } from './event.types';

export function sourceOf(
	session: Pick<WatchSession, 'identity' | 'strategy'>,
	kind: ChangeEventKind,
): EventSource {
	const { strategy, identity } = session;
	return {
		directory: identity.family,
		strategy: strategy.name,
		reason: strategy.reason,
		transitions: strategy.detects[kind].sight === 'net' ? 'net' : 'each',
	};
}
