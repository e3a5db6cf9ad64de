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
	if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
	return 'UNKNOWN';
}

export function connectError(error: unknown, peer: string): TransportError {
	if (error instanceof TransportError) return error;
	const message = error instanceof Error ? error.message : String(error);
	return new TransportError('connect', codeOf(error), `No connection to ${peer}: ${message}`, error);
}

export function exchangeError(error: unknown): TransportError {
	if (error instanceof TransportError) return error;
	const message = error instanceof Error ? error.message : String(error);
	return new TransportError(
		'exchange',
		codeOf(error),
		`The connection failed in mid-request: ${message}`,
		error,
	);
}
