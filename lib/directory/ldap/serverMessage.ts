import { BerCursor, BerError, Tag } from './ber.cursor';
import type { ReceivedControl, ReceivedEntry } from './ldapEntry';
import { readEntry } from './ldapEntry';

/** RFC 4511 §4.1.9. */
export interface LdapResult {
	code: number;
	matchedDn: string;
	diagnostic: string;
	referrals: string[];
}

export type ServerMessage =
	| { kind: 'entry'; id: number; entry: ReceivedEntry; size: number }
	| { kind: 'reference'; id: number; uris: string[]; size: number }
	| {
			kind: 'intermediate';
			id: number;
			oid?: string;
			value?: Buffer;
			controls: ReceivedControl[];
			size: number;
	  }
	| {
			kind: 'result';
			id: number;
			result: LdapResult;
			/** Of an extended response. */
			oid?: string;
			controls: ReceivedControl[];
			size: number;
	  };

const Operation = { entry: 0x64, reference: 0x73, intermediate: 0x79, extended: 0x78 } as const;
/** Bind, search done, modify, add, delete, modify DN, compare, extended. */
const RESULTS = new Set<number>([0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, Operation.extended]);

/** One LDAPMessage (RFC 4511 §4.1.1) from its bytes. */
export function readServerMessage(bytes: Buffer): ServerMessage {
	const message = new BerCursor(bytes).enter();
	const id = message.integer();
	const tag = message.next ?? 0;
	const operation = message.enter(tag);
	const controls = message.next === Tag.controls ? readControls(message.enter(Tag.controls)) : [];
	const size = bytes.length;
	if (tag === Operation.entry) return { kind: 'entry', id, entry: readEntry(operation, controls), size };
	if (tag === Operation.reference) return { kind: 'reference', id, uris: readTexts(operation), size };
	if (tag === Operation.intermediate) {
		const oid = operation.next === 0x80 ? operation.text(0x80) : undefined;
		const value = operation.next === 0x81 ? operation.octets(0x81) : undefined;
		return { kind: 'intermediate', id, oid, value, controls, size };
	}
	if (!RESULTS.has(tag)) throw new BerError(`An operation 0x${tag.toString(16)} that LDAP does not know`);
	const result = readResult(operation);
	return { kind: 'result', id, result, oid: readResponseName(operation), controls, size };
}

function readResult(operation: BerCursor): LdapResult {
	return {
		code: operation.integer(Tag.enumerated),
		matchedDn: operation.text(),
		diagnostic: operation.text(),
		referrals: operation.next === Tag.referral ? readTexts(operation.enter(Tag.referral)) : [],
	};
}

/** responseName [10] of an ExtendedResponse (RFC 4511 §4.12); other responses may carry other elements here. */
function readResponseName(operation: BerCursor): string | undefined {
	while (!operation.done) {
		if (operation.next === 0x8a) return operation.text(0x8a);
		operation.skip();
	}
	return undefined;
}

function readTexts(list: BerCursor): string[] {
	const texts: string[] = [];
	while (!list.done) texts.push(list.text());
	return texts;
}

function readControls(list: BerCursor): ReceivedControl[] {
	const controls: ReceivedControl[] = [];
	while (!list.done) {
		const control = list.enter();
		const oid = control.text();
		const critical = control.next === Tag.boolean ? control.boolean() : false;
		const value = control.next === Tag.octetString ? control.octets() : undefined;
		controls.push({ oid, critical, value });
	}
	return controls;
}
