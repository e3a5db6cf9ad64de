import type { WakeUp } from './changes.types';
import type { Clock } from './clock.types';

/**
 * Waits on a live channel of a session, so that a pause between reads ends early. It listens all the time, also during a read: what is
 * said then ends the next pause at once. A channel that fails is given up without a word, for reading goes on at the usual pace.
 */
export class WakeUpListener {
	readonly #closing = new AbortController();
	#channel: WakeUp | undefined;
	#isListening = false;
	#spoke = false;
	#onWord: (() => void) | undefined;

	constructor(channel: WakeUp | undefined) {
		this.#channel = channel;
	}

	/** Right before a read: what was said until now is answered by it. */
	listen(): void {
		this.#spoke = false;
		const channel = this.#channel;
		if (!channel || this.#isListening || this.#closing.signal.aborted) return;
		this.#isListening = true;
		void this.#next(channel);
	}

	/** That long, or until the channel speaks, or `stop`. Never rejects and leaves nothing behind. */
	async pause(milliseconds: number, clock: Clock, stop: AbortSignal): Promise<void> {
		const end = new AbortController();
		const finish = (): void => end.abort();
		if (stop.aborted) return;
		this.#onWord = finish;
		stop.addEventListener('abort', finish, { once: true });
		await clock.sleep(milliseconds, end.signal);
		stop.removeEventListener('abort', finish);
		this.#onWord = undefined;
	}

	get hasChannel(): boolean {
		return this.#channel !== undefined;
	}

	get spoke(): boolean {
		return this.#spoke;
	}

	/** Ends the waiting; the channel itself belongs to the session. */
	close(): void {
		this.#closing.abort();
		this.#channel = undefined;
	}

	async #next(channel: WakeUp): Promise<void> {
		try {
			await channel.next(this.#closing.signal);
			this.#spoke = true;
			this.#onWord?.();
		} catch {
			// Reading is what counts, and it tells by itself when the directory is out of reach.
			this.#channel = undefined;
		}
		this.#isListening = false;
	}
}
