import { parseJson, textAt } from '../fcm/json.types.ts';

/** What the app learned from a tap. */
export interface TapAnswer {
	/** As docs/acknowledgments.md lists them (recorded, alreadyRecorded, expired, tryAgain …), or `unreachable`. */
	status: string;
	/** HTTP status; 0 when nothing answered. */
	httpStatus: number;
	/** In plain words. */
	message: string;
	/** ISO 8601: when it was recorded. */
	at?: string;
}

const WORDS: Record<string, string> = {
	recorded: 'Recorded in the directory',
	alreadyRecorded: 'Already recorded',
	received: 'Received',
	tryAgain: 'Not recorded yet – please try again',
	expired: 'This link has expired',
	invalid: 'This link is not genuine',
	notAllowed: 'This answer is not allowed',
	malformed: 'The request was not understood',
	notConfigured: 'Acknowledgments are not set up',
	unreachable: 'Could not reach the server – please try again',
};

/** Does what an app does when its user taps the button: posts the token of the message, and reads the answer. */
export async function tapAcknowledge(ackUrl: string, action = 'acknowledged'): Promise<TapAnswer> {
	const address = new URL(ackUrl);
	const token = address.searchParams.get('token') ?? '';
	address.search = '';
	try {
		const response = await fetch(address, {
			method: 'POST',
			headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
			body: new URLSearchParams({ token, action, device: 'app' }),
			redirect: 'error',
			// Longer than the trigger holds a request.
			signal: AbortSignal.timeout(70_000),
		});
		return answerOf(response.status, await response.text());
	} catch (error) {
		return { status: 'unreachable', httpStatus: 0, message: `${WORDS.unreachable} (${reasonOf(error)})` };
	}
}

function answerOf(httpStatus: number, body: string): TapAnswer {
	const json = parseJson(body);
	const status = textAt(json, 'status') ?? (httpStatus === 404 ? 'notConfigured' : 'tryAgain');
	const message = WORDS[status] ?? textAt(json, 'message') ?? `The server answered ${httpStatus}`;
	return { status, httpStatus, message, at: textAt(json, 'at') };
}

function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? error.cause.message : error.message;
}
