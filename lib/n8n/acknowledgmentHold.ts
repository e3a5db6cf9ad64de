import type { ServerResponse } from 'node:http';

import type { RenderedReply } from '../acknowledgment/acknowledgmentReply.types';

/** The response n8n hands to a webhook: Node's, with Express's shortcuts. */
export interface WebhookResponse extends ServerResponse {
	json(body?: unknown): unknown;
	send(body?: unknown): unknown;
}

/** What n8n wanted to answer once the run had got so far. */
export interface RunAnswer {
	statusCode: number;
	body: unknown;
}

/** Sends a reply of ours now. A client that has gone away is no error. */
export function sendReply(response: WebhookResponse, reply: RenderedReply): void {
	send(response, reply, response.end.bind(response));
}

/**
 * Keeps the response for us while n8n runs the workflow: whatever n8n answers on it goes through `interpret`, once, and comes out
 * as our reply. n8n's own answers ("Error in workflow", an empty 200) would tell a person something that may not be true, and
 * its sandbox policy would break the page. `timedOut` is sent when no answer has come before a proxy would lose patience.
 */
export function holdResponse(
	response: WebhookResponse,
	interpret: (answer: RunAnswer) => RenderedReply,
	{ timedOut, limitMs }: { timedOut: () => RenderedReply; limitMs: number },
): void {
	const end = response.end.bind(response);
	let answered = false;
	const answer = (render: () => RenderedReply): void => {
		if (answered) return;
		answered = true;
		clearTimeout(timer);
		send(response, render(), end);
		// What comes later has no effect; on a sent response setting a header would be an error that n8n logs.
		response.setHeader = () => response;
	};
	const fromRun = (body?: unknown): WebhookResponse => {
		answer(() => interpret({ statusCode: response.statusCode, body }));
		return response;
	};
	const timer = setTimeout(() => answer(timedOut), limitMs);
	timer.unref();
	response.once('close', () => {
		answered = true;
		clearTimeout(timer);
	});
	response.json = fromRun;
	response.send = fromRun;
	// Streams and n8n's closing end() arrive here: without a body that we know they are no record.
	response.end = () => fromRun();
	response.write = () => true;
}

function send(
	response: WebhookResponse,
	{ statusCode, headers, body }: RenderedReply,
	end: (body: string) => unknown,
): void {
	if (response.headersSent) {
		// Someone else has begun an answer of unknown meaning: a broken connection is better than a wrong "recorded".
		response.destroy();
		return;
	}
	// A run may have asked for these; they would belie the body.
	for (const name of ['Content-Encoding', 'Content-Length', 'Location']) response.removeHeader(name);
	response.statusCode = statusCode;
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	end(body);
}
