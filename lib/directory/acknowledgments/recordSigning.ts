import { createHmac, timingSafeEqual } from 'node:crypto';

import type { SigningKeys } from '../../acknowledgment/acknowledgment.types';
import { deriveKeys } from '../../acknowledgment/acknowledgmentKeys';
import type { AcknowledgmentRecord, RecordKeys } from './acknowledgmentRecord.types';

/** What the HMAC covers. Not the DN: the directory itself rewrites it when a person moves; the person id stays. */
export type SignedFields = Omit<AcknowledgmentRecord, 'genuine' | 'personDn'>;

/** Keys for records, derived from the same secret as the links but useless for them. Throws DomainError `notConfigured`. */
export function recordKeysOf(keys: SigningKeys): RecordKeys {
	return { keys: deriveKeys(keys, 'acknowledgment record').map(({ bytes }) => bytes) };
}

/** HMAC-SHA-256 (RFC 2104), base64url. */
export function signFields(fields: SignedFields, key: Uint8Array): string {
	return createHmac('sha256', key).update(canonical(fields)).digest('base64url');
}

/** In constant time, with every key that is still accepted. */
export function isGenuine(fields: SignedFields, mac: string, { keys }: RecordKeys): boolean {
	const claimed = Buffer.from(mac);
	return keys.some((key) => {
		const expected = Buffer.from(signFields(fields, key));
		return claimed.length === expected.length && timingSafeEqual(claimed, expected);
	});
}

/** A JSON array: no value can pass for two, an absent one not for an empty one. */
function canonical(fields: SignedFields): string {
	const { messageId, personId, action, at, correlationId, comment, device } = fields;
	return JSON.stringify([
		1,
		messageId,
		personId,
		action,
		at,
		correlationId ?? null,
		comment ?? null,
		device ?? null,
	]);
}
