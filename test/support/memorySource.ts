import type { Snapshot } from '../../lib/directory/changes/changes.types';
import { digest } from '../../lib/directory/changes/eventId';
import type {
	SeenEntry,
	SnapshotPage,
	SnapshotSource,
} from '../../lib/directory/changes/strategies/snapshotSource.types';
import type { Group } from '../../lib/directory/directory.types';

export interface MemoryPerson {
	enabled: boolean;
	title: string;
	memberOf: string[];
	createdAt: string;
}

const isPerson = (entry: MemoryPerson | Group): entry is MemoryPerson => 'memberOf' in entry;

/** A directory that is read as a whole, in memory: ids in the order in which they came, three a page. */
export class MemorySource implements SnapshotSource {
	readonly entries = new Map<string, MemoryPerson | Group>();
	/** There, but not walked over. */
	readonly outOfSight = new Set<string>();
	/** Ids that the walk lists once more at its end. */
	repeated: string[] = [];
	pageSize = 3;
	/** The next walk ends in an error after so many pages. */
	breakAfter: number | undefined;
	walks = 0;
	compared = 0;

	addPerson(id: string, more: Partial<MemoryPerson> = {}): void {
		const person = { enabled: true, title: '', memberOf: [], createdAt: '2030-01-01T00:00:00.000Z' };
		this.entries.set(id, { ...person, ...more });
	}

	addPeople(count: number, prefix = 'p'): void {
		for (let index = 0; index < count; index++) this.addPerson(`${prefix}${index}`);
	}

	addGroup(id: string): void {
		this.entries.set(id, { id, dn: `oTGroup=${id}`, name: `Group ${id}`, kind: 'group' });
	}

	change(id: string, changes: Partial<MemoryPerson>): void {
		const entry = this.entries.get(id);
		if (!entry || !isPerson(entry)) throw new Error(`nobody is called ${id}`);
		this.entries.set(id, { ...entry, ...changes });
	}

	async *walk(): AsyncIterable<SnapshotPage> {
		this.walks++;
		const ids = [...this.entries.keys()].filter((id) => !this.outOfSight.has(id)).concat(this.repeated);
		const pages = Math.ceil(ids.length / this.pageSize);
		for (let page = 0; page < pages; page++) {
			if (page === this.breakAfter) {
				this.breakAfter = undefined;
				throw new Error('the walk broke off');
			}
			yield this.#page(ids.slice(page * this.pageSize, (page + 1) * this.pageSize));
		}
	}

	async group(id: string): Promise<Group | undefined> {
		const entry = this.entries.get(id);
		return entry && !isPerson(entry) ? entry : undefined;
	}

	async isGone(id: string): Promise<boolean> {
		return !this.entries.has(id);
	}

	isNews(attribute: string): boolean {
		return attribute === 'title';
	}

	#page(ids: string[]): SnapshotPage {
		return {
			fingerprint: digest(ids.flatMap((id) => [id, JSON.stringify(this.entries.get(id))])),
			entryIds: ids,
			entries: () => {
				this.compared += ids.length;
				return ids.map((id) => this.#seen(id));
			},
		};
	}

	#seen(entryId: string): SeenEntry {
		const entry = this.entries.get(entryId);
		if (!entry) throw new Error(`nothing is called ${entryId}`);
		const dn = isPerson(entry) ? `oTPerson=${entryId}` : entry.dn;
		const snapshot: Snapshot = {
			dn,
			kind: 'group',
			name: isPerson(entry) ? entryId : entry.name,
			account: { enabled: 'unknown', locked: false, passwordResetRequired: false },
			attributes: {},
			members: [],
		};
		if (!isPerson(entry)) return { entryId, snapshot, group: entry };
		const { enabled, memberOf, title, createdAt } = entry;
		return {
			entryId,
			snapshot: {
				...snapshot,
				kind: 'person',
				account: { ...snapshot.account, enabled },
				attributes: title === '' ? {} : { title: [title] },
				memberOf,
			},
			createdAt,
			modifiedAt: createdAt,
			person: { id: entryId, dn, username: entryId, enabled, locked: false, attributes: {} },
		};
	}
}
