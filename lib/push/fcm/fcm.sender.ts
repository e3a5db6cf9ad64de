import type { DomainError } from '../../domain.errors';
import { systemClock } from '../clock';
import type { Clock } from '../clock';
import type { PushMessage, PushResult, PushSender, PushTarget } from '../push.types';
import { openChannel } from './channel';
import type { FcmChannel, Route } from './channel';
import { probe } from './connection.probe';
import type { FcmSettings, HttpLimits } from './fcm.types';
import { messageProblems } from './message.validation';
import { judge } from './verdict';
import type { Verdict } from './verdict';
import { toFcmMessage } from './wire';

export interface SenderOptions {
	/** Repeat a message that may have been processed. Default false: its status becomes `unknown`. */
	retryAmbiguous?: boolean;
	clock?: Clock;
	limits?: Partial<HttpLimits>;
	route?: Route;
}

const LIMITS: HttpLimits = { connectTimeoutMs: 10_000, requestTimeoutMs: 15_000, idleTimeoutMs: 30_000 };
const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 1_000;
/** A longer pause than this is the caller's: the message comes back as `retryLater`. */
const LONGEST_PAUSE_MS = 30_000;

/** Sends through Firebase Cloud Messaging. Nothing is contacted before the first message. */
export function openFcmSender(settings: FcmSettings, options: SenderOptions = {}): PushSender {
	const { clock = systemClock, limits, route = 'auto' } = options;
	const channel = openChannel({ settings, clock, route, limits: { ...LIMITS, ...limits } });
	return new FcmSender(channel, settings, clock, options.retryAmbiguous ?? false);
}

/** Attempts, pauses and verdicts over a channel. */
export class FcmSender implements PushSender {
	readonly validate = messageProblems;
	private readonly endpoint: string;

	constructor(
		private readonly channel: FcmChannel,
		settings: FcmSettings,
		private readonly clock: Clock,
		private readonly retryAmbiguous: boolean,
	) {
		this.endpoint = settings.endpoint.host;
	}

	async send(message: PushMessage, target: PushTarget, signal?: AbortSignal): Promise<PushResult> {
		if (target.token.trim() === '') {
			return {
				status: 'messageInvalid',
				attempts: 0,
				errorCode: 'NO_TOKEN',
				reason: 'The device has no token',
			};
		}
		let doubtful: Verdict | undefined;
		for (let attempt = 1; ; attempt++) {
			if (signal?.aborted) {
				return doubtful ? this.conclude(doubtful, attempt - 1, target.token) : stopped(attempt - 1);
			}
			const verdict = await this.attempt(message, target.token);
			if (verdict.kind === 'ambiguous') doubtful = verdict;
			const pause = this.pauseBefore(verdict, attempt);
			if (pause === undefined) {
				// "Nothing was sent" is true of the last attempt only: an earlier one may have been.
				const lasting = verdict.kind === 'final' ? verdict : (doubtful ?? verdict);
				return this.conclude(lasting, attempt, target.token);
			}
			await this.clock.sleep(pause, signal);
		}
	}

	async test(): Promise<void> {
		await probe((message, target) => this.send(message, target));
	}

	async close(): Promise<void> {
		await this.channel.close();
	}

	private async attempt(message: PushMessage, token: string): Promise<Verdict> {
		const wire = toFcmMessage(message, token, Math.floor(this.clock.now() / 1000));
		try {
			const name = await this.channel.send(wire, message.dryRun ?? false);
			return { kind: 'final', outcome: { status: 'accepted', providerMessageId: name } };
		} catch (error) {
			return judge(error, this.endpoint, this.clock.now());
		}
	}

	/** Milliseconds (full jitter above the pause FCM asks for), or undefined when this verdict stands. */
	private pauseBefore(verdict: Verdict, attempt: number): number | undefined {
		if (attempt >= MAX_ATTEMPTS || !this.mayRepeat(verdict)) return undefined;
		const floor = verdict.kind === 'again' ? verdict.notBeforeMs : 0;
		if (floor > LONGEST_PAUSE_MS) return undefined;
		const ceiling = FIRST_PAUSE_MS * 2 ** (attempt - 1);
		return Math.round(floor + this.clock.random() * ceiling);
	}

	private mayRepeat(verdict: Verdict): boolean {
		if (verdict.kind === 'ambiguous') return this.retryAmbiguous;
		return verdict.kind === 'again' || (verdict.kind === 'unusable' && verdict.again);
	}

	private conclude(verdict: Verdict, attempts: number, token: string): PushResult {
		if (verdict.kind === 'unusable') throw verdict.error satisfies DomainError;
		const { outcome } = verdict;
		// A token is a secret: an answer that quotes it does not pass it on.
		const reason = outcome.reason?.replaceAll(token, '[token]').slice(0, 300);
		return { ...outcome, ...(reason === undefined ? {} : { reason }), attempts };
	}
}

function stopped(attempts: number): PushResult {
	return { status: 'retryLater', attempts, reason: 'The run was stopped before this was sent' };
}
