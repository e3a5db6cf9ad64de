import type { ChangeEvent } from './event.types';

export type Delivery = { status: 'delivered' } | { status: 'failed'; reason: string };

/** Hands a batch to whoever consumes events and resolves once it counts as delivered or as failed; never rejects. */
export type HandOff = (events: ChangeEvent[]) => Promise<Delivery>;

/** Pauses before attempt 2, 3, …; the last one repeats. */
export const RETRY_PAUSES_MS = [2_000, 15_000, 120_000, 600_000] as const;

export interface DeliveryOptions {
	/** After that many failed attempts a batch is given up. */
	attempts: number;
	/** Events handed over together. */
	batchSize: number;
}
