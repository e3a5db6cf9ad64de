import type { BerCursor } from './ber.cursor';
import { Tag } from './ber.cursor';
import type { LdapEntry } from './ldap.types';

/** RFC 4511 §4.1.11, as received. */
export interface ReceivedControl {
	oid: string;
	critical: boolean;
	value?: Buffer;
}

/** A search result entry with its exact bytes and the controls the server attached to it. */
export class ReceivedEntry implements LdapEntry {
	readonly dn: string;
	readonly controls: readonly ReceivedControl[];
	readonly #attributes: ReadonlyArray<{ name: string; values: Buffer[] }>;

	constructor(
		dn: string,
		attributes: ReadonlyArray<{ name: string; values: Buffer[] }>,
		controls: readonly ReceivedControl[] = [],
	) {
		this.dn = dn;
		this.#attributes = attributes;
		this.controls = controls;
	}

	get names(): readonly string[] {
		return this.#attributes.map(({ name }) => name);
	}

	values(name: string): string[] {
		return this.buffers(name).map((value) => value.toString('utf8'));
	}

	first(name: string): string | undefined {
		return this.buffers(name)[0]?.toString('utf8');
	}

	/** RFC 4511 §4.1.7 forbids to send an attribute in two parts, but slapd does after a `slapadd -q`. */
	buffers(name: string): Buffer[] {
		const wanted = name.toLowerCase();
		const parts = this.#attributes.filter((attribute) => attribute.name.toLowerCase() === wanted);
		return parts.length === 1 ? (parts[0]?.values ?? []) : parts.flatMap(({ values }) => values);
	}
}

/** SearchResultEntry ::= [APPLICATION 4] { objectName, attributes }, RFC 4511 §4.5.2. */
export function readEntry(operation: BerCursor, controls: readonly ReceivedControl[]): ReceivedEntry {
	const dn = operation.text();
	const attributes: Array<{ name: string; values: Buffer[] }> = [];
	for (const list = operation.enter(); !list.done;) {
		const attribute = list.enter();
		const name = attribute.text();
		const values: Buffer[] = [];
		for (const set = attribute.enter(Tag.set); !set.done;) values.push(set.octets());
		attributes.push({ name, values });
	}
	return new ReceivedEntry(dn, attributes, controls);
}
