import { DomainError } from '../../domain.errors';
import type { DirectoryClient } from '../directory.client';
import type {
	AttributeDescription,
	DirectoryIdentity,
	EntryReference,
	FoundPerson,
	Group,
	GroupQuery,
	Person,
	PersonQuery,
} from '../directory.types';
import { groupLookup, lookUp, personLookup } from './entryLookup';
import { familyOf, groupAttributes, groupOf, personAttributes, personOf } from './families';
import type { LdapFamily } from './family.types';
import { and, contains } from './filter';
import { findMembers } from './groupMembers';
import { addToGroup, removeFromGroup } from './groupMembership';
import type { LdapConnection, LdapEntry } from './ldap.types';
import { checkConditions, conditionFilter, conditionWords } from './personConditions';
import { withAllValues } from './rangedValues';
import type { SchemaAttribute } from './subschema';
import { readSchema, userAttributes } from './subschema';

const PAGE_SIZE = 500;

/** The directory port over LDAP. */
export class LdapDirectoryClient implements DirectoryClient {
	readonly #connection: LdapConnection;
	#schema: Promise<SchemaAttribute[]> | undefined;

	constructor(connection: LdapConnection) {
		this.#connection = connection;
	}

	identity(): Promise<DirectoryIdentity> {
		return this.#connection.identity();
	}

	async *persons(query: PersonQuery): AsyncGenerator<FoundPerson, void, undefined> {
		const family = await this.#family();
		const { conditions = [], attributes = [], limit = Infinity } = query;
		if (conditions.length > 0) checkConditions(conditions, await this.#readSchema());
		let found = 0;
		if (limit <= 0) return;
		for await (const { entry, why } of this.#matches(query, family)) {
			const whole = await withAllValues(this.#connection, entry);
			const person = personOf(whole, family, this.#connection.settings.conventions, attributes);
			if (query.onlyEnabled === true && person.enabled === false) continue;
			yield { person, why };
			if (++found >= limit) return;
		}
	}

	async person(reference: EntryReference, attributes: string[] = []): Promise<Person | undefined> {
		const family = await this.#family();
		const { conventions } = this.#connection.settings;
		const asked = personAttributes(family, conventions, attributes);
		const entry = await lookUp(this.#connection, family, personLookup(family), reference, asked);
		return entry && personOf(await withAllValues(this.#connection, entry), family, conventions, attributes);
	}

	async *groups({ nameContains, limit = Infinity }: GroupQuery): AsyncGenerator<Group, void, undefined> {
		const family = await this.#family();
		const filter =
			nameContains === undefined || nameContains === ''
				? family.groupFilter
				: and(family.groupFilter, contains('cn', nameContains));
		let found = 0;
		if (limit <= 0) return;
		for await (const entry of this.#search(filter, groupAttributes(family))) {
			yield groupOf(entry, family);
			if (++found >= limit) return;
		}
	}

	async group(reference: EntryReference): Promise<Group | undefined> {
		const family = await this.#family();
		const entry = await lookUp(
			this.#connection,
			family,
			groupLookup(family),
			reference,
			groupAttributes(family),
		);
		return entry && groupOf(entry, family);
	}

	/** Conditions and memberships are filters: the server judges them all. */
	evaluatedHere(): undefined {
		return undefined;
	}

	async addMember(group: Group, person: Person): Promise<'added' | 'exists'> {
		return addToGroup(this.#connection, await this.#family(), group, person);
	}

	async removeMember(group: Group, person: Person): Promise<'removed' | 'absent'> {
		return removeFromGroup(this.#connection, await this.#family(), group, person);
	}

	async attributes(): Promise<AttributeDescription[]> {
		const schema = await this.#readSchema();
		if (schema.length > 0) return userAttributes(schema);
		throw new DomainError('The directory does not show its schema', {
			advice:
				'Enter the name of the attribute by hand, or ask the administrator to let the service account read the subschema entry.',
			recovery: 'skip',
			failure: 'permission-denied',
		});
	}

	close(): Promise<void> {
		return this.#connection.close();
	}

	async *#matches(
		query: PersonQuery,
		family: LdapFamily,
	): AsyncGenerator<{ entry: LdapEntry; why: string }, void, undefined> {
		const { memberOf, conditions = [] } = query;
		const attributes = personAttributes(family, this.#connection.settings.conventions, query.attributes);
		const filter = conditionFilter(family.personFilter, conditions);
		const words = conditionWords(conditions);
		if (memberOf === undefined) {
			for await (const entry of this.#search(filter, attributes)) yield { entry, why: words || 'everybody' };
			return;
		}
		for await (const { entry, why } of findMembers(this.#connection, family, memberOf, filter, attributes)) {
			yield { entry, why: words === '' ? why : `${why} and ${words}` };
		}
	}

	#search(filter: LdapFamily['personFilter'], attributes: string[]): AsyncIterable<LdapEntry> {
		const { baseDn } = this.#connection.settings;
		return this.#connection.search({ base: baseDn, scope: 'sub', filter, attributes, pageSize: PAGE_SIZE });
	}

	async #family(): Promise<LdapFamily> {
		return familyOf(await this.#connection.rootDse(), this.#connection.settings.family);
	}

	async #readSchema(): Promise<SchemaAttribute[]> {
		this.#schema ??= readSchema(this.#connection);
		try {
			return await this.#schema;
		} catch (error) {
			this.#schema = undefined;
			throw error;
		}
	}
}
