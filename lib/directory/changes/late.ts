/** Detected this long after it happened, an event is marked `late`. */
const LATE_AFTER_MS = 5 * 60_000;

/** `since`: ISO 8601; from then on it could have been told. */
export const isLate = (detectedAt: Date, since: string): boolean =>
	detectedAt.getTime() - Date.parse(since) > LATE_AFTER_MS;
