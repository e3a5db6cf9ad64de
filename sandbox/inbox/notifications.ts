import type { AcceptedMessage, EmulatedDevice, FcmEmulator } from '../fcm/fcmEmulator.ts';
import type { JsonObject } from '../fcm/json.types.ts';
import { textAt } from '../fcm/json.types.ts';
import { lowerCaseNames } from '../fcm/message.rules.ts';
import { at } from '../fcm/json.types.ts';
import type { TapAnswer } from './tap.ts';

/** A notification as it lies on a person's phone. */
export interface ShownNotification {
	id: string;
	title: string;
	body: string;
	/** http or https only; anything else a message carries is not offered. */
	link?: string;
	/** ISO 8601 */
	receivedAt: string;
	/** How often it was sent: a repeated one replaces itself. */
	times: number;
	messageId?: string;
	correlationId?: string;
	ackUrl?: string;
	answer?: TapAnswer;
}

/** A phone and what is on it, newest first. */
export interface Phone {
	person: string;
	platform: EmulatedDevice['platform'];
	app: string;
	notifications: ShownNotification[];
}

/** Keeps per device what a phone would show: the newest message under each replacement tag. */
export class Notifications {
	readonly #emulator: FcmEmulator;
	readonly #byDevice = new Map<string, Map<string, ShownNotification>>();
	readonly #listeners = new Set<() => void>();
	readonly #stop: () => void;

	constructor(emulator: FcmEmulator) {
		this.#emulator = emulator;
		for (const message of emulator.messages()) this.#receive(message);
		this.#stop = emulator.onMessage((message) => this.#receive(message));
	}

	phones(): Phone[] {
		return this.#emulator.devices.all().map(({ person, platform, app, token }) => ({
			person,
			platform,
			app,
			notifications: [...(this.#byDevice.get(token)?.values() ?? [])].reverse(),
		}));
	}

	find(id: string): ShownNotification | undefined {
		for (const shown of this.#byDevice.values()) {
			for (const notification of shown.values()) if (notification.id === id) return notification;
		}
		return undefined;
	}

	setAnswer(id: string, answer: TapAnswer): void {
		const notification = this.find(id);
		if (!notification) return;
		notification.answer = answer;
		this.#tell();
	}

	onChange(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	close(): void {
		this.#stop();
		this.#listeners.clear();
	}

	#receive(accepted: AcceptedMessage): void {
		const { device, message } = accepted;
		if (!device) return;
		const shown = this.#byDevice.get(device.token) ?? new Map<string, ShownNotification>();
		this.#byDevice.set(device.token, shown);
		const tag = replacementTag(message, device.platform) ?? `single-${accepted.sequence}`;
		const earlier = shown.get(tag);
		// Deleted first, so that a replaced notification moves to the end: the newest.
		shown.delete(tag);
		shown.set(tag, {
			...notificationOf(accepted),
			times: (earlier?.times ?? 0) + 1,
			answer: earlier?.answer,
		});
		this.#tell();
	}

	#tell(): void {
		for (const listener of [...this.#listeners]) listener();
	}
}

/** What makes a platform replace a notification instead of showing a second one. */
function replacementTag(message: JsonObject, platform: EmulatedDevice['platform']): string | undefined {
	if (platform === 'android') return textAt(message, 'android', 'notification', 'tag');
	if (platform === 'ios') return lowerCaseNames(at(message, 'apns', 'headers')).get('apns-collapse-id');
	return lowerCaseNames(at(message, 'webpush', 'headers')).get('topic');
}

function notificationOf({
	sequence,
	acceptedAt,
	message,
}: AcceptedMessage): Omit<ShownNotification, 'times'> {
	return {
		id: `n${sequence}`,
		title: textAt(message, 'notification', 'title') ?? '',
		body: textAt(message, 'notification', 'body') ?? '',
		link: webAddress(textAt(message, 'data', 'link') ?? textAt(message, 'webpush', 'fcmOptions', 'link')),
		receivedAt: new Date(acceptedAt).toISOString(),
		messageId: textAt(message, 'data', 'messageId'),
		correlationId: textAt(message, 'data', 'correlationId'),
		ackUrl: webAddress(textAt(message, 'data', 'ackUrl')),
	};
}

function webAddress(text: string | undefined): string | undefined {
	if (text === undefined || !URL.canParse(text)) return undefined;
	return ['http:', 'https:'].includes(new URL(text).protocol) ? text : undefined;
}
