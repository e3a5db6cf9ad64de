import { createHash } from 'node:crypto';

export interface EventSubject {
	kind: string;
	directoryId: string;
	/** Entry id, or the normalised member value: never what a lookup of today returns, which a replay may not find. */
	subject: string;
	/** Entry id of the group, '' without one. */
	group: string;
	changeId: string;
}

/** 128 bits of SHA-256 as hex: the same happening has the same id at every replay and on every machine. */
export function eventIdOf({ kind, directoryId, subject, group, changeId }: EventSubject): string {
	return digest(['event', kind, directoryId, subject, group, changeId]);
}

export function correlationIdOf(eventId: string): string {
	return digest(['correlation', eventId]);
}

/** A short stable name for any list of texts; a separator inside a text cannot make two lists alike. */
export function digest(parts: readonly string[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
