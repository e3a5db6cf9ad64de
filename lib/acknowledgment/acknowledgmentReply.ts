import type { AcknowledgmentReply, RenderedReply, ReplyStatus } from './acknowledgmentReply.types';
import { confirmationPage, PROTECTIVE_HEADERS } from './confirmationPage';
import { chooseLanguage } from './confirmationText';

/** Seconds after which a failed tap may be repeated (Retry-After, RFC 9110 §10.2.3). */
const RETRY_AFTER_SECONDS = 30;

/** RFC 9110 §15. No 401: there is nothing a browser could log in with. */
const STATUS_CODES: Readonly<Record<ReplyStatus, number>> = {
	ask: 200,
	recorded: 200,
	alreadyRecorded: 200,
	received: 202,
	malformed: 400,
	invalid: 403,
	notAllowed: 403,
	expired: 410,
	notConfigured: 500,
	tryAgain: 503,
};

/** What the other side understands. */
export interface ReplyFormat {
	json: boolean;
	/** BCP 47 tags, best first. */
	languages: string[];
}

/** Synchronous on purpose: n8n closes the response right after it has handed over a run's answer. */
export function renderReply(reply: AcknowledgmentReply, { json, languages }: ReplyFormat): RenderedReply {
	const headers: Record<string, string> = {
		...PROTECTIVE_HEADERS,
		'Content-Type': json ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
		Vary: 'Accept, Accept-Language',
	};
	if (reply.status === 'tryAgain') headers['Retry-After'] = String(RETRY_AFTER_SECONDS);
	const body = json ? JSON.stringify(jsonOf(reply, languages)) : confirmationPage(reply, languages);
	return { statusCode: STATUS_CODES[reply.status], headers, body };
}

/** The answer for apps: a contract, see docs/acknowledgments.md. Never holds the token. */
function jsonOf(reply: AcknowledgmentReply, languages: string[]): Record<string, unknown> {
	const { status } = reply;
	if (!('grant' in reply)) {
		return { status, message: chooseLanguage(languages).text.states[status].explanation };
	}
	const { messageId, title, actions, expiresAt, locale } = reply.grant;
	if (reply.status === 'ask') return { status, messageId, title, actions, expiresAt };
	if (reply.status === 'tryAgain') {
		const { text } = chooseLanguage([locale, ...languages]);
		const message = text.states.tryAgain.explanation;
		return { status, messageId, action: reply.action, message, retryAfterSeconds: RETRY_AFTER_SECONDS };
	}
	return { status, messageId, action: reply.action, at: reply.at };
}
