import type { Snapshot } from '../../lib/directory/changes/changes.types';
import { digest } from '../../lib/directory/changes/eventId';
import { HAS_DEVICE } from '../../lib/directory/changes/strategies/snapshotChange';
import type {
	SeenEntry,
	SnapshotPage,
	SnapshotSource,
} from '../../lib/directory/changes/strategies/snapshotSource.types';
import type { Group } from '../../lib/directory/directory.types';

export interface MemoryPerson {
	name: string;
	/** '' = at the top. */
	unit: string;
	hasDevice: boolean;
	enabled: boolean;
	title: string;
	memberOf: string[];
	createdAt: string;
}

export interface MemoryGroup extends Group {
	memberOf: string[];
	createdAt: string;
}

const isPerson = (entry: MemoryPerson | MemoryGroup): entry is MemoryPerson => 'enabled' in entry;
const NEW = '2030-01-01T00:00:00.000Z';

/** A directory that is read as a whole, in memory: ids in the order in which they came, three a page. */
export class MemorySource implements SnapshotSource {
	readonly entries = new Map<string, MemoryPerson | MemoryGroup>();
	/** There, but not walked over. */
	readonly outOfSight = new Set<string>();
	/** Ids that the walk lists once more at its end. */
	repeated: string[] = [];
	pageSize = 3;
	/** The next walk ends in an error after so many pages. */
	breakAfter: number | undefined;
	walks = 0;
	isWalking = false;
	compared = 0;

	addPerson(id: string, more: Partial<MemoryPerson> = {}): void {
		const place = { name: id, unit: '', hasDevice: false };
		const person = { ...place, enabled: true, title: '', memberOf: [], createdAt: NEW };
		this.entries.set(id, { ...person, ...more });
	}

	addPeople(count: number, prefix = 'p'): void {
		for (let index = 0; index < count; index++) this.addPerson(`${prefix}${index}`);
	}

	addGroup(id: string, more: Partial<MemoryGroup> = {}): void {
		const group = { id, dn: `oTGroup=${id}`, name: `Group ${id}`, kind: 'group' as const };
		this.entries.set(id, { ...group, memberOf: [], createdAt: NEW, ...more });
	}

	/** Of a group: only what it is in. */
	change(id: string, changes: Partial<MemoryPerson>): void {
		const entry = this.entries.get(id);
		if (!entry) throw new Error(`nobody is called ${id}`);
		this.entries.set(id, { ...entry, ...changes });
	}

	async *walk(): AsyncIterable<SnapshotPage> {
		this.walks++;
		this.isWalking = true;
		const ids = [...this.entries.keys()].filter((id) => !this.outOfSight.has(id)).concat(this.repeated);
		const pages = Math.ceil(ids.length / this.pageSize);
		for (let page = 0; page < pages; page++) {
			if (page === this.breakAfter) {
				this.breakAfter = undefined;
				throw new Error('the walk broke off');
			}
			yield this.#page(ids.slice(page * this.pageSize, (page + 1) * this.pageSize));
		}
		this.isWalking = false;
	}

	async group(id: string): Promise<Group | undefined> {
		const entry = this.entries.get(id);
		return entry && !isPerson(entry) ? groupOf(entry) : undefined;
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
		const dn = isPerson(entry) ? personDn(entryId, entry.unit) : entry.dn;
		const snapshot: Snapshot = {
			dn,
			kind: 'group',
			name: entry.name,
			account: { enabled: 'unknown', locked: false, passwordResetRequired: false },
			attributes: {},
			members: [],
			memberOf: entry.memberOf,
		};
		const { createdAt } = entry;
		if (!isPerson(entry)) return { entryId, snapshot, createdAt, group: groupOf(entry) };
		const { enabled, title, hasDevice, name: username } = entry;
		return {
			entryId,
			snapshot: {
				...snapshot,
				kind: 'person',
				account: { ...snapshot.account, enabled },
				attributes: {
					...(title === '' ? {} : { title: [title] }),
					...(hasDevice ? { [HAS_DEVICE]: ['true'] } : {}),
				},
			},
			createdAt,
			modifiedAt: createdAt,
			person: { id: entryId, dn, username, enabled, locked: false, attributes: {} },
		};
	}
}

const personDn = (id: string, unit: string): string => `oTPerson=${id}${unit === '' ? '' : `,unit=${unit}`}`;

const groupOf = ({ id, dn, name, kind }: MemoryGroup): Group => ({ id, dn, name, kind });
