/** Tags of RFC 4511 that answers are made of. */
export const Tag = {
	boolean: 0x01,
	integer: 0x02,
	octetString: 0x04,
	enumerated: 0x0a,
	sequence: 0x30,
	set: 0x31,
	controls: 0xa0,
	referral: 0xa3,
} as const;

/** What a server sent is not the BER that RFC 4511 §5.1 allows: the connection cannot be trusted any further. */
export class BerError extends Error {}

/**
 * Reads BER element by element and never beyond `end`. ldapts' BerReader answers `null` without moving when an element is cut
 * short, and its parsers then loop for ever: with bytes from outside, each length is checked here instead.
 */
export class BerCursor {
	readonly #bytes: Buffer;
	readonly #end: number;
	#offset: number;

	constructor(bytes: Buffer, offset = 0, end = bytes.length) {
		this.#bytes = bytes;
		this.#offset = offset;
		this.#end = end;
	}

	get done(): boolean {
		return this.#offset >= this.#end;
	}

	/** Tag of the next element, undefined at the end. */
	get next(): number | undefined {
		return this.done ? undefined : this.#bytes[this.#offset];
	}

	/** The contents of the next element, which must carry `tag`. */
	octets(tag: number = Tag.octetString): Buffer {
		const [start, end] = this.#element(tag);
		return this.#bytes.subarray(start, end);
	}

	text(tag: number = Tag.octetString): string {
		return this.octets(tag).toString('utf8');
	}

	/** INTEGER and ENUMERATED of up to 6 bytes, two's complement. */
	integer(tag: number = Tag.integer): number {
		const octets = this.octets(tag);
		if (octets.length < 1 || octets.length > 6) throw new BerError(`An integer of ${octets.length} bytes`);
		return octets.readIntBE(0, octets.length);
	}

	boolean(): boolean {
		return this.octets(Tag.boolean)[0] !== 0;
	}

	/** A cursor over the contents of the next constructed element. */
	enter(tag: number = Tag.sequence): BerCursor {
		const [start, end] = this.#element(tag);
		return new BerCursor(this.#bytes, start, end);
	}

	/** Passes over one element, whatever it is. */
	skip(): void {
		this.#element(this.next);
	}

	#element(tag: number | undefined): [start: number, end: number] {
		const found = this.next;
		if (found === undefined || found !== tag) {
			throw new BerError(`Expected element ${hex(tag)}, got ${hex(found)}`);
		}
		const header = elementSize(this.#bytes, this.#offset, this.#end);
		if (header === undefined || this.#offset + header.total > this.#end)
			throw new BerError('An element is cut short');
		const start = this.#offset + header.headerLength;
		this.#offset += header.total;
		return [start, this.#offset];
	}
}

const hex = (tag: number | undefined): string => (tag === undefined ? 'none' : `0x${tag.toString(16)}`);

/** Size of the element at `offset`, or undefined when its header has not fully arrived. Definite lengths only (RFC 4511 §5.1). */
export function elementSize(
	bytes: Buffer,
	offset: number,
	end = bytes.length,
): { headerLength: number; total: number } | undefined {
	if (end - offset < 2) return undefined;
	const first = bytes.readUInt8(offset + 1);
	if (first < 0x80) return { headerLength: 2, total: 2 + first };
	const lengthBytes = first & 0x7f;
	if (lengthBytes === 0 || lengthBytes > 4) throw new BerError(`A length of ${lengthBytes} bytes`);
	const headerLength = 2 + lengthBytes;
	if (end - offset < headerLength) return undefined;
	return { headerLength, total: headerLength + bytes.readUIntBE(offset + 2, lengthBytes) };
}
