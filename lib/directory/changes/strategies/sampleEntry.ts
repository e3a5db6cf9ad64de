import type { Group, Person } from '../../directory.types';
import { and, greaterOrEqual } from '../../ldap/filter';
import type { LdapFilter } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import type { MemberValue } from '../changes.types';
import type { EntryDescriber } from './entryDescription';
import { millisecondsOf, timestampOf } from './generalizedTime';

const DAY_MS = 24 * 60 * 60_000;
/** Looked at before the newest of them is shown: a test click must not read a whole directory. */
const ENTRIES_LOOKED_AT = 200;

export interface SampleMember {
	group: Group;
	person: Person;
	member: MemberValue;
	changedAt: string;
}

export interface SamplePerson {
	person: Person;
	changedAt: string;
}

/** Real entries for test mode, changed lately if there are such. */
export class SampleEntries {
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

	async member(
		groups: readonly Group[] | undefined,
		accept: (person: Person) => boolean,
	): Promise<SampleMember | undefined> {
		for await (const entry of this.#newestFirst(this.describer.family.groupFilter)) {
			const group = this.describer.groupOf(entry);
			if (!group || (groups && !groups.some(({ id }) => id === group.id))) continue;
			for (const member of this.#membersOf(entry).slice(-20).reverse()) {
				const { person } = await this.describer.member(member);
				if (person && accept(person)) return { group, person, member, changedAt: changedAt(entry) };
			}
		}
		return undefined;
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
		const attributes = [
			...this.describer.attributes,
			...this.describer.family.memberAttributes.map(({ attribute }) => attribute),
			'modifyTimestamp',
		];
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
