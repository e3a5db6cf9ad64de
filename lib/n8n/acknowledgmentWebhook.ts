import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { VerifiedGrant } from '../acknowledgment/acknowledgment.types';
import { renderReply } from '../acknowledgment/acknowledgmentReply';
import type { ReplyFormat } from '../acknowledgment/acknowledgmentReply';
import type { AcknowledgmentReply } from '../acknowledgment/acknowledgmentReply.types';
import { verifyAcknowledgmentToken } from '../acknowledgment/acknowledgmentToken';
import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { DomainError } from '../domain.errors';
import { holdResponse, sendReply } from './acknowledgmentHold';
import type { RunAnswer, WebhookResponse } from './acknowledgmentHold';
import { chosenAction, readTap, readToken, replyFormatOf } from './acknowledgmentRequest';
import type { Tap } from './acknowledgmentRequest';
import { outcomeOf } from './acknowledgmentResponse';
import { signingKeysOf } from './acknowledgmentSigning';

/** n8n's response modes; which one applies decides what its answer proves. */
type AnswerMode = 'responseNode' | 'lastNode' | 'onReceived';

/** Milliseconds; common proxies give up after 60 seconds and would show an error page of their own. */
const ANSWER_LIMIT_MS = 55_000;

/** Nothing has been recorded and no run may start: n8n starts one for a webhook that throws, so this one never does. */
const NO_RUN: IWebhookResponseData = { noWebhookResponse: true };

type Refusal = 'expired' | 'invalid' | 'notConfigured';

/** A verified tap, ready to be handed to the workflow. */
interface AcceptedTap {
	tap: Tap;
	grant: VerifiedGrant;
	action: AcknowledgmentAction;
	/** ISO 8601, UTC. */
	at: string;
}

/** GET: shows what would be confirmed. Link scanners fetch every address they see, so this changes nothing. */
export async function showConfirmation(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	return withoutThrowing(context, async (format) => {
		const token = readToken(context.getQueryData());
		const verified = await verify(context, token ?? '');
		const reply: AcknowledgmentReply =
			'refusal' in verified
				? { status: verified.refusal }
				: { status: 'ask', grant: verified.grant, token: token ?? '' };
		sendReply(responseOf(context), renderReply(reply, format));
		return NO_RUN;
	});
}

/** POST: starts the workflow for a genuine tap; everything else is refused here, before n8n makes a run of it. */
export async function acceptTap(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	return withoutThrowing(context, async (format) => {
		const accepted = await readAcceptedTap(context);
		if ('status' in accepted) {
			sendReply(responseOf(context), renderReply(accepted, format));
			return NO_RUN;
		}
		const mode = context.getNodeParameter('answer', 'responseNode') as AnswerMode;
		holdForRun(context, accepted, mode, format);
		return { workflowData: [[{ json: itemOf(accepted) }]] };
	});
}

async function readAcceptedTap(context: IWebhookFunctions): Promise<AcceptedTap | AcknowledgmentReply> {
	const tap = readTap({
		body: context.getBodyData(),
		query: context.getQueryData(),
		headers: context.getHeaderData(),
	});
	if (!tap) return { status: 'malformed' };
	const verified = await verify(context, tap.token);
	if ('refusal' in verified) return { status: verified.refusal };
	const action = chosenAction(tap, verified.grant);
	if (!action) return { status: 'notAllowed' };
	return { tap, grant: verified.grant, action, at: new Date().toISOString() };
}

async function verify(
	context: IWebhookFunctions,
	token: string,
): Promise<{ grant: VerifiedGrant } | { refusal: Refusal }> {
	try {
		const keys = signingKeysOf(await context.getCredentials('acknowledgmentSigningApi'));
		return { grant: await verifyAcknowledgmentToken(token, keys) };
	} catch (error) {
		if (error instanceof DomainError && (error.code === 'expired' || error.code === 'invalid')) {
			return { refusal: error.code };
		}
		context.logger.error(`Acknowledgments cannot be checked: ${messageOf(error)}`);
		return { refusal: 'notConfigured' };
	}
}

function holdForRun(
	context: IWebhookFunctions,
	{ tap, grant, action, at }: AcceptedTap,
	mode: AnswerMode,
	format: ReplyFormat,
): void {
	const render = (reply: AcknowledgmentReply) => renderReply(reply, format);
	const tryAgain: AcknowledgmentReply = { status: 'tryAgain', grant, token: tap.token, action };
	holdResponse(
		responseOf(context),
		(answer) => render(provenBy(answer, mode, { grant, action, at }) ?? tryAgain),
		{ timedOut: () => render(tryAgain), limitMs: ANSWER_LIMIT_MS },
	);
}

/** What n8n's answer proves about this tap; undefined = nothing. */
function provenBy(
	{ statusCode, body }: RunAnswer,
	mode: AnswerMode,
	accepted: Omit<AcceptedTap, 'tap'>,
): AcknowledgmentReply | undefined {
	if (statusCode >= 400) return undefined;
	// With a body n8n says, under a 200 too, that there is no finished run behind it.
	if (mode === 'lastNode') return body === undefined ? { status: 'recorded', ...accepted } : undefined;
	if (mode === 'onReceived') return { status: 'received', ...accepted };
	const outcome = outcomeOf(body);
	if (!outcome) return undefined;
	const { messageId, recipientId } = accepted.grant;
	if ((outcome.messageId ?? messageId) !== messageId) return undefined;
	if ((outcome.recipientId ?? recipientId) !== recipientId) return undefined;
	return { status: outcome.status, grant: accepted.grant, action: outcome.action, at: outcome.at };
}

/** The item the workflow gets: docs/acknowledgments.md promises its shape. */
function itemOf({ tap, grant, action, at }: AcceptedTap): IDataObject {
	const { messageId, recipientId, correlationId, eventId, title } = grant;
	const acknowledgment: IDataObject = { messageId, recipientId, action, at, device: tap.device };
	for (const [name, value] of Object.entries({ comment: tap.comment, correlationId, eventId, title })) {
		acknowledgment[name] = value ?? null;
	}
	return { acknowledgment, correlationId: correlationId ?? null, eventId: eventId ?? null };
}

/** Our own faults count as "not recorded" as well: said to the person, told to the administrator, and never a run. */
async function withoutThrowing(
	context: IWebhookFunctions,
	respond: (format: ReplyFormat) => Promise<IWebhookResponseData>,
): Promise<IWebhookResponseData> {
	const format = replyFormatOf(context.getHeaderData());
	try {
		return await respond(format);
	} catch (error) {
		context.logger.error(`An acknowledgment could not be handled: ${messageOf(error)}`);
		sendReply(responseOf(context), renderReply({ status: 'notConfigured' }, format));
		return NO_RUN;
	}
}

/** Express's type is not among our dependencies; what we use of it is in WebhookResponse. */
const responseOf = (context: IWebhookFunctions): WebhookResponse =>
	context.getResponseObject() as WebhookResponse;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
