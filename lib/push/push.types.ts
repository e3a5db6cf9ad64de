/** What a device shows, and what the app receives. Transport-neutral; each transport maps it to its wire form. */
export interface PushMessage {
	/** Deterministic: a replay carries the same id, and replaces the notification it repeats. */
	messageId: string;
	title: string;
	body: string;
	/** String values only (FCM). Reserved keys are refused by the transport's validation. */
	data: Record<string, string>;
	/** https; opened when the notification is tapped. */
	link?: string;
	priority?: 'normal' | 'high';
	/** Seconds the service keeps an undelivered message. */
	timeToLiveSeconds?: number;
	/** Validate only: the service checks the message and sends nothing. */
	dryRun?: boolean;
}

export interface PushTarget {
	token: string;
}

/**
 * - accepted: the service took it; whether a person saw it is not known
 * - deviceGone: the service says this token will never work again
 * - messageInvalid: the message itself is refused; no device is at fault
 * - notPermitted: the token belongs to another project, or the provider's own credentials are wrong
 * - retryLater: nothing was sent, another attempt makes sense
 * - unknown: it may or may not have been sent
 */
export type PushStatus =
	'accepted' | 'deviceGone' | 'messageInvalid' | 'notPermitted' | 'retryLater' | 'unknown';

export interface PushResult {
	status: PushStatus;
	attempts: number;
	/** The provider's name of the accepted message. */
	providerMessageId?: string;
	/** The provider's error code, e.g. UNREGISTERED. */
	errorCode?: string;
	/** In plain words. */
	reason?: string;
	retryAfterMs?: number;
}

/** The port behind which FCM stands, and AppWorks Gateway will. A refused token is data; only an unusable service or credential rejects, with DomainError. */
export interface PushSender {
	/** Names of the fields the service would refuse; empty = fine. Nothing is sent. */
	validate(message: PushMessage): Array<{ field: string; problem: string }>;
	send(message: PushMessage, target: PushTarget, signal?: AbortSignal): Promise<PushResult>;
	/** Whether the credential works at all; rejects with DomainError and advice when not. */
	test(): Promise<void>;
	close(): Promise<void>;
}
