/** What an HTTP answer of FCM says, read once from the error firebase-admin made of it. Field names as in google.rpc.Status. */
export interface FcmAnswer {
	/** HTTP status. */
	http: number;
	/** Whether it is an answer in Google's form; otherwise something in between answered, or it was cut. */
	genuine: boolean;
	/** `google.firebase.fcm.v1.FcmError.errorCode`. */
	errorCode?: string;
	/** Canonical code, e.g. NOT_FOUND. */
	status?: string;
	/** `google.rpc.ErrorInfo.reason`, e.g. SERVICE_DISABLED. */
	reason?: string;
	message: string;
	retryAfter?: string;
}

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

type Fields = Record<string, unknown>;

/** The answer an error of firebase-admin carries in `httpResponse`; undefined when it carries none. */
export function answerOf(error: unknown): FcmAnswer | undefined {
	if (!(error instanceof Error) || !('httpResponse' in error)) return undefined;
	const response = fieldsOf(error.httpResponse);
	if (!response || typeof response.status !== 'number') return undefined;
	const headers = fieldsOf(response.headers);
	return readAnswer(response.status, response.data, text(headers?.['retry-after']));
}

/** `body` is parsed JSON, or anything else for an answer that is none. */
export function readAnswer(http: number, body: unknown, retryAfter?: string): FcmAnswer {
	const status = fieldsOf(fieldsOf(body)?.error);
	if (!status) return { http, genuine: false, message: '', retryAfter };
	const details = Array.isArray(status.details) ? status.details.map(fieldsOf) : [];
	const detail = (type: string) => details.find((found) => found?.['@type'] === type);
	return {
		http,
		genuine: true,
		errorCode: text(detail(FCM_ERROR)?.errorCode),
		status: text(status.status),
		reason: text(detail(ERROR_INFO)?.reason),
		message: text(status.message) ?? '',
		retryAfter,
	};
}

/** Milliseconds (RFC 9110 §10.2.3: seconds, or a date). */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
	if (value === undefined) return undefined;
	if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function text(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

function fieldsOf(value: unknown): Fields | undefined {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
