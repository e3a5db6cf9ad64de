import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';

export interface SigningKeys {
	/** At least 32 bytes of UTF-8 text. */
	secret: string;
	/** Still verifies, never signs: for rotation. */
	previousSecret?: string;
}

/** What a signed link binds: who may answer what, about which message, until when. */
export interface AcknowledgmentGrant {
	messageId: string;
	/** Person id of the recipient. */
	recipientId: string;
	/** The buttons: a tap on anything else is refused. */
	actions: AcknowledgmentAction[];
	correlationId?: string;
	eventId?: string;
	/** Shown on the confirmation page, so that a person knows what they confirm. */
	title?: string;
	/** BCP 47. */
	locale?: string;
}

export interface MintOptions {
	/** Seconds. */
	lifetimeSeconds: number;
}

/** A verified token. */
export interface VerifiedGrant extends AcknowledgmentGrant {
	/** ISO 8601, UTC. */
	issuedAt: string;
	expiresAt: string;
}
