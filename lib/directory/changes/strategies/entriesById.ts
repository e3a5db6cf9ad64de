import { DomainError } from '../../../domain.errors';
import { isDn } from '../../distinguishedName';
import type { LdapFilter } from '../../ldap/filter';
import { equals, or } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { guidOfUuid } from '../../uuid';
import { liesBelow } from '../entryName';
import type { EntryDescriber } from './entryDescription';

/** A search by several ids at a time: filters of thousands of terms are refused by some servers. */
const IDS_A_SEARCH = 100;
/** By result code: not there, or no DN at all. */
const ABSENT = ['32', '34'];
/** An entry that a server will not show, or that another one holds. */
const HIDDEN = ['10', '50', '53', '123'];

/** What a base read tells of an entry: 389 answers with success and nothing where it hides one, others as if it were not there. */
export type Presence = 'shown' | 'hidden' | 'absent';

/** Today's entries by stable id, wherever this login sees them. */
export class EntriesById {
	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
	) {}

	/** Below the base DN alone, unless `everywhere`: then in each naming context that holds entries of people. */
	async read(
		ids: readonly string[],
		attributes: string[],
		everywhere = false,
	): Promise<Map<string, LdapEntry>> {
		const found = new Map<string, LdapEntry>();
		const named = ids.filter((id) => !isDn(id));
		const bases = everywhere ? await this.#contexts() : [this.describer.baseDn];
		for (const base of bases) {
			for (let start = 0; start < named.length; start += IDS_A_SEARCH) {
				const filter = this.#filterOf(named.slice(start, start + IDS_A_SEARCH));
				const search = this.connection.search({ base, scope: 'sub', filter, attributes });
				const mayBeClosed = !liesBelow(this.describer.baseDn, base);
				for await (const entry of mayBeClosed ? unlessClosed(search) : search)
					found.set(this.describer.idOf(entry), entry);
			}
		}
		// Where a server has no ids, the DN stands in for one.
		for (const dn of ids.filter(isDn)) {
			const entry = await this.connection.read(dn, attributes);
			if (entry) found.set(dn, entry);
		}
		return found;
	}

	async presence(dn: string): Promise<Presence> {
		const filter = { kind: 'present', attribute: 'objectClass' } as const;
		try {
			const search = this.connection.search({ base: dn, scope: 'base', filter, attributes: ['1.1'] });
			for await (const _entry of search) return 'shown';
			return 'hidden';
		} catch (error) {
			if (!(error instanceof DomainError) || error.code === undefined) throw error;
			if (ABSENT.includes(error.code)) return 'absent';
			if (HIDDEN.includes(error.code)) return 'hidden';
			throw error;
		}
	}

	#filterOf(ids: readonly string[]): LdapFilter {
		const { idAttributes } = this.describer.family;
		return or(
			...ids.flatMap((id) =>
				idAttributes.map(({ attribute, encoding }) =>
					equals(attribute, encoding === 'guid' ? guidOfUuid(id) : id),
				),
			),
		);
	}

	/** Logs and the server's own configuration hold nobody. */
	async #contexts(): Promise<string[]> {
		const { namingContexts, configContext } = await this.connection.rootDse();
		const own = namingContexts.filter(
			(context) =>
				!/^cn=(accesslog|changelog|config|monitor|schema)$/i.test(context) && context !== configContext,
		);
		const { baseDn } = this.describer;
		return own.some((context) => liesBelow(baseDn, context)) ? own : [...own, baseDn];
	}
}

/** A naming context may be empty, or closed to this login: then nobody is found there. */
async function* unlessClosed(search: AsyncIterable<LdapEntry>): AsyncIterable<LdapEntry> {
	try {
		yield* search;
	} catch (error) {
		const code = error instanceof DomainError ? (error.code ?? '') : '';
		if (![...ABSENT, ...HIDDEN].includes(code)) throw error;
	}
}
