import { DomainError } from '../../../domain.errors';
import { absoluteDn } from '../../distinguishedName';
import type { Group, Person } from '../../directory.types';
import type { LdapFamily } from '../../ldap/family.types';
import { entryIdOf, groupAttributes, groupOf, personAttributes, personOf } from '../../ldap/families';
import { and, equals, or } from '../../ldap/filter';
import type { LdapFilter } from '../../ldap/filter';
import type { LdapConnection, LdapEntry } from '../../ldap/ldap.types';
import { withAllValues } from '../../ldap/rangedValues';
import type { DirectMembers, MemberDescription, MemberValue } from '../changes.types';
import { liesBelow } from '../entryName';
import type { WatchScope } from '../event.types';
import { withSuperiors } from './classHierarchy';
import type { ClassHierarchy } from './classHierarchy';
import { millisecondsOf } from './generalizedTime';

/** A search by several ids at a time: filters of thousands of terms are refused by some servers. */
const IDS_A_SEARCH = 100;

/** Reads entries for display, and tells persons from groups as the server family does. */
export class EntryDescriber {
	/** What the scope judges by, and what it watches. */
	readonly #asked: string[];
	#expected: ReadonlyMap<string, LdapEntry> = new Map();

	constructor(
		private readonly connection: LdapConnection,
		readonly family: LdapFamily,
		scope: WatchScope,
		private readonly classes: ClassHierarchy,
	) {
		this.#asked = [...scope.conditions.map(({ attribute }) => attribute), ...scope.attributes];
	}

