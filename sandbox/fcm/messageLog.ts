import type { EmulatedDevice } from './deviceRegistry.ts';
import type { JsonObject } from './json.types.ts';

/** A message that FCM took. */
export interface AcceptedMessage {
	/** `projects/<p>/messages/<id>`, as answered. */
	name: string;
	/** 1 for the first. */
	sequence: number;
	/** Milliseconds since the epoch. */
	acceptedAt: number;
	/** The message in lowerCamelCase, checked. */
	message: JsonObject;
	/** The message as it came. */
	wire: JsonObject;
	/** Absent for topics, conditions and tokens that only drive faults. */
	device?: EmulatedDevice;
}

type Listener = (message: AcceptedMessage) => void;

/** Everything accepted, oldest first, and who waits for more. */
export class MessageLog {
	readonly #messages: AcceptedMessage[] = [];
	readonly #listeners = new Set<Listener>();
	readonly #keep: number;
	#sequence = 0;

	/** @param keep how many messages are remembered */
	constructor(keep: number) {
		this.#keep = keep;
	}

	add(accepted: Omit<AcceptedMessage, 'sequence' | 'acceptedAt'>): void {
		const message = { ...accepted, sequence: ++this.#sequence, acceptedAt: Date.now() };
		this.#messages.push(message);
		if (this.#messages.length > this.#keep) this.#messages.shift();
		for (const listener of [...this.#listeners]) listener(message);
	}

	all(): AcceptedMessage[] {
		return [...this.#messages];
	}

	onMessage(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** The first message that fits, past or to come; rejects after `timeoutMs`. */
	waitFor(fits: (message: AcceptedMessage) => boolean, timeoutMs: number): Promise<AcceptedMessage> {
		const known = this.#messages.find(fits);
		if (known) return Promise.resolve(known);
		return new Promise((resolve, reject) => {
			const stop = this.onMessage((message) => {
				if (!fits(message)) return;
				clearTimeout(timer);
				stop();
				resolve(message);
			});
			const timer = setTimeout(() => {
				stop();
				reject(
					new Error(
						`FCM emulator: no such message within ${timeoutMs} ms; it accepted ${this.#sequence} in all`,
					),
				);
			}, timeoutMs);
		});
	}
}
