import { DomainError } from '../../domain.errors';
import type { PushMessage, PushSender } from '../push.types';

const TEST_MESSAGE: PushMessage = {
	messageId: 'connection-test',
	title: 'Connection test',
	body: 'Never shown: FCM is asked to check it only.',
	data: {},
	dryRun: true,
};
/** No app was ever given this, so FCM must object to the token; before it does, it has checked login, project and permission. */
const NO_TOKEN = 'connection-test-not-a-registration-token';

/** Proves that the credential may send, without sending. Rejects with DomainError when it may not. */
export async function probe(send: PushSender['send']): Promise<void> {
	const { status, errorCode, reason, retryAfterMs } = await send(TEST_MESSAGE, { token: NO_TOKEN });
	if (status === 'deviceGone' || status === 'accepted') return;
	const detail = [errorCode, reason].filter(Boolean).join(': ');
	if (status === 'retryLater' || status === 'unknown') {
		throw new DomainError(`FCM gave no clear answer (${detail})`, {
			advice: 'The login worked. Try again in a few minutes.',
			recovery: 'retry',
			failure: 'temporarily-unavailable',
			code: errorCode,
			retryAfterMs,
		});
	}
	throw new DomainError(`FCM refused the test message (${detail})`, {
		advice: 'The login worked, but the answer is not the expected one. Check Endpoint in the credential.',
		recovery: 'abort',
		failure: 'credential-invalid',
		code: errorCode,
	});
}
