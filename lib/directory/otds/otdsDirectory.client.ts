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
import { isSecretAttribute } from '../attributeName';
import type { OtdsConnection } from './otds.types';
import { ConditionJudge, DOCUMENTED_ATTRIBUTES, refuseSecrets } from './otdsConditions';
import { findGroup, groupsAndRoles } from './otdsGroups';
import { folded, lookUp, objectsOf } from './otdsLookup';
import { memberWords } from './otdsMembers';
import { rememberedPersonOf } from './otdsPersons';
import { changeMembership } from './otdsWriting';

/** The directory port over OTDS REST. */
export class OtdsDirectoryClient implements DirectoryClient {
	readonly #connection: OtdsConnection;

	constructor(connection: OtdsConnection) {
		this.#connection = connection;
	}

	identity(): Promise<DirectoryIdentity> {
		return this.#connection.identity();
	}

	/** Walks through everybody, since OTDS is not known to filter by anything but partition and state. */
	async *persons(query: PersonQuery): AsyncGenerator<FoundPerson, void, undefined> {
		const { memberOf, attributes = [], limit = Infinity, onlyEnabled = false } = query;
		const { settings } = this.#connection;
		const judge = new ConditionJudge(query.conditions ?? [], settings);
		refuseSecrets(attributes, settings);
		if (limit <= 0) return;
		const membership = memberOf === undefined ? undefined : await memberWords(this.#connection, memberOf);
		let found = 0;
		for await (const object of objectsOf(
			this.#connection,
			'users',
			onlyEnabled ? { state: 'enabled' } : {},
		)) {
			const isWanted = judge.holds(object);
			const member = membership?.(object);
			if (!isWanted || (membership !== undefined && member === undefined)) continue;
			const person = rememberedPersonOf(object, this.#connection.settings, attributes);
			if (onlyEnabled && person.enabled === false) continue;
			const reasons = [member, judge.words].filter((words) => words !== undefined && words !== '');
			yield { person, why: reasons.join(' and ') || 'everybody' };
			if (++found >= limit) return;
		}
		judge.checkNames();
	}

	async person(reference: EntryReference, attributes: string[] = []): Promise<Person | undefined> {
		refuseSecrets(attributes, this.#connection.settings);
		const object = await lookUp(this.#connection, 'users', reference);
		return object && rememberedPersonOf(object, this.#connection.settings, attributes);
	}

	async *groups({ nameContains = '', limit = Infinity }: GroupQuery): AsyncGenerator<Group, void, undefined> {
		const part = folded(nameContains);
		let found = 0;
		if (limit <= 0) return;
		for await (const group of groupsAndRoles(this.#connection)) {
			if (!folded(group.name).includes(part)) continue;
			yield group;
			if (++found >= limit) return;
		}
	}

	async group(reference: EntryReference): Promise<Group | undefined> {
		return (await findGroup(this.#connection, reference))?.group;
	}

	evaluatedHere({ memberOf, conditions = [] }: PersonQuery): string | undefined {
		if (memberOf === undefined && conditions.length === 0) return undefined;
		const what = [memberOf && 'memberships', conditions.length > 0 && 'attributes'].filter(Boolean);
		return `OTDS is not known to select people by ${what.join(' and ')}: everybody in the partitions of the credential was read and judged here.`;
	}

	async addMember(group: Group, person: Person): Promise<'added' | 'exists'> {
		const outcome = await changeMembership(this.#connection, 'add', group, person);
		return outcome === 'changed' ? 'added' : 'exists';
	}

	async removeMember(group: Group, person: Person): Promise<'removed' | 'absent'> {
		const outcome = await changeMembership(this.#connection, 'remove', group, person);
		return outcome === 'changed' ? 'removed' : 'absent';
	}

	/** OTDS shows no schema over REST: the documented names, and those that the first page of people has. */
	async attributes(): Promise<AttributeDescription[]> {
		const names = new Map(DOCUMENTED_ATTRIBUTES.map((name) => [name.toLowerCase(), name]));
		for await (const { objects } of this.#connection.walk('users', {})) {
			for (const { attributes } of objects)
				for (const name of Object.keys(attributes)) names.set(name.toLowerCase(), name);
			break;
		}
		return [...names.values()]
			.filter((name) => !isSecretAttribute(name))
			.sort((one, other) => one.localeCompare(other, 'en'))
			.map((name) => ({ name }));
	}

	close(): Promise<void> {
		return this.#connection.close();
	}
}
