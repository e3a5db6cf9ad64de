import type { IncomingHttpHeaders } from 'node:http';

import { isAcknowledgmentAction } from '../acknowledgment/acknowledgmentAction';
import type { AcknowledgmentGrant } from '../acknowledgment/acknowledgment.types';
import type { ReplyFormat } from '../acknowledgment/acknowledgmentReply';
import { MAXIMUM_TOKEN_LENGTH } from '../acknowledgment/acknowledgmentToken';
import { acceptedLanguages } from '../acknowledgment/confirmationText';
import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';

/** Characters. What a thumb types; the directory keeps about half a kilobyte. */
const MAXIMUM_COMMENT_LENGTH = 500;
const MAXIMUM_DEVICE_LENGTH = 64;

/** One POST, read but not yet believed. */
export interface Tap {
	token: string;
	/** Absent = the only one the token allows. */
	action?: string;
	comment?: string;
	device: string;
}

/** What the webhook context gives of a request. */
export interface IncomingTap {
	/** As n8n parsed it: an object for form and JSON bodies, but anything JSON can say. */
	body: unknown;
	query: unknown;
	headers: IncomingHttpHeaders;
}

/** undefined = malformed: not ours to guess what was meant. */
export function readTap({ body, query, headers }: IncomingTap): Tap | undefined {
	const fields = fieldsOf(body);
	if (!fields) return undefined;
	const fromAddress = readToken(query);
	const token = text(fields.get('token'), MAXIMUM_TOKEN_LENGTH) ?? fromAddress;
	const action = text(fields.get('action'), MAXIMUM_DEVICE_LENGTH);
	const comment = text(fields.get('comment'), MAXIMUM_COMMENT_LENGTH);
	const device = text(fields.get('device'), MAXIMUM_DEVICE_LENGTH);
	if ([token, action, comment, device].includes(UNREADABLE) || !token) return undefined;
	const origin = isJson(headers['content-type']) ? 'app' : 'web';
	return {
		token,
		device: device || origin,
		...(action && { action }),
		...(comment && { comment }),
	};
}

/** The `token` of the address; undefined when there is none or when it is not plain text. */
export function readToken(query: unknown): string | undefined {
	const token = text(fieldsOf(query)?.get('token'), MAXIMUM_TOKEN_LENGTH);
	return token === UNREADABLE ? undefined : token;
}

/** undefined = the grant does not allow it. */
export function chosenAction(
	{ action }: Pick<Tap, 'action'>,
	grant: AcknowledgmentGrant,
): AcknowledgmentAction | undefined {
	const chosen = action ?? (grant.actions.length === 1 ? grant.actions[0] : undefined);
	return isAcknowledgmentAction(chosen) && grant.actions.includes(chosen) ? chosen : undefined;
}

/** JSON for whoever asks for it, or speaks it without asking for a page; a browser's form gets a page. */
export function replyFormatOf(headers: IncomingHttpHeaders): ReplyFormat {
	const accept = headers.accept?.toLowerCase() ?? '';
	const json = accept.includes('text/html')
		? false
		: accept.includes('application/json') || isJson(headers['content-type']);
	return { json, languages: acceptedLanguages(headers['accept-language']) };
}

const isJson = (contentType: string | undefined): boolean =>
	/^application\/json\b/i.test(contentType?.trim() ?? '');

/** Never a value that a text field can hold. */
const UNREADABLE = '\u0000unreadable';

function text(value: unknown, maximum: number): string | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value !== 'string' || value.length > maximum) return UNREADABLE;
	return value === UNREADABLE ? '' : value;
}

/** Own fields only, in a Map: no name reaches a prototype. No body at all is an empty one (the token may be in the address). */
function fieldsOf(source: unknown): Map<string, unknown> | undefined {
	if (source === undefined || source === null) return new Map();
	if (typeof source !== 'object' || Array.isArray(source)) return undefined;
	return new Map(Object.entries(source));
}
