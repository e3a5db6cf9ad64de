import { createHash } from 'node:crypto';

import { isAcknowledgmentAction } from '../../acknowledgment/acknowledgmentAction';
import { DomainError } from '../../domain.errors';
import type { TreeEntry } from '../directory.client';
import type { AcknowledgmentRecord, RecordKeys } from './acknowledgmentRecord.types';
import { isGenuine, signFields } from './recordSigning';
import type { SignedFields } from './recordSigning';

/** Bytes of UTF-8: Active Directory's limit for `description`, the smallest we know of. */
export const MAXIMUM_DESCRIPTION_BYTES = 1024;
/** Characters: the upper bound of `cn` and `ou` in Active Directory (X.520 ub-common-name). */
const MAXIMUM_NAME_LENGTH = 64;

/** Attributes of a record's entry, for reading. */
export const RECORD_ATTRIBUTES = ['cn', 'roleOccupant', 'description'];

/** What `description` holds as JSON. */
interface StoredRecord {
	v: 1;
	action: string;
	at: string;
	correlationId?: string;
	comment?: string;
	device?: string;
	/** Person and message id, only where their entry is not named by them. */
	personId?: string;
	messageId?: string;
	mac: string;
}

/**
 * The name of the entry that stands for an id. Directories compare names without case and with blanks folded, and limit their
 * length: ids that this could confuse are named by a hash.
 */
export function nameOf(id: string): string {
	if (id.length <= MAXIMUM_NAME_LENGTH && /^[a-z0-9_.:@{}-]+$/.test(id)) return id;
	return `sha256-${createHash('sha256').update(id).digest('hex').slice(0, 56)}`;
}

/** Signs and encodes; a comment that does not fit is cut, visibly, before it is signed. */
export function encodeRecord(
	fields: SignedFields,
	key: Uint8Array,
): { fields: SignedFields; description: string } {
	const whole = describe(fields, key);
	if (fits(whole)) return { fields, description: whole };
	const withoutComment = describe({ ...fields, comment: undefined }, key);
	if (!fits(withoutComment)) throw tooLong(Buffer.byteLength(withoutComment));
	const shortened = { ...fields, comment: longestThatFits(fields, key) };
	return { fields: shortened, description: describe(shortened, key) };
}

/** undefined = not a record of ours. */
export function decodeRecord(
	{ attributes }: TreeEntry,
	messageId: string,
	keys: RecordKeys,
): AcknowledgmentRecord | undefined {
	const name = attributes.cn?.[0];
	const stored = parse(attributes.description?.[0]);
	if (!stored || name === undefined) return undefined;
	const { action, at, correlationId, comment, device, mac } = stored;
	if (!isAcknowledgmentAction(action)) return undefined;
	const personId = stored.personId ?? name;
	const fields: SignedFields = { messageId, personId, action, at, correlationId, comment, device };
	const named = nameOf(personId).toLowerCase() === name.toLowerCase();
	const ofThisMessage = (stored.messageId ?? messageId) === messageId;
	const genuine = named && ofThisMessage && isGenuine(fields, mac, keys);
	return { ...fields, personDn: attributes.roleoccupant?.[0] ?? '', genuine };
}

function describe(fields: SignedFields, key: Uint8Array): string {
	const { messageId, personId, action, at, correlationId, comment, device } = fields;
	const stored: StoredRecord = {
		v: 1,
		action,
		at,
		correlationId,
		comment,
		device,
		personId: nameOf(personId) === personId ? undefined : personId,
		messageId: nameOf(messageId) === messageId ? undefined : messageId,
		mac: signFields(fields, key),
	};
	return JSON.stringify(stored);
}

const fits = (description: string): boolean => Buffer.byteLength(description) <= MAXIMUM_DESCRIPTION_BYTES;

/** Bisection over whole characters: what a character costs depends on how JSON writes it. */
function longestThatFits(fields: SignedFields, key: Uint8Array): string {
	const characters = [...(fields.comment ?? '')].slice(0, MAXIMUM_DESCRIPTION_BYTES);
	const cut = (length: number): string => `${characters.slice(0, length).join('')}…`;
	let low = 0;
	let high = characters.length;
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (fits(describe({ ...fields, comment: cut(middle) }, key))) low = middle;
		else high = middle - 1;
	}
	return cut(low);
}

function parse(description: string | undefined): StoredRecord | undefined {
	if (!description?.startsWith('{')) return undefined;
	try {
		const value: unknown = JSON.parse(description);
		return isStoredRecord(value) ? value : undefined;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

function isStoredRecord(value: unknown): value is StoredRecord {
	if (typeof value !== 'object' || value === null) return false;
	const fields = new Map<string, unknown>(Object.entries(value));
	const optional = ['correlationId', 'comment', 'device', 'personId', 'messageId'];
	return (
		fields.get('v') === 1 &&
		['action', 'at', 'mac'].every((name) => typeof fields.get(name) === 'string') &&
		optional.every((name) => ['undefined', 'string'].includes(typeof fields.get(name)))
	);
}

function tooLong(bytes: number): DomainError {
	return new DomainError(
		`The acknowledgment cannot be recorded: its ids take ${bytes} of ${MAXIMUM_DESCRIPTION_BYTES} bytes`,
		{
			advice: 'Use shorter message, correlation and device ids.',
			recovery: 'skip',
			failure: 'configuration-invalid',
		},
	);
}
