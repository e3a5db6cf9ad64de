import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';
import type { VerifiedGrant } from './acknowledgment.types';

interface Answer {
	/** The answer that counts. */
	action: AcknowledgmentAction;
	/** ISO 8601, UTC. */
	at: string;
}

/** What a person or an app is told. */
export type AcknowledgmentReply =
	/** The link was opened: nothing has happened yet. */
	| { status: 'ask'; grant: VerifiedGrant; token: string }
	| ({ status: 'recorded'; grant: VerifiedGrant } & Answer)
	| ({ status: 'alreadyRecorded'; grant: VerifiedGrant } & Answer)
	/** Accepted, but nobody waits for the record. */
	| ({ status: 'received'; grant: VerifiedGrant } & Answer)
	/** Not recorded; the same tap may work later. */
	| { status: 'tryAgain'; grant: VerifiedGrant; token: string; action: AcknowledgmentAction }
	| { status: 'expired' | 'invalid' | 'notAllowed' | 'malformed' | 'notConfigured' };

export type ReplyStatus = AcknowledgmentReply['status'];

export interface RenderedReply {
	statusCode: number;
	headers: Record<string, string>;
	body: string;
}
