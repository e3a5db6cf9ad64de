import { createHash } from 'node:crypto';

import { textOrBase64 } from '../../binaryValues';

/** Pictures and certificates are told apart, not carried along: items stay in n8n's memory and in its saved executions. */
const LONGEST_BYTES = 8_192;

/** Text as it is, short binary as base64, long values as their size and hash. */
export function shownValue(attribute: string, value: Buffer): string {
	if (value.length <= LONGEST_BYTES) return textOrBase64(attribute, value);
	const hash = createHash('sha256').update(value).digest('hex').slice(0, 16);
	return `(${value.length} bytes, SHA-256 ${hash}…)`;
}
