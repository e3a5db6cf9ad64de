/** Time, so that tests need not wait for it. */
export interface Clock {
	now(): Date;
	/** Resolves after that long, or at once when the signal is aborted; never rejects. Leaves no timer behind. */
	sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
	/** 0 ≤ x < 1 */
	random(): number;
}
