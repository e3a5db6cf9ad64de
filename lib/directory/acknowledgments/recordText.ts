import { DomainError } from '../../domain.errors';
import { signFields } from './recordSigning';
import type { SignedFields } from './recordSigning';

/** Bytes of UTF-8: Active Directory's limit for `description`, the smallest we know of. */
export const MAXIMUM_RECORD_BYTES = 1024;

/** A record as the directory keeps it, as JSON. */
export interface StoredRecord extends RecordIds {
	v: 1;
	action: string;
	at: string;
	correlationId?: string;
	comment?: string;
	device?: string;
	mac: string;
}

/** What tells whose record it is, where its place alone does not. */
export interface RecordIds {
	/** Where values of other kinds may stand beside it. */
	is?: 'acknowledgment';
	personId?: string;
	messageId?: string;
}

/** Signs and encodes; a comment that does not fit is cut, visibly, before it is signed. @throws DomainError when the ids are too long */
export function writeRecord(
	fields: SignedFields,
	ids: RecordIds,
	key: Uint8Array,
): { fields: SignedFields; text: string } {
	const whole = textOf(fields, ids, key);
	if (fits(whole)) return { fields, text: whole };
	const withoutComment = textOf({ ...fields, comment: undefined }, ids, key);
	if (!fits(withoutComment)) throw tooLong(Buffer.byteLength(withoutComment));
	const shortened = { ...fields, comment: longestThatFits(fields, ids, key) };
	return { fields: shortened, text: textOf(shortened, ids, key) };
}

/** undefined = not a record. Says nothing of the signature. */
export function readRecord(text: string | undefined): StoredRecord | undefined {
	if (!text?.startsWith('{')) return undefined;
	try {
		const value: unknown = JSON.parse(text);
		return isStoredRecord(value) ? value : undefined;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

function textOf(fields: SignedFields, { is, personId, messageId }: RecordIds, key: Uint8Array): string {
	const { action, at, correlationId, comment, device } = fields;
	const stored: StoredRecord = {
		...(is === undefined ? {} : { is }),
		...{ v: 1, action, at, correlationId, comment, device, personId, messageId },
		mac: signFields(fields, key),
	};
	return JSON.stringify(stored);
}

const fits = (text: string): boolean => Buffer.byteLength(text) <= MAXIMUM_RECORD_BYTES;

/** Bisection over whole characters: what a character costs depends on how JSON writes it. */
function longestThatFits(fields: SignedFields, ids: RecordIds, key: Uint8Array): string {
	const characters = [...(fields.comment ?? '')].slice(0, MAXIMUM_RECORD_BYTES);
	const cut = (length: number): string => `${characters.slice(0, length).join('')}…`;
	let low = 0;
	let high = characters.length;
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (fits(textOf({ ...fields, comment: cut(middle) }, ids, key))) low = middle;
		else high = middle - 1;
	}
	return cut(low);
}

function isStoredRecord(value: unknown): value is StoredRecord {
	if (typeof value !== 'object' || value === null) return false;
	const fields = new Map<string, unknown>(Object.entries(value));
	const optional = ['correlationId', 'comment', 'device', 'personId', 'messageId'];
	return (
		fields.get('v') === 1 &&
		[undefined, 'acknowledgment'].some((kind) => kind === fields.get('is')) &&
		['action', 'at', 'mac'].every((name) => typeof fields.get(name) === 'string') &&
		optional.every((name) => ['undefined', 'string'].includes(typeof fields.get(name)))
	);
}

function tooLong(bytes: number): DomainError {
	return new DomainError(
		`The acknowledgment cannot be recorded: its ids take ${bytes} of ${MAXIMUM_RECORD_BYTES} bytes`,
		{
			advice: 'Use shorter message, correlation and device ids.',
			recovery: 'skip',
			failure: 'configuration-invalid',
		},
	);
}
