import type { JsonValue } from './changes.types';

/** A lock that ends by itself. */
export interface TimedLock {
	entryId: string;
	/** Where the person stands now. */
	dn: string;
	/** Names the change that locked. */
	changeId: string;
	/** ISO 8601, UTC. */
	lockedAt: string;
	/** ISO 8601, UTC. */
	until: string;
	/** Its end was told. */
	ended: boolean;
}

export const storedLock = ({ dn, changeId, lockedAt, until, ended }: TimedLock): JsonValue => ({
	dn,
	changeId,
	lockedAt,
	until,
	ended,
});

/** undefined for what is not what was written. */
export function parseLock(entryId: string, value: JsonValue): TimedLock | undefined {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
	const { dn, changeId, lockedAt, until, ended } = value;
	if (typeof dn !== 'string' || typeof changeId !== 'string' || typeof lockedAt !== 'string')
		return undefined;
	if (typeof until !== 'string' || Number.isNaN(Date.parse(until)) || typeof ended !== 'boolean')
		return undefined;
	return { entryId, dn, changeId, lockedAt, until, ended };
}
