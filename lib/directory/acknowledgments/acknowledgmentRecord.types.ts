import type { Person } from '../directory.types';

export type AcknowledgmentAction = 'acknowledged' | 'approved' | 'rejected' | 'dismissed';

export interface AcknowledgmentRecord {
	messageId: string;
	/** Person id. */
	personId: string;
	/** DN under which the person stands where records are kept: their own, or a stand-in in another directory. */
	personDn: string;
	action: AcknowledgmentAction;
	/** ISO 8601, UTC: when the tap reached us. */
	at: string;
	correlationId?: string;
	comment?: string;
	/** What the tap came from, e.g. `web` or `app`. */
	device?: string;
	/** Whether the HMAC over all of the above but personDn holds: the directory rewrites DNs itself when people move. */
	genuine: boolean;
}

export type NewAcknowledgment = Omit<AcknowledgmentRecord, 'genuine' | 'personId' | 'personDn'> & {
	person: Person;
};

/** Keys for the HMAC, newest first: the first signs, all verify. */
export interface RecordKeys {
	keys: readonly Uint8Array[];
}

export interface AcknowledgmentStore {
	/** First answer wins: a repeat returns what was recorded first. */
	record(
		acknowledgment: NewAcknowledgment,
	): Promise<{ status: 'recorded' | 'alreadyRecorded'; record: AcknowledgmentRecord }>;
	/** All records of one message. */
	ofMessage(messageId: string): AsyncIterable<AcknowledgmentRecord>;
}
