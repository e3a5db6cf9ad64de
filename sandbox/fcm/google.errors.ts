import type { JsonObject } from './json.types.ts';

/** An HTTP answer of a Google API that is not a success: google.rpc.Status as JSON, and what goes with it. */
export interface GoogleRefusal {
	httpStatus: number;
	status: string;
	message: string;
	details?: JsonObject[];
	headers?: Record<string, string>;
}

export interface FieldViolation {
	field: string;
	description: string;
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const APNS_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.ApnsError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const QUOTA_FAILURE = 'type.googleapis.com/google.rpc.QuotaFailure';

const fcmError = (errorCode: string): JsonObject => ({ '@type': FCM_ERROR, errorCode });
const badRequest = (violations: FieldViolation[]): JsonObject => ({
	'@type': BAD_REQUEST,
	fieldViolations: violations.map(({ field, description }) => ({ field, description })),
});
const errorInfo = (reason: string): JsonObject => ({
	'@type': ERROR_INFO,
	reason,
	domain: 'googleapis.com',
	metadata: { service: 'fcm.googleapis.com', method: 'google.firebase.fcm.v1.FcmService.SendMessage' },
});

/** The request is not the JSON form of SendMessageRequest: refused by the API front, so no FcmError detail. */
export const malformed = (violations: FieldViolation[]): GoogleRefusal => ({
	httpStatus: 400,
	status: 'INVALID_ARGUMENT',
	message: violations.map(({ description }) => description).join('\n'),
	details: [badRequest(violations)],
});

/** Well-formed, but FCM does not take it. */
export const invalidMessage = (message: string, field: string): GoogleRefusal => ({
	httpStatus: 400,
	status: 'INVALID_ARGUMENT',
	message,
	details: [fcmError('INVALID_ARGUMENT'), badRequest([{ field, description: message }])],
});

export const invalidToken = (): GoogleRefusal => ({
	httpStatus: 400,
	status: 'INVALID_ARGUMENT',
	message: 'The registration token is not a valid FCM registration token',
	details: [fcmError('INVALID_ARGUMENT')],
});

export const unregistered = (): GoogleRefusal => ({
	httpStatus: 404,
	status: 'NOT_FOUND',
	message: 'Requested entity was not found.',
	details: [fcmError('UNREGISTERED')],
});

export const senderIdMismatch = (): GoogleRefusal => ({
	httpStatus: 403,
	status: 'PERMISSION_DENIED',
	message: 'SenderId mismatch',
	details: [fcmError('SENDER_ID_MISMATCH')],
});

export const quotaExceeded = (retryAfterSeconds?: number): GoogleRefusal => ({
	httpStatus: 429,
	status: 'RESOURCE_EXHAUSTED',
	message:
		"Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of service 'fcm.googleapis.com'.",
	details: [
		fcmError('QUOTA_EXCEEDED'),
		{
			'@type': QUOTA_FAILURE,
			violations: [{ subject: 'project', description: 'Send requests per minute' }],
		},
	],
	headers: retryAfter(retryAfterSeconds),
});

export const unavailable = (retryAfterSeconds?: number): GoogleRefusal => ({
	httpStatus: 503,
	status: 'UNAVAILABLE',
	message: 'The service is currently unavailable.',
	details: [fcmError('UNAVAILABLE')],
	headers: retryAfter(retryAfterSeconds),
});

export const internal = (): GoogleRefusal => ({
	httpStatus: 500,
	status: 'INTERNAL',
	message: 'Internal error encountered.',
	details: [fcmError('INTERNAL')],
});

/** Apple's or a browser vendor's service refused the project's credentials for it. */
export const thirdPartyAuth = (): GoogleRefusal => ({
	httpStatus: 401,
	status: 'UNAUTHENTICATED',
	message: 'Auth error from APNS or Web Push Service',
	details: [
		fcmError('THIRD_PARTY_AUTH_ERROR'),
		{ '@type': APNS_ERROR, statusCode: 403, reason: 'InvalidProviderToken' },
	],
});

export const unauthenticated = (reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED'): GoogleRefusal => ({
	httpStatus: 401,
	status: 'UNAUTHENTICATED',
	message:
		reason === 'CREDENTIALS_MISSING'
			? 'Request is missing required authentication credential. Expected OAuth 2 access token.'
			: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
	details: [errorInfo(reason)],
	headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' },
});

export const insufficientScope = (): GoogleRefusal => ({
	httpStatus: 403,
	status: 'PERMISSION_DENIED',
	message: 'Request had insufficient authentication scopes.',
	details: [errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT')],
});

/** No FcmError detail: a missing IAM right or a wrong project is not about any device. */
export const projectDenied = (projectId: string): GoogleRefusal => ({
	httpStatus: 403,
	status: 'PERMISSION_DENIED',
	message: `Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/${projectId}' (or it may not exist).`,
	details: [errorInfo('IAM_PERMISSION_DENIED')],
});

export function errorBody({ httpStatus, status, message, details }: GoogleRefusal): JsonObject {
	return { error: { code: httpStatus, message, status, ...(details ? { details } : {}) } };
}

/** What statistics count a refusal under: FCM's code where there is one, else the canonical status. */
export function refusalCode({ status, details }: GoogleRefusal): string {
	const code = details?.find((detail) => detail['@type'] === FCM_ERROR)?.errorCode;
	return typeof code === 'string' ? code : status;
}

function retryAfter(seconds: number | undefined): Record<string, string> | undefined {
	return seconds === undefined ? undefined : { 'retry-after': String(seconds) };
}
