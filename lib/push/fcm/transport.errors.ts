/**
 * Nothing usable came back over the network.
 * - `connect`: no connection came about, so no request can have been processed
 * - `exchange`: the request had left; whether it was processed is not known
 */
export class TransportError extends Error {
	constructor(
		readonly stage: 'connect' | 'exchange',
		/** Node's error code, or `EPROXY`. */
		readonly code: string,
		message: string,
		cause?: unknown,
	) {
		super(message, { cause });
		this.name = 'TransportError';
	}
}

/** Node's code of an error, e.g. ECONNREFUSED. */
export function codeOf(error: unknown): string {
	return textOf(error, 'code') ?? 'UNKNOWN';
}

export function connectError(error: unknown, peer: string): TransportError {
	if (error instanceof TransportError) return error;
	return new TransportError('connect', codeOf(error), `No connection to ${peer}: ${messageOf(error)}`, error);
}

export function exchangeError(error: unknown): TransportError {
	if (error instanceof TransportError) return error;
	const message = `The connection failed in mid-request: ${messageOf(error)}`;
	return new TransportError('exchange', codeOf(error), message, error);
}

function messageOf(error: unknown): string {
	return textOf(error, 'message') ?? String(error);
}

/** By its fields, not by `instanceof Error`: Node's own errors may come from another realm. */
function textOf(error: unknown, field: 'code' | 'message'): string | undefined {
	if (typeof error !== 'object' || error === null) return undefined;
	const value: unknown = Reflect.get(error, field);
	return typeof value === 'string' ? value : undefined;
}
