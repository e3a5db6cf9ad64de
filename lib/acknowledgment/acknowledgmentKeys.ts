import { createHash, hkdfSync } from 'node:crypto';

import { DomainError } from '../domain.errors';
import type { SigningKeys } from './acknowledgment.types';

/** Bytes of UTF-8 text: as long as the hash that HS256 uses (RFC 7518 §3.2). */
export const MINIMUM_SECRET_BYTES = 32;

/** What a key is for: one secret serves several purposes, and a key made for one is useless for another (RFC 5869 §3.2). */
type Purpose = 'acknowledgment token' | 'acknowledgment record';

/** A key and the name under which a token says what signed it. */
export interface NamedKey {
	id: string;
	bytes: Uint8Array;
}

/** Newest first: the first signs, all verify. Throws DomainError `notConfigured` for an absent or short secret. */
export function deriveKeys(keys: SigningKeys, purpose: Purpose): [NamedKey, ...NamedKey[]] {
	const current = deriveKey(checkedSecret(keys.secret, 'Secret'), purpose);
	if (!keys.previousSecret) return [current];
	return [current, deriveKey(checkedSecret(keys.previousSecret, 'Previous Secret'), purpose)];
}

/** A weak previous secret is refused like a weak current one: who guesses it could sign. */
function checkedSecret(secret: unknown, field: string): string {
	const bytes = typeof secret === 'string' ? Buffer.byteLength(secret.trim()) : 0;
	if (typeof secret === 'string' && bytes >= MINIMUM_SECRET_BYTES) return secret.trim();
	const problem = bytes === 0 ? 'is empty' : `is too short (${bytes} bytes)`;
	throw new DomainError(`The ${field} of the Acknowledgment Signing credential ${problem}`, {
		advice: `Enter at least ${MINIMUM_SECRET_BYTES} random characters, for example the output of "openssl rand -base64 48", and keep them the same wherever messages are sent and answered.`,
		recovery: 'abort',
		failure: 'credential-invalid',
		code: 'notConfigured',
	});
}

function deriveKey(secret: string, purpose: Purpose): NamedKey {
	const bytes = new Uint8Array(hkdfSync('sha256', secret, '', `n8n-nodes-directory-push ${purpose} v1`, 32));
	return { bytes, id: createHash('sha256').update(bytes).digest('base64url').slice(0, 8) };
}
