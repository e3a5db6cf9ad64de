import { BerWriter } from 'ldapts';

import { DomainError } from '../../domain.errors';
import { BerCursor, BerError, Tag } from './ber.cursor';
import { EncodedControl } from './ldapControls';
import type { ReceivedControl } from './ldapEntry';

/** MS-ADTS §3.1.1.3.4.1.3: changes since a cookie. */
export const DIR_SYNC = '1.2.840.113556.1.4.841';
/** MS-ADTS §3.1.1.3.4.1.14: searches find deleted objects as well. */
export const SHOW_DELETED = '1.2.840.113556.1.4.417';

/** LDAP_DIRSYNC_OBJECT_SECURITY: only what the login may read, without the right to replicate. */
export const OBJECT_SECURITY = 0x1;
/** LDAP_DIRSYNC_INCREMENTAL_VALUES: of a list of members only what was added and removed. As a signed 32-bit number. */
export const INCREMENTAL_VALUES = -0x8000_0000;
/** As many bytes of attributes as an answer may hold, roughly. */
const ANSWER_BYTES = 1_000_000;

/** An empty cookie asks for everything. */
export function dirSync(flags: number, cookie: Buffer): EncodedControl {
	const writer = new BerWriter();
	writer.startSequence();
	writer.writeInt(flags);
	writer.writeInt(ANSWER_BYTES);
	writer.writeBuffer(cookie, Tag.octetString);
	writer.endSequence();
	return new EncodedControl(DIR_SYNC, writer.buffer);
}

export const showDeleted = (): EncodedControl => new EncodedControl(SHOW_DELETED);

export interface DirSyncAnswer {
	/** Whether there is more to come at once. */
	more: boolean;
	cookie: Buffer;
}

/** What came with the result of a search. @throws DomainError for an answer that is none */
export function dirSyncAnswer(controls: readonly ReceivedControl[]): DirSyncAnswer {
	const value = controls.find(({ oid }) => oid === DIR_SYNC)?.value;
	if (value === undefined) throw unusableAnswer('no position came with it');
	try {
		const sequence = new BerCursor(value).enter();
		const more = sequence.integer() !== 0;
		sequence.integer();
		const cookie = Buffer.from(sequence.octets());
		if (cookie.length === 0) throw unusableAnswer('the position is empty');
		return { more, cookie };
	} catch (error) {
		if (error instanceof BerError) throw unusableAnswer(error.message, error);
		throw error;
	}
}

const unusableAnswer = (why: string, cause?: unknown): DomainError =>
	new DomainError(`The answer to a DirSync search cannot be used: ${why}`, {
		advice:
			'The server may not be an Active Directory, or something between changes its answers. Set Read Changes By under Options to another way.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
		cause,
	});
