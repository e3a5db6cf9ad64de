import type { EntryTree, Rdn, TreeEntry } from '../../lib/directory/directory.client';

/** An EntryTree in memory: one level of entries, the same answers as a directory's (exists, absent, equality without case). */
export class MemoryTree implements EntryTree {
	readonly entries = new Map<string, Record<string, readonly string[]>>();
	/** Values of each search that asked for some. */
	readonly searches: string[][] = [];

	async add(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<'added' | 'exists'> {
		const dn = dnOf(path, under);
		if (this.entries.has(dn)) return 'exists';
		this.entries.set(dn, { ...naming(path), ...attributes });
		return 'added';
	}

	async read(path: Rdn[], under: string): Promise<TreeEntry | undefined> {
		const dn = dnOf(path, under);
		const attributes = this.entries.get(dn);
		return attributes && { dn, attributes };
	}

	async *children(
		under: string,
		_attributes: string[],
		equals?: { attribute: string; values: string[] },
	): AsyncIterable<TreeEntry> {
		if (equals) this.searches.push(equals.values);
		for (const [dn, attributes] of [...this.entries]) {
			if (!dn.endsWith(`,${under}`)) continue;
			const wanted = equals?.values.map((value) => value.toLowerCase());
			const held = equals ? (attributes[equals.attribute] ?? []) : [];
			if (wanted && !held.some((value) => wanted.includes(value.toLowerCase()))) continue;
			yield { dn, attributes };
		}
	}

	async replace(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<void> {
		const dn = dnOf(path, under);
		const before = this.entries.get(dn);
		if (!before) throw new Error(`no such entry: ${dn}`);
		this.entries.set(dn, { ...before, ...attributes });
	}

	async remove(path: Rdn[], under: string): Promise<'removed' | 'absent'> {
		return this.entries.delete(dnOf(path, under)) ? 'removed' : 'absent';
	}
}

const naming = (path: Rdn[]): Record<string, string[]> =>
	path[0] ? { [path[0].attribute]: [path[0].value] } : {};

const dnOf = (path: Rdn[], under: string): string =>
	[...path.map(({ attribute, value }) => `${attribute}=${value}`), under].join(',');
