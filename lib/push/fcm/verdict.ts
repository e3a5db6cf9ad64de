import { DomainError } from '../../domain.errors';
import type { PushResult, PushStatus } from '../push.types';
import { answerOf, retryAfterMs } from './answer';
import type { FcmAnswer } from './answer';
import { unreachable, worthRetrying } from './reachability';
import { serviceProblem } from './service.errors';
import { TransportError } from './transport.errors';

type Outcome = Omit<PushResult, 'attempts'>;

/**
 * - final: FCM decided
 * - again: nothing was sent and another attempt makes sense, not before `notBeforeMs`
 * - ambiguous: it may have been sent
 * - unusable: the service or the credential is at fault, not this message; `again` when a moment may help
 */
export type Verdict =
	| { kind: 'final'; outcome: Outcome }
	| { kind: 'again'; outcome: Outcome; notBeforeMs: number }
	| { kind: 'ambiguous'; outcome: Outcome }
	| { kind: 'unusable'; error: DomainError; again: boolean };

/** FCM documents a minute as the least pause after a quota error that names none. */
const QUOTA_PAUSE_MS = 60_000;
const NOT_A_TOKEN = /not a valid FCM registration token/i;

/** Decides from FCM's own error code, never from firebase-admin's: there a wrong project looks like a device that is gone. */
export function judge(error: unknown, endpoint: string, now: number): Verdict {
	const cause = rootOf(error);
	if (cause instanceof DomainError)
		return { kind: 'unusable', error: cause, again: cause.recovery === 'retry' };
	if (cause instanceof TransportError) return judgeTransport(cause, endpoint);
	const answer = answerOf(error);
	if (answer) return judgeAnswer(answer, endpoint, now);
	if (isLocalRefusal(error)) return final('messageInvalid', 'INVALID_ARGUMENT', reasonOf(error));
	return {
		kind: 'ambiguous',
		outcome: { status: 'unknown', reason: `Unexpected failure: ${reasonOf(error)}` },
	};
}

function judgeAnswer(answer: FcmAnswer, endpoint: string, now: number): Verdict {
	switch (answer.errorCode) {
		case 'UNREGISTERED':
			return final(
				'deviceGone',
				'UNREGISTERED',
				'The app was removed from the device, or the token has expired',
			);
		case 'INVALID_ARGUMENT':
			return invalidArgument(answer);
		case 'SENDER_ID_MISMATCH':
			return final(
				'notPermitted',
				answer.errorCode,
				'The token belongs to an app of another Firebase project',
			);
		case 'THIRD_PARTY_AUTH_ERROR':
			return final(
				'notPermitted',
				answer.errorCode,
				"Apple's or the browser's push service refuses the key that the Firebase project holds: check APNs and Web Push in its settings",
			);
		default:
			return judgeStatus(answer, endpoint, now);
	}
}

function judgeStatus(answer: FcmAnswer, endpoint: string, now: number): Verdict {
	const { http, genuine } = answer;
	if (http === 429)
		return again(answer, 'QUOTA_EXCEEDED', 'FCM says that too much is sent', now, QUOTA_PAUSE_MS);
	if (http === 503 && genuine) return again(answer, 'UNAVAILABLE', 'FCM is overloaded', now, 0);
	if (http === 500 && genuine) return again(answer, 'INTERNAL', 'FCM reports an error of its own', now, 0);
	if (http === 400 && genuine) return invalidArgument(answer);
	if (http >= 300 && http < 500 && answer.errorCode === undefined) {
		return { kind: 'unusable', error: serviceProblem(answer, endpoint), again: false };
	}
	const code = answer.errorCode ?? `HTTP_${http}`;
	const reason = genuine
		? `FCM answered ${code}${answer.message ? `: ${answer.message}` : ''}`
		: `The answer (status ${http}) was cut or did not come from FCM`;
	return { kind: 'ambiguous', outcome: { status: 'unknown', errorCode: code, reason } };
}

function invalidArgument({ message }: FcmAnswer): Verdict {
	if (NOT_A_TOKEN.test(message)) {
		return final('deviceGone', 'INVALID_ARGUMENT', 'FCM says that this is not a registration token');
	}
	return final('messageInvalid', 'INVALID_ARGUMENT', message || 'FCM refuses the message');
}

function judgeTransport(error: TransportError, endpoint: string): Verdict {
	if (error.stage === 'connect') {
		return { kind: 'unusable', error: unreachable(error, endpoint), again: worthRetrying(error) };
	}
	const outcome: Outcome = {
		status: 'unknown',
		errorCode: error.code,
		reason: `${error.message}: it may have been sent`,
	};
	return { kind: 'ambiguous', outcome };
}

function again(answer: FcmAnswer, code: string, said: string, now: number, atLeastMs: number): Verdict {
	const asked = retryAfterMs(answer.retryAfter, now);
	const notBeforeMs = asked ?? atLeastMs;
	const outcome: Outcome = {
		status: 'retryLater',
		errorCode: answer.errorCode ?? code,
		reason: `${said}; nothing was sent`,
		retryAfterMs: notBeforeMs || undefined,
	};
	return { kind: 'again', outcome, notBeforeMs };
}

function final(status: PushStatus, errorCode: string, reason: string): Verdict {
	return { kind: 'final', outcome: { status, errorCode, reason } };
}

/** firebase-admin wraps what our credential or agent rejected with. */
function rootOf(error: unknown): unknown {
	let cause = error;
	for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
		if (cause instanceof DomainError || cause instanceof TransportError) return cause;
		cause = cause.cause;
	}
	return error;
}

/** firebase-admin refused the message before sending it. */
function isLocalRefusal(error: unknown): boolean {
	return error instanceof Error && 'code' in error && /^messaging\/invalid-/.test(String(error.code));
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
