import { createHash } from 'node:crypto';

import { isAcknowledgmentAction } from '../../acknowledgment/acknowledgmentAction';
import type { TreeEntry } from '../directory.client';
import type { AcknowledgmentRecord, RecordKeys } from './acknowledgmentRecord.types';
import { isGenuine } from './recordSigning';
import type { SignedFields } from './recordSigning';
import { readRecord, writeRecord } from './recordText';

/** Characters: the upper bound of `cn` and `ou` in Active Directory (X.520 ub-common-name). */
const MAXIMUM_NAME_LENGTH = 64;

/** Attributes of a record's entry, for reading. */
export const RECORD_ATTRIBUTES = ['cn', 'roleOccupant', 'description'];

/**
 * The name of the entry that stands for an id. Directories compare names without case and with blanks folded, and limit their
 * length: ids that this could confuse are named by a hash.
 */
export function nameOf(id: string): string {
	if (id.length <= MAXIMUM_NAME_LENGTH && /^[a-z0-9_.:@{}-]+$/.test(id)) return id;
	return `sha256-${createHash('sha256').update(id).digest('hex').slice(0, 56)}`;
}

/** The `description` of a record's entry, and what was signed. Person and message id only where their entry is not named by them. */
export function encodeRecord(
	fields: SignedFields,
	key: Uint8Array,
): { fields: SignedFields; description: string } {
	const { personId, messageId } = fields;
	const ids = {
		personId: nameOf(personId) === personId ? undefined : personId,
		messageId: nameOf(messageId) === messageId ? undefined : messageId,
	};
	const written = writeRecord(fields, ids, key);
	return { fields: written.fields, description: written.text };
}

/** undefined = not a record of ours. */
export function decodeRecord(
	{ attributes }: TreeEntry,
	messageId: string,
	keys: RecordKeys,
): AcknowledgmentRecord | undefined {
	const name = attributes.cn?.[0];
	const stored = readRecord(attributes.description?.[0]);
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
