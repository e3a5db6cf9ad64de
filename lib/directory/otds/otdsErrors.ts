import { DomainError } from '../../domain.errors';
import type { DomainErrorOptions } from '../../domain.errors';
import { redact } from '../redact';
import type { OtdsAnswer } from './otdsHttp';
import { isFields } from './otdsObject';
import type { OtdsJson } from './otds.types';

/** What is said about every failure of one connection: where, and what must never be shown. */
export interface OtdsPlace {
	endpoint: string;
	/** Read when something is said: tickets come and go. */
	secrets(): readonly string[];
}

/** `{"status":1034,"error":"Expired OTDS SSO ticket","errorDetails":null}`: what every refusal of OTDS looks like. */
export interface OtdsRefusal {
	code: string | undefined;
	words: string;
}

/** OTDS's own code for a ticket that has expired; it comes with HTTP 400. */
const EXPIRED = '1034';
const SHOWN_CHARACTERS = 300;

type Known = Pick<DomainErrorOptions, 'advice' | 'recovery' | 'failure'> & { what: string };

const BY_STATUS = new Map<number, Known>([
	[
		400,
		{
			what: 'refused the request',
			advice:
				'Read what OTDS says about it; the names of the partition and of the attributes must be spelled as OTDS does.',
			recovery: 'skip',
			failure: 'configuration-invalid',
		},
	],
	[
		401,
		{
			what: 'did not accept the login',
			advice:
				'Check the login of the credential. It was accepted at first, or renewed once, and is refused all the same.',
			recovery: 'abort',
			failure: 'credential-invalid',
		},
	],
	[
		403,
		{
			what: 'did not allow it',
			advice:
				'The OAuth client must administer the partition: in the OTDS administration, add it to the administrators of the partition. With a user, add the user there.',
			recovery: 'skip',
			failure: 'permission-denied',
		},
	],
	[
		404,
		{
			what: 'knows no such address or object',
			advice: 'Check that it still exists, and that the base URL is that of OTDS, e.g. https://host/otdsws.',
			recovery: 'skip',
			failure: 'not-found',
		},
	],
	[
		429,
		{
			what: 'asks for fewer requests',
			advice: 'Nothing to do: it is tried again later. Poll less often if this stays.',
			recovery: 'retry',
			failure: 'rate-limited',
		},
	],
	[
		503,
		{
			what: 'is not available',
			advice: 'Nothing to do if OTDS is being restarted: it is tried again later.',
			recovery: 'retry',
			failure: 'temporarily-unavailable',
		},
	],
]);

const BROKEN: Known = {
	what: 'failed',
	advice: 'Look into the log of OTDS (otds.log). It is tried again later.',
	recovery: 'retry',
	failure: 'temporarily-unavailable',
};

const UNEXPECTED: Known = {
	what: 'gave an unexpected answer',
	advice: 'Read what OTDS says about it, and check the base URL.',
	recovery: 'skip',
	failure: 'unknown',
};

/** An answer other than success. `action` completes "when asked to …". */
export function refusedError(answer: OtdsAnswer, action: string, place: OtdsPlace): DomainError {
	if (answer.status >= 300 && answer.status < 400) return redirected(answer, action, place);
	const { code, words } = refusalOf(answer);
	const known = BY_STATUS.get(answer.status) ?? (answer.status >= 500 ? BROKEN : UNEXPECTED);
	const detail = words === '' ? '' : `: ${words}`;
	return said(place, `OTDS ${known.what} (HTTP ${answer.status}) when asked to ${action}${detail}`, {
		...known,
		code: code ?? String(answer.status),
		retryAfterMs: retryAfter(answer.headers['retry-after']),
	});
}

/** Whether the login has to be renewed. */
export const isExpired = (answer: OtdsAnswer): boolean =>
	answer.status === 401 || (answer.status === 400 && refusalOf(answer).code === EXPIRED);

/** The JSON of an answer; '' is undefined. @throws DomainError when it is anything else, as a proxy's page would be */
export function jsonOf(answer: OtdsAnswer, action: string, place: OtdsPlace): OtdsJson | undefined {
	if (answer.text.trim() === '') return undefined;
	const json = parsed(answer.text);
	if (json !== undefined) return json;
	const type = answer.headers['content-type'] ?? 'no content type';
	throw said(place, `OTDS answered with no JSON (${type}) when asked to ${action}`, {
		advice:
			'Check that the base URL ends with "/otdsws" and leads to OTDS itself: a proxy, a login page or another web server may have answered, or the answer broke off.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}

export function refusalOf({ text }: OtdsAnswer): OtdsRefusal {
	const json = parsed(text);
	if (!isFields(json)) return { code: undefined, words: '' };
	const texts = [json.error, json.errorDetails, json.error_description].filter(
		(part): part is string => typeof part === 'string' && part !== '',
	);
	const { status } = json;
	return {
		code: typeof status === 'number' || typeof status === 'string' ? String(status) : undefined,
		words: texts.join(': ').slice(0, SHOWN_CHARACTERS),
	};
}

/** A DomainError without secrets. */
export const said = (place: OtdsPlace, message: string, options: DomainErrorOptions): DomainError =>
	new DomainError(redact(message, place.secrets()), {
		advice: options.advice,
		recovery: options.recovery,
		failure: options.failure,
		code: options.code,
		retryAfterMs: options.retryAfterMs,
	});

/** Followed, a redirect would carry the login to another server, or turn a POST into a GET. */
function redirected({ status, headers }: OtdsAnswer, action: string, place: OtdsPlace): DomainError {
	const location = headers.location ?? '';
	const host = URL.canParse(location) ? new URL(location).origin : 'another address';
	return said(place, `OTDS redirects to ${host} (HTTP ${status}) when asked to ${action}`, {
		advice:
			'Enter the address it redirects to as base URL, if it is the one you trust: redirects are not followed.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}

function parsed(text: string): OtdsJson | undefined {
	try {
		return JSON.parse(text) as OtdsJson;
	} catch {
		return undefined;
	}
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfter(header: string | undefined): number | undefined {
	if (header === undefined) return undefined;
	if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
	const date = Date.parse(header);
	return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
