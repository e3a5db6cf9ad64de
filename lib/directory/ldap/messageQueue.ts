import type { Socket } from 'node:net';

import type { DomainError } from '../../domain.errors';
import { systemError } from './ldapErrors';
import type { ServerMessage } from './serverMessage';

/** Bytes that may wait for a slow reader before the socket is paused, and below which it goes on. */
const HIGH_WATER = 512 * 1024;
const LOW_WATER = 128 * 1024;
/** Messages handed out that may stay in memory: a reader that never catches up never empties the list. */
const HANDED_OUT = 64;

/** Answers to one request, in order. Pauses the socket when the reader is slower than the server. */
export class MessageQueue {
	readonly #socket: Socket;
	#messages: ServerMessage[] = [];
	#head = 0;
	#waitingBytes = 0;
	#failure: DomainError | undefined;
	#wake: (() => void) | undefined;

	constructor(socket: Socket) {
		this.#socket = socket;
	}

	push(message: ServerMessage): void {
		this.#messages.push(message);
		this.#waitingBytes += message.size;
		if (this.#waitingBytes > HIGH_WATER) this.#socket.pause();
		this.#wake?.();
	}

	/** What already arrived is still handed out before the failure. */
	fail(failure: DomainError): void {
		this.#failure = failure;
		this.#wake?.();
	}

	/** Lets the socket go on, for whoever uses it next. */
	release(): void {
		this.#messages = [];
		this.#head = 0;
		this.#waitingBytes = 0;
		if (this.#socket.isPaused()) this.#socket.resume();
	}

	/** Rejects with ETIMEDOUT after `silenceMs` without a message (0 = waits for ever), or with the session's failure. */
	async next(silenceMs: number): Promise<ServerMessage> {
		if (this.#head >= this.#messages.length) await this.#arrival(silenceMs);
		const message = this.#messages[this.#head];
		if (message === undefined)
			throw this.#failure ?? systemError('ETIMEDOUT', 'The server did not answer in time');
		this.#head++;
		this.#waitingBytes -= message.size;
		if (this.#head >= HANDED_OUT || this.#head >= this.#messages.length) {
			this.#messages.splice(0, this.#head);
			this.#head = 0;
		}
		if (this.#waitingBytes < LOW_WATER && this.#socket.isPaused()) this.#socket.resume();
		return message;
	}

	#arrival(silenceMs: number): Promise<void> {
		if (this.#failure) return Promise.resolve();
		return new Promise((resolve) => {
			const timer = silenceMs > 0 ? setTimeout(() => wake(), silenceMs) : undefined;
			const wake = (): void => {
				clearTimeout(timer);
				this.#wake = undefined;
				resolve();
			};
			this.#wake = wake;
		});
	}
}
