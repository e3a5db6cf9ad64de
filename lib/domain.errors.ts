/** What a caller may do about an error: try again, leave this one out, or stop. */
export type Recovery = 'retry' | 'skip' | 'abort';

/** n8n's vocabulary for who has to act (see n8n-workflow's `failure.cause`). */
export type FailureCause =
	| 'credential-invalid'
	| 'configuration-invalid'
	| 'rate-limited'
	| 'temporarily-unavailable'
	| 'permission-denied'
	| 'not-found'
	| 'unknown';

export interface DomainErrorOptions {
	/** How to get unstuck, in plain words for the person at the editor. */
	advice: string;
	recovery: Recovery;
	failure?: FailureCause;
	/** Milliseconds after which another attempt makes sense. */
	retryAfterMs?: number;
	/** The server's own code, e.g. an LDAP result code or an FCM error code. */
	code?: string;
	cause?: unknown;
}

/** The one error of lib/: the message says what happened, `advice` how to get unstuck. Faces turn it into n8n's errors. */
export class DomainError extends Error {
	readonly advice: string;
	readonly recovery: Recovery;
	readonly failure: FailureCause;
	readonly retryAfterMs: number | undefined;
	readonly code: string | undefined;

	constructor(message: string, options: DomainErrorOptions) {
		super(message, { cause: options.cause });
		this.name = 'DomainError';
		this.advice = options.advice;
		this.recovery = options.recovery;
		this.failure = options.failure ?? 'unknown';
		this.retryAfterMs = options.retryAfterMs;
		this.code = options.code;
	}
}
