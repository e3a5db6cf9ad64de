import type { Group, Person } from '../../directory.types';
import { and, greaterOrEqual } from '../../ldap/filter';
import type { LdapFilter } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type { MemberValue } from '../changes.types';
import type { SampleFinder, SampleGroup, SampleMember, SamplePerson } from '../sample.types';
import type { EntryDescriber } from './entryDescription';
import { millisecondsOf, timestampOf } from './generalizedTime';

const DAY_MS = 24 * 60 * 60_000;
/** Looked at before the newest of them is shown: a test click must not read a whole directory. */
const ENTRIES_LOOKED_AT = 200;

/** Real entries for test mode, changed lately if there are such. */
export class SampleEntries implements SampleFinder {
	constructor(
		private readonly connection: LdapConnection,
		private readonly describer: EntryDescriber,
		private readonly now: () => Date,
	) {}

	async person(accept: (person: Person) => boolean): Promise<SamplePerson | undefined> {
		for await (const entry of this.#newestFirst(this.describer.family.personFilter)) {
			const person = this.describer.personOf(entry);
			if (person && accept(person)) return { person, changedAt: changedAt(entry) };
		}
		return undefined;
	}

	async group(groups: readonly Group[] | undefined): Promise<SampleGroup | undefined> {
		for await (const entry of this.#groupEntries(groups)) {
			const group = this.describer.groupOf(entry);
			if (group) return { group, changedAt: changedAt(entry) };
		}
		return undefined;
	}

	async member(
		groups: readonly Group[] | undefined,
		accept: (person: Person) => boolean,
	): Promise<SampleMember | undefined> {
		for await (const entry of this.#groupEntries(groups)) {
			const group = this.describer.groupOf(entry);
			if (!group) continue;
			for (const member of this.#membersOf(entry).slice(-20).reverse()) {
				const { person } = await this.describer.member(member);
				if (person && accept(person)) return { group, person, member, changedAt: changedAt(entry) };
			}
		}
		return undefined;
	}

	/** Chosen ones are read by name: in a large directory they need not be among the newest. */
	async *#groupEntries(groups: readonly Group[] | undefined): AsyncIterable<LdapEntry> {
		if (!groups) yield* this.#newestFirst(this.describer.family.groupFilter);
		for (const { dn } of groups ?? []) {
			const entry = await this.connection.read(dn, this.#attributes);
			if (entry) yield entry;
		}
	}

	get #attributes(): string[] {
		return [
			...this.describer.attributes,
			...this.describer.family.memberAttributes.map(({ attribute }) => attribute),
			'modifyTimestamp',
		];
	}

	#membersOf(entry: LdapEntry): MemberValue[] {
		return this.describer.family.memberAttributes.flatMap(({ attribute, values: is }) =>
			entry.values(attribute).map((value) => ({ value, is })),
		);
	}

	/** Those of the last month, newest first; where nothing was changed, any. */
	async *#newestFirst(kind: LdapFilter): AsyncIterable<LdapEntry> {
		const since = timestampOf(this.now().getTime() - 30 * DAY_MS);
		const recent = await this.#some(and(kind, greaterOrEqual('modifyTimestamp', since)));
		const found = recent.length > 0 ? recent : await this.#some(kind);
		yield* found.toSorted((a, b) => changedAt(b).localeCompare(changedAt(a)));
	}

	async #some(filter: LdapFilter): Promise<LdapEntry[]> {
		const found: LdapEntry[] = [];
		const attributes = this.#attributes;
		const { baseDn } = this.connection.settings;
		for await (const entry of this.connection.search({ base: baseDn, scope: 'sub', filter, attributes })) {
			found.push(entry);
			if (found.length >= ENTRIES_LOOKED_AT) break;
		}
		return found;
	}
}

function changedAt(entry: LdapEntry): string {
	return new Date(millisecondsOf(entry.first('modifyTimestamp') ?? '19700101000000Z')).toISOString();
}
