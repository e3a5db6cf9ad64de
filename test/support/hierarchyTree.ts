import type { EntryTree, Rdn, TreeEntry } from '../../lib/directory/directory.client';
import { DomainError } from '../../lib/domain.errors';

/** An EntryTree in memory that is as strict as a directory: parents must exist, names are compared without case and blanks folded. */
export class HierarchyTree implements EntryTree {
	private readonly entries = new Map<string, TreeEntry>();
	readonly calls: string[] = [];

	constructor(...roots: string[]) {
		for (const dn of roots) this.entries.set(key(dn), { dn, attributes: {} });
	}

	async add(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<'added' | 'exists'> {
		const dn = dnOf(path, under);
		this.calls.push(`add ${dn}`);
		// As on a network: others get their turn between the question and the answer.
		await Promise.resolve();
		if (this.entries.has(key(dn))) return 'exists';
		if (!this.entries.has(key(dnOf(path.slice(1), under)))) throw noSuchObject(dn);
		const lower = Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), values] as const);
		const own = path[0] ? [[path[0].attribute.toLowerCase(), [path[0].value]] as const] : [];
		this.entries.set(key(dn), { dn, attributes: Object.fromEntries([...own, ...lower]) });
		return 'added';
	}

	async read(path: Rdn[], under: string): Promise<TreeEntry | undefined> {
		this.calls.push(`read ${dnOf(path, under)}`);
		return this.entries.get(key(dnOf(path, under)));
	}

	async *children(under: string): AsyncIterable<TreeEntry> {
		for (const [name, entry] of [...this.entries]) {
			const [, parent] = /^(?:[^,\\]|\\.)*,(.*)$/s.exec(name) ?? [];
			if (parent === key(under)) yield entry;
		}
	}

	async replace(path: Rdn[], under: string, attributes: Record<string, string[]>): Promise<void> {
		const entry = this.entries.get(key(dnOf(path, under)));
		if (!entry) throw noSuchObject(dnOf(path, under));
		const lower = Object.entries(attributes).map(([name, values]) => [name.toLowerCase(), values] as const);
		this.entries.set(key(entry.dn), {
			...entry,
			attributes: { ...entry.attributes, ...Object.fromEntries(lower) },
		});
	}

	async remove(path: Rdn[], under: string): Promise<'removed' | 'absent'> {
		return this.entries.delete(key(dnOf(path, under))) ? 'removed' : 'absent';
	}

	all(): TreeEntry[] {
		return [...this.entries.values()];
	}
}

const key = (dn: string): string => dn.toLowerCase().replace(/ +/g, ' ');
const escaped = (value: string): string => value.replace(/[,+"\\<>;=#]/g, '\\$&');
const dnOf = (path: Rdn[], under: string): string =>
	[...path.map(({ attribute, value }) => `${attribute}=${escaped(value)}`), under].join(',');
const noSuchObject = (dn: string): DomainError =>
	new DomainError(`No such object: ${dn}`, {
		advice: '',
		recovery: 'skip',
		failure: 'not-found',
		code: '32',
	});
