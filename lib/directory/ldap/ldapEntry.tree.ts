import { DomainError } from '../../domain.errors';
import type { EntryTree, Rdn, TreeEntry } from '../directory.client';
import { absoluteDn, buildDn, normalizeDn } from '../distinguishedName';
import { attributeName } from '../attributeName';
import { equals, or, present } from './filter';
import type { LdapConnection, LdapEntry } from './ldap.types';
import { subtreeMissing } from './subtreeMissing';

const NO_SUCH_OBJECT = '32';
const ENTRY_ALREADY_EXISTS = '68';
/** Values OR-ed into one filter: keeps it under 20 kB, and off the limits some servers set on filters. */
const VALUES_A_SEARCH = 100;
const PAGE_SIZE = 500;

/** Entries of our own over LDAP. DNs may be relative to the base DN of the credential. */
export class LdapEntryTree implements EntryTree {
	readonly #connection: LdapConnection;

	constructor(connection: LdapConnection) {
		this.#connection = connection;
	}

	async add(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<'added' | 'exists'> {
		const dn = await this.#dn(path, under);
		try {
			await this.#connection.add(dn, withNamingValue(path[0], attributes));
			return 'added';
		} catch (error) {
			if (hasCode(error, ENTRY_ALREADY_EXISTS)) return 'exists';
			throw hasCode(error, NO_SUCH_OBJECT) ? subtreeMissing(await this.#absolute(under), error) : error;
		}
	}

	async read(path: Rdn[], under: string, attributes: string[]): Promise<TreeEntry | undefined> {
		const entry = await this.#connection.read(await this.#dn(path, under), attributes);
		return entry && treeEntryOf(entry);
	}

	async *children(
		under: string,
		attributes: string[],
		narrowed?: { attribute: string; values: string[] },
	): AsyncGenerator<TreeEntry, void, undefined> {
		const base = await this.#absolute(under);
		const filters = narrowed === undefined ? [present('objectClass')] : batches(narrowed);
		// An entry with several of the values is found by several searches.
		const seen = new Set<string>();
		try {
			for (const filter of filters) {
				const request = { base, scope: 'one', filter, attributes, pageSize: PAGE_SIZE } as const;
				for await (const entry of this.#connection.search(request)) {
					const key = filters.length > 1 ? normalizeDn(entry.dn) : '';
					if (seen.has(key)) continue;
					if (key !== '') seen.add(key);
					yield treeEntryOf(entry);
				}
			}
		} catch (error) {
			throw hasCode(error, NO_SUCH_OBJECT) ? subtreeMissing(base, error) : error;
		}
	}

	async replace(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<void> {
		await this.#connection.modify(
			await this.#dn(path, under),
			Object.entries(attributes).map(([attribute, values]) => ({ operation: 'replace', attribute, values })),
		);
	}

	async remove(path: Rdn[], under: string): Promise<'removed' | 'absent'> {
		try {
			await this.#connection.remove(await this.#dn(path, under));
			return 'removed';
		} catch (error) {
			if (hasCode(error, NO_SUCH_OBJECT)) return 'absent';
			throw error;
		}
	}

	async #dn(path: Rdn[], under: string): Promise<string> {
		return buildDn(path, await this.#absolute(under));
	}

	async #absolute(under: string): Promise<string> {
		const { namingContexts } = await this.#connection.rootDse();
		return absoluteDn(under, this.#connection.settings.baseDn, namingContexts);
	}
}

const batches = ({ attribute, values }: { attribute: string; values: string[] }) => {
	const name = attributeName(attribute);
	const filters = [];
	for (let start = 0; start < values.length; start += VALUES_A_SEARCH) {
		filters.push(or(...values.slice(start, start + VALUES_A_SEARCH).map((value) => equals(name, value))));
	}
	return filters;
};

/** The value that names an entry must be among its attributes (RFC 4512 §2.3). */
function withNamingValue(
	rdn: Rdn | undefined,
	attributes: Record<string, string[]>,
): Record<string, string[]> {
	if (rdn === undefined) return attributes;
	const name = Object.keys(attributes).find((key) => key.toLowerCase() === rdn.attribute.toLowerCase());
	const values = name === undefined ? [] : (attributes[name] ?? []);
	if (values.includes(rdn.value)) return attributes;
	return { ...attributes, [name ?? rdn.attribute]: [rdn.value, ...values] };
}

function treeEntryOf(entry: LdapEntry): TreeEntry {
	return {
		dn: entry.dn,
		attributes: Object.fromEntries(entry.names.map((name) => [name.toLowerCase(), entry.values(name)])),
	};
}

const hasCode = (error: unknown, code: string): error is DomainError =>
	error instanceof DomainError && error.code === code;
