import { DomainError } from '../domain.errors';
import type { DeliverResult } from './deliver';
import type { DeliveryOutcome, DeliveryStatus } from './delivery.types';

/** Whether sending this again later makes sense; as long as it does, it does not count as delivered. */
export const remains = ({ status }: DeliveryOutcome): boolean =>
	status === 'retryLater' || status === 'unknown';

/**
 * Why a run must fail although every recipient has a result: the service was unusable, recipients remain to be sent to, or
 * nobody could be reached at all because each message or each device was refused. Undefined when the run counts as delivered.
 */
export function failureOfRun({ outcomes, unusable }: DeliverResult): DomainError | undefined {
	const remaining = outcomes.filter(remains);
	if (unusable) {
		return new DomainError(`${unusable.message}. ${tally(outcomes, remaining.length)}`, {
			advice: unusable.advice,
			recovery: unusable.recovery,
			failure: unusable.failure,
			code: unusable.code,
			retryAfterMs: unusable.retryAfterMs,
			cause: unusable,
		});
	}
	if (remaining.length > 0) return leftOver(outcomes, remaining);
	return nobodyReached(outcomes);
}

/** For an error output: who can be tried again, or got nothing because their message was refused. */
export function failureOfRecipient(outcome: DeliveryOutcome): DomainError | undefined {
	const said = reasonOf(outcome) ?? outcome.status;
	if (remains(outcome)) {
		return new DomainError(`Not sent: ${said}`, { advice: 'Try this recipient again.', recovery: 'retry' });
	}
	if (outcome.status !== 'messageInvalid') return undefined;
	return new DomainError(`Refused: ${said}`, { advice: 'Change the field that is named.', recovery: 'skip' });
}

/** For the person at the editor, after a run: what did not reach anybody, by kind. */
export function notesOn(outcomes: readonly DeliveryOutcome[]): string[] {
	const words: Array<[DeliveryStatus, string]> = [
		['noDevice', 'had no device'],
		['deviceGone', 'had only devices that are gone: unregister them'],
		['messageInvalid', 'got nothing, because the message was refused'],
		['notPermitted', 'have devices of another Firebase project, or the push keys of the project are refused'],
		['retryLater', 'remain to be sent'],
		['unknown', 'may or may not have been sent to'],
	];
	return words.flatMap(([status, said]) => {
		const found = outcomes.filter((outcome) => outcome.status === status);
		if (found.length === 0) return [];
		const reason = reasonOf(found[0]);
		const example = reason && status !== 'noDevice' ? ` (${reason})` : '';
		return [`${found.length} of ${outcomes.length} ${said}${example}`];
	});
}

function leftOver(outcomes: readonly DeliveryOutcome[], remaining: DeliveryOutcome[]): DomainError {
	const first = remaining[0]?.devices.find(({ status }) => status === 'retryLater' || status === 'unknown');
	const reason = first?.reason ? `The first reason: ${first.reason}. ` : '';
	return new DomainError(tally(outcomes, remaining.length), {
		advice:
			`${reason}A run that the Directory Trigger started is repeated by itself; otherwise run it again. ` +
			'Who has the message already gets the same one, which replaces the first. ' +
			'To go on regardless, switch on "Never Fail the Run".',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
		code: first?.errorCode,
	});
}

/** Each recipient who was tried met a refusal that another attempt would meet again, and none of a device that is gone. */
function nobodyReached(outcomes: readonly DeliveryOutcome[]): DomainError | undefined {
	const tried = outcomes.filter(({ status }) => status !== 'noDevice');
	const notPermitted = tried.filter(({ status }) => status === 'notPermitted');
	const refused = tried.filter(({ status }) => status === 'messageInvalid');
	if (tried.length === 0 || notPermitted.length + refused.length < tried.length) return undefined;
	if (notPermitted.length > 0) {
		return new DomainError(`No device may be sent to. ${reasonOf(notPermitted[0]) ?? ''}`.trim(), {
			advice:
				'Choose the credential of the Firebase project that the app belongs to, or check the keys on its Cloud Messaging page. ' +
				'Nothing was sent to anybody.',
			recovery: 'abort',
			failure: 'credential-invalid',
			code: 'notPermitted',
		});
	}
	return new DomainError(`No message could be sent. ${reasonOf(refused[0]) ?? ''}`.trim(), {
		advice: 'Change the field that is named. Nothing was sent to anybody.',
		recovery: 'abort',
		failure: 'configuration-invalid',
		code: 'messageInvalid',
	});
}

function tally(outcomes: readonly DeliveryOutcome[], remaining: number): string {
	const accepted = outcomes.filter(({ status }) => status === 'accepted').length;
	return `Accepted for ${accepted} of ${outcomes.length} recipients; ${remaining} remain to be sent`;
}

function reasonOf(outcome: DeliveryOutcome | undefined): string | undefined {
	return outcome?.reason ?? outcome?.devices.find(({ status }) => status === outcome.status)?.reason;
}
