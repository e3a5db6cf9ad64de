import { BerWriter } from 'ldapts';

import { DomainError } from '../../domain.errors';
import { BerCursor, BerError, Tag } from './ber.cursor';
import { EncodedControl } from './ldapControls';
import type { ReceivedControl } from './ldapEntry';

/** RFC 4533 §2. */
export const SYNC_REQUEST = '1.3.6.1.4.1.4203.1.9.1.1';
const SYNC_STATE = '1.3.6.1.4.1.4203.1.9.1.2';
const SYNC_DONE = '1.3.6.1.4.1.4203.1.9.1.3';
export const SYNC_INFO = '1.3.6.1.4.1.4203.1.9.1.4';
/** RFC 4533 §2.6, e-syncRefreshRequired: the cookie is of no use any more. */
export const REFRESH_REQUIRED = 4096;

const MODES = { refreshOnly: 1, refreshAndPersist: 3 } as const;

/** RFC 4533 §2.2. Without a cookie the server starts with everything there is. */
export function syncRequest(mode: keyof typeof MODES, cookie?: Buffer): EncodedControl {
	const writer = new BerWriter();
	writer.startSequence();
	writer.writeEnumeration(MODES[mode]);
	if (cookie !== undefined && cookie.length > 0) writer.writeBuffer(cookie, Tag.octetString);
	writer.endSequence();
	return new EncodedControl(SYNC_REQUEST, writer.buffer);
}

const STATES = ['present', 'add', 'modify', 'delete'] as const;

export interface SyncState {
	state: (typeof STATES)[number];
	/** Lower-case, with hyphens: entryUUID. */
	uuid: string;
	cookie?: Buffer;
}

/** RFC 4533 §2.3: what an entry is sent for. @throws DomainError where it is missing or unreadable */
export function syncStateOf(controls: readonly ReceivedControl[]): SyncState {
	return reading(() => {
		const value = controls.find(({ oid }) => oid === SYNC_STATE)?.value;
		if (value === undefined) throw new BerError('an entry without its sync state');
		const sequence = new BerCursor(value).enter();
		const state = STATES[sequence.integer(Tag.enumerated)];
		if (state === undefined) throw new BerError('an unknown sync state');
		const uuid = uuidOf(sequence.octets());
		return { state, uuid, ...cookieOf(sequence) };
	});
}

export interface SyncDone {
	cookie?: Buffer;
	/** Whether what is gone was named. If not, what was neither sent nor named as present is gone. */
	refreshDeletes: boolean;
}

/** RFC 4533 §2.4. @throws DomainError where it is unreadable */
export function syncDoneOf(controls: readonly ReceivedControl[]): SyncDone | undefined {
	return reading(() => {
		const value = controls.find(({ oid }) => oid === SYNC_DONE)?.value;
		if (value === undefined) return undefined;
		const sequence = new BerCursor(value).enter();
		return { ...cookieOf(sequence), refreshDeletes: booleanOf(sequence, false) };
	});
}

export type SyncInfo = { cookie?: Buffer } & (
	| { kind: 'newCookie' }
	/** The end of a phase; `refreshDone` = entries that follow are news. */
	| { kind: 'refreshDelete' | 'refreshPresent'; refreshDone: boolean }
	/** Ids of entries that are gone (`refreshDeletes`), or there and unchanged. */
	| { kind: 'idSet'; refreshDeletes: boolean; uuids: string[] }
);

/** RFC 4533 §2.5: the value of an intermediate response. @throws DomainError where it is unreadable */
export function syncInfoOf(value: Buffer | undefined): SyncInfo {
	return reading(() => {
		const info = new BerCursor(value ?? Buffer.alloc(0));
		const tag = info.next;
		if (tag === 0x80) return { kind: 'newCookie' as const, cookie: Buffer.from(info.octets(0x80)) };
		if (tag !== 0xa1 && tag !== 0xa2 && tag !== 0xa3) throw new BerError('an unknown sync information');
		const sequence = info.enter(tag);
		const cookie = cookieOf(sequence);
		if (tag === 0xa3)
			return {
				kind: 'idSet' as const,
				...cookie,
				refreshDeletes: booleanOf(sequence, false),
				uuids: uuidsOf(sequence),
			};
		const kind = tag === 0xa1 ? ('refreshDelete' as const) : ('refreshPresent' as const);
		return { kind, ...cookie, refreshDone: booleanOf(sequence, true) };
	});
}

/** A copy: the bytes around it are those of a whole message. */
const cookieOf = (sequence: BerCursor): { cookie?: Buffer } =>
	sequence.next === Tag.octetString ? { cookie: Buffer.from(sequence.octets()) } : {};

const booleanOf = (sequence: BerCursor, byDefault: boolean): boolean =>
	sequence.next === Tag.boolean ? sequence.boolean() : byDefault;

function uuidsOf(sequence: BerCursor): string[] {
	const uuids: string[] = [];
	for (const set = sequence.enter(Tag.set); !set.done;) uuids.push(uuidOf(set.octets()));
	return uuids;
}

/** syncUUID ::= OCTET STRING (SIZE(16)). */
function uuidOf(octets: Buffer): string {
	if (octets.length !== 16) throw new BerError(`an entry id of ${octets.length} bytes`);
	const hex = octets.toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function reading<T>(read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof BerError)) throw error;
		throw new DomainError(`The directory sent synchronisation data that cannot be read: ${error.message}`, {
			advice:
				'Set Read Changes By under Options to another way of reading, and report this with the name and version of the server.',
			recovery: 'retry',
			failure: 'temporarily-unavailable',
			cause: error,
		});
	}
}
