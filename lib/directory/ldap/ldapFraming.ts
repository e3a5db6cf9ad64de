import { BerError, Tag, elementSize } from './ber.cursor';

/** Far above any real message (a group of a million members is about 80 MB), far below what would exhaust memory. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

/**
 * Cuts a byte stream into LDAPMessages. Each byte is copied at most once more than the socket did, however the chunks fall:
 * chunks are only joined when a whole message is there.
 */
export class LdapFraming {
	#chunks: Buffer[] = [];
	#length = 0;
	#needed = 2;

	/** Messages that are complete with this chunk. */
	push(chunk: Buffer): Buffer[] {
		this.#chunks.push(chunk);
		this.#length += chunk.length;
		if (this.#length < this.#needed) return [];
		const [only] = this.#chunks;
		const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#length);
		const messages: Buffer[] = [];
		let offset = 0;
		for (;;) {
			const total = messageSize(bytes, offset);
			this.#needed = total ?? bytes.length - offset + 1;
			if (total === undefined || offset + total > bytes.length) break;
			messages.push(bytes.subarray(offset, offset + total));
			offset += total;
		}
		this.#chunks = offset === bytes.length ? [] : [bytes.subarray(offset)];
		this.#length = bytes.length - offset;
		return messages;
	}
}

function messageSize(bytes: Buffer, offset: number): number | undefined {
	if (offset >= bytes.length) return undefined;
	if (bytes[offset] !== Tag.sequence) throw new BerError('The server does not speak LDAP');
	const size = elementSize(bytes, offset);
	if (size && size.total > LARGEST_MESSAGE) throw new BerError(`A message of ${size.total} bytes`);
	return size?.total;
}
