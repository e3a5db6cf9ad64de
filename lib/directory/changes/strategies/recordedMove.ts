import { DomainError } from '../../../domain.errors';
import { and, equals, or } from '../../ldap/filter';
import type { LdapConnection } from '../../ldap/ldap.types';
import { liesBelow } from '../entryName';
import type { AccessLogRecord } from './accessLogRecord';
import type { AccessLogSearch } from './accessLogSearch';
import type { EntryDescriber } from './entryDescription';
import { movedDn } from './movedDn';

/** One entry that a record took to another place. */
export interface MovedEntry {
	entryId: string;
	previousDn: string;
	dn: string;
}

const NO_SUCH_OBJECT = '32';
const IDS_A_SEARCH = 100;

/**
 * People and groups below a container that was renamed or moved: the log records the container alone. Who was below it then is worked
 * out from who is today, and from what the log says of those who came, went, moved or were deleted since. Of a container inside it
 * that was itself moved out since, the people are not told.
 */
export class RecordedMoves {
	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
		private readonly log: AccessLogSearch,
	) {}

	/** Those of these people and groups that have entries below them. */
	async withSubordinates(ids: readonly string[]): Promise<Set<string>> {
		const found = new Set<string>();
		const idAttribute = this.#idAttribute;
		for (let start = 0; start < ids.length; start += IDS_A_SEARCH) {
			const some = ids.slice(start, start + IDS_A_SEARCH).map((id) => equals(idAttribute, id));
			const filter = and(or(...some), equals('hasSubordinates', 'TRUE'));
			const { baseDn: base } = this.connection.settings;
			const search = this.connection.search({ base, scope: 'sub', filter, attributes: [idAttribute] });
			for await (const entry of search) found.add(this.describer.idOf(entry));
		}
		return found;
	}

	/** In the order of their ids, the moved entry among them. */
	async entriesOf(record: AccessLogRecord): Promise<MovedEntry[]> {
		const newDn = record.newDn ?? record.dn;
		// Read before the log is: whoever comes in between is found there, and left out.
		const today = await this.#below(await this.#placeToday(record, newDn));
		const since = await this.#since(record, newDn);
		const moved: MovedEntry[] = [];
		for (const entryId of new Set([...today.keys(), ...since.places.keys()])) {
			const dnToday = today.get(entryId);
			const now = dnToday === undefined ? undefined : movedDn(dnToday, since.container, newDn);
			const dn = since.places.has(entryId) ? since.places.get(entryId) : now;
			const previousDn = dn === undefined ? undefined : movedDn(dn, newDn, record.dn);
			if (dn !== undefined && previousDn !== undefined) moved.push({ entryId, dn, previousDn });
		}
		return moved.sort((one, other) => (one.entryId < other.entryId ? -1 : 1));
	}

	/** Where the container is now, found by its id, for it may have moved on. */
	async #placeToday({ entryId }: AccessLogRecord, newDn: string): Promise<string> {
		const { namingContexts } = await this.connection.rootDse();
		const base = namingContexts.find((context) => liesBelow(newDn, context));
		if (entryId === undefined || base === undefined) return newDn;
		const filter = equals(this.#idAttribute, entryId);
		for await (const { dn } of this.connection.search({ base, scope: 'sub', filter, attributes: ['1.1'] }))
			return dn;
		return newDn;
	}

	/** Id → DN of the people and groups there. */
	async #below(base: string): Promise<Map<string, string>> {
		const { personFilter, groupFilter } = this.describer.family;
		const filter = or(personFilter, groupFilter);
		const found = new Map<string, string>();
		const request = { base, scope: 'sub' as const, filter, attributes: [this.#idAttribute], pageSize: 1000 };
		try {
			for await (const entry of this.connection.search(request))
				found.set(this.describer.idOf(entry), entry.dn);
		} catch (error) {
			// Gone since.
			if (!(error instanceof DomainError && error.code === NO_SUCH_OBJECT)) throw error;
		}
		return found;
	}

	/**
	 * What the first later record of each entry says of its place at the time of the move, as a DN then; undefined = it was not below
	 * the container. `container` = its DN after all that.
	 */
	async #since(
		record: AccessLogRecord,
		newDn: string,
	): Promise<{ places: Map<string, string | undefined>; container: string }> {
		const places = new Map<string, string | undefined>();
		let container = newDn;
		for await (const later of this.log.placesAfter(record)) {
			const { entryId, type, dn } = later;
			const movedOn = later.newDn === undefined ? undefined : movedDn(container, dn, later.newDn);
			if (entryId !== undefined && !places.has(entryId))
				places.set(entryId, type === 'add' ? undefined : movedDn(dn, container, newDn));
			container = movedOn ?? container;
		}
		return { places, container };
	}

	get #idAttribute(): string {
		return this.describer.family.idAttributes[0]?.attribute ?? 'entryUUID';
	}
}
