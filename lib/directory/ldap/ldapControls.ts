import { BerWriter, Control } from 'ldapts';

import { BerCursor, Tag } from './ber.cursor';
import type { ReceivedControl } from './ldapEntry';

/** A request control whose value is already BER. */
export class EncodedControl extends Control {
	readonly #value: Buffer | undefined;

	constructor(oid: string, value?: Buffer, critical = true) {
		super(oid, { critical });
		this.#value = value;
	}

	protected override writeControl(writer: BerWriter): void {
		if (this.#value !== undefined) writer.writeBuffer(this.#value, Tag.octetString);
	}
}

/** RFC 2696. */
export const PAGED_RESULTS = '1.2.840.113556.1.4.319';

export function pagedResults(pageSize: number, cookie: Buffer): EncodedControl {
	const writer = new BerWriter();
	writer.startSequence();
	writer.writeInt(pageSize);
	writer.writeBuffer(cookie, Tag.octetString);
	writer.endSequence();
	return new EncodedControl(PAGED_RESULTS, writer.buffer);
}

/** Where the next page starts; empty = that was the last one. An empty page may well carry a cookie. */
export function pagedCookie(controls: readonly ReceivedControl[]): Buffer {
	const value = controls.find(({ oid }) => oid === PAGED_RESULTS)?.value;
	if (value === undefined) return Buffer.alloc(0);
	const sequence = new BerCursor(value).enter();
	sequence.skip();
	return Buffer.from(sequence.octets());
}