	/** What must be asked for so that an entry can be described. */
	get attributes(): string[] {
		const { conventions } = this.connection.settings;
		return [
			'objectClass',
			'objectCategory',
			...personAttributes(this.family, conventions, this.#asked),
			...groupAttributes(this.family),
			...this.family.stateAttributes,
		];
	}

	get baseDn(): string {
		return this.connection.settings.baseDn;
	}

	idOf(entry: LdapEntry): string {
		return entryIdOf(entry, this.family);
	}

	personOf(entry: LdapEntry): Person | undefined {
		if (!matches(this.family.personFilter, entry, this.classes)) return undefined;
		return personOf(entry, this.family, this.connection.settings.conventions, this.#asked);
	}

	groupOf(entry: LdapEntry): Group | undefined {
		return matches(this.family.groupFilter, entry, this.classes) ? groupOf(entry, this.family) : undefined;
	}

	/** Today's entries by stable id; those that are gone or not visible are missing. */
	async byIds(ids: readonly string[]): Promise<Map<string, LdapEntry>> {
		const found = new Map<string, LdapEntry>();
		const idAttribute = this.family.idAttributes[0]?.attribute;
		if (idAttribute === undefined) return found;
		for (let start = 0; start < ids.length; start += IDS_A_SEARCH) {
			const some = ids.slice(start, start + IDS_A_SEARCH);
			const filter = or(...some.map((id) => equals(idAttribute, id)));
			for await (const entry of this.#search(filter)) found.set(this.idOf(entry), entry);
		}
		return found;
	}

	async byDn(dn: string): Promise<LdapEntry | undefined> {
		return await unlessUnusable(() => this.connection.read(dn, this.attributes));
	}

	/** Whose device an entry of ours is; undefined = it is no such entry. */
	deviceOwnerOf(entry: LdapEntry): MemberValue | undefined {
		const owner = entry.first('owner');
		const isDevice = entry.values('objectClass').some((name) => name.toLowerCase() === 'device');
		return isDevice && owner !== undefined && liesBelow(entry.dn, this.devicesDn)
			? { value: owner, is: 'dn' }
			: undefined;
	}

	/** The subtree of device entries, as a full DN; '' = there is none, and nothing lies in it. */
	get devicesDn(): string {
		const { conventions, baseDn } = this.connection.settings;
		return conventions.devicesDn === '' ? 'cn=none' : absoluteDn(conventions.devicesDn, baseDn);
	}

	/** Whether a device of this owner is older than that moment (ISO 8601). */
	async hadDeviceBefore({ value }: MemberValue, at: string): Promise<boolean> {
		const request = {
			base: this.devicesDn,
			scope: 'sub' as const,
			filter: and(equals('objectClass', 'device'), equals('owner', value)),
			attributes: ['createTimestamp', 'whenCreated'],
		};
		const second = Math.floor(Date.parse(at) / 1000);
		for await (const entry of this.connection.search(request)) {
			const created = entry.first('createTimestamp') ?? entry.first('whenCreated');
			if (created === undefined || Math.floor(millisecondsOf(created) / 1000) < second) return true;
		}
		return false;
	}

	/** Every group below the base DN. */
	async *groups(): AsyncIterable<Group> {
		for await (const entry of this.#search(this.family.groupFilter)) {
			const group = this.groupOf(entry);
			if (group) yield group;
		}
	}

	/** Complete, however long; undefined = no group that can be seen. */
	async directMembers({ dn }: { dn: string }): Promise<DirectMembers | undefined> {
		const names = this.family.memberAttributes.map(({ attribute }) => attribute);
		const found = await unlessUnusable(() => this.connection.read(dn, [...this.attributes, ...names]));
		const group = found && this.groupOf(found);
		if (!found || !group) return undefined;
		const entry = await withAllValues(this.connection, found);
		const members = this.family.memberAttributes.flatMap(({ attribute, values: is }) =>
			entry.values(attribute).map((value) => ({ value, is })),
		);
		return { group, members };
	}

	/**
	 * Reads members together whom `member` will be asked for one by one; the last call holds. Whoever cannot be read then is asked for
	 * again, so that the answer is the same.
	 */
	async expect(members: readonly MemberValue[]): Promise<void> {
		const dns = members.filter(({ is }) => is === 'dn').map(({ value }) => value);
		this.#expected = new Map();
		if (dns.length > 1) this.#expected = await this.connection.readMany([...new Set(dns)], this.attributes);
	}

	/** A member that is gone, not visible or not even a DN is 'unknown': one bad value spoils no batch. */
	async member({ value, is }: MemberValue): Promise<MemberDescription> {
		const entry = await this.#memberEntry(value, is);
		const person = entry && this.personOf(entry);
		if (person) return { is: 'person', person };
		if (!entry) return { is: 'unknown' };
		const group = this.groupOf(entry);
		return group ? { is: 'group', group } : { is: 'other' };
	}

	async #memberEntry(value: string, is: MemberValue['is']): Promise<LdapEntry | undefined> {
		if (is === 'dn') return this.#expected.get(value) ?? (await this.byDn(value));
		const filter = or(...this.family.usernameAttributes.map((attribute) => equals(attribute, value)));
		return await unlessUnusable(async () => {
			for await (const entry of this.#search(filter)) return entry;
			return undefined;
		});
	}

	#search(filter: LdapFilter): AsyncIterable<LdapEntry> {
		const { baseDn } = this.connection.settings;
		return this.connection.search({ base: baseDn, scope: 'sub', filter, attributes: this.attributes });
	}
}

/** A value that the directory refuses as a name names nobody; anything else that fails is a failure. */
async function unlessUnusable(read: () => Promise<LdapEntry | undefined>): Promise<LdapEntry | undefined> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof DomainError && error.recovery === 'skip') return undefined;
		throw error;
	}
}

/** Person and group filters are made of equalities: enough to judge a recorded entry as the server would judge a stored one. */
export function matches(filter: LdapFilter, entry: LdapEntry, classes: ClassHierarchy): boolean {
	switch (filter.kind) {
		case 'and':
			return filter.filters.every((part) => matches(part, entry, classes));
		case 'or':
			return filter.filters.some((part) => matches(part, entry, classes));
		case 'not':
			return !matches(filter.filter, entry, classes);
		case 'equals':
			return hasValue(entry, filter.attribute, filter.value.toString().toLowerCase(), classes);
		case 'present':
			return entry.buffers(filter.attribute).length > 0;
		default:
			throw new TypeError(`a family filter may not use "${filter.kind}"`);
	}
}

function hasValue(entry: LdapEntry, attribute: string, wanted: string, classes: ClassHierarchy): boolean {
	const values = entry.values(attribute);
	// A category is written as a DN and asked for by its name; nothing but Active Directory has it.
	if (attribute === 'objectCategory')
		return values.some((value) => value.toLowerCase().startsWith(`cn=${wanted},`));
	if (attribute === 'objectClass') return withSuperiors(values, classes).has(wanted);
	return values.some((value) => value.toLowerCase() === wanted);
}
