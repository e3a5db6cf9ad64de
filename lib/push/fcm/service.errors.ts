import { DomainError } from '../../domain.errors';
import type { FcmAnswer } from './answer';

/** An answer that is about the credential, the project or the endpoint, never about one message. */
export function serviceProblem(answer: FcmAnswer, endpoint: string): DomainError {
	if (!answer.genuine) return stranger(answer, endpoint);
	if (answer.http === 401) {
		return problem('FCM refuses the access token', answer, 'credential-invalid', {
			advice:
				'The service account may have been deleted, or Token URL does not belong to this endpoint. Generate a new private key ' +
				'in the Firebase console and paste it into the credential.',
		});
	}
	if (answer.http === 403) return forbidden(answer);
	if (answer.http === 404) {
		return problem('FCM does not know the project of the service account', answer, 'not-found', {
			advice:
				'The Firebase project was deleted, or the key belongs to a project without Firebase. Use the key of the right project.',
		});
	}
	return problem(`FCM answered ${answer.status ?? answer.http}`, answer, 'unknown', {
		advice: `Nothing was sent. FCM says: ${answer.message.slice(0, 200)}`,
	});
}

function forbidden(answer: FcmAnswer): DomainError {
	if (
		answer.reason === 'SERVICE_DISABLED' ||
		/has not been used in project|is disabled/i.test(answer.message)
	) {
		return problem(
			'The Firebase Cloud Messaging API is switched off in this project',
			answer,
			'permission-denied',
			{
				advice:
					'Switch on "Firebase Cloud Messaging API" in the Google Cloud console under APIs & Services, and wait a few minutes.',
			},
		);
	}
	return problem('The service account may not send messages', answer, 'permission-denied', {
		advice: 'Give it the role "Firebase Cloud Messaging API Admin" in the Google Cloud console under IAM.',
	});
}

function stranger(answer: FcmAnswer, endpoint: string): DomainError {
	return problem(
		`What answers at ${endpoint} is not FCM (status ${answer.http})`,
		answer,
		'credential-invalid',
		{
			advice:
				'Check Endpoint and Proxy URL in the credential. Leave Endpoint empty for Google. A proxy or firewall may have answered instead.',
		},
	);
}

function problem(
	message: string,
	answer: FcmAnswer,
	failure: DomainError['failure'],
	{ advice }: { advice: string },
): DomainError {
	const code = answer.errorCode ?? answer.status ?? String(answer.http);
	return new DomainError(message, { advice, recovery: 'abort', failure, code });
}
