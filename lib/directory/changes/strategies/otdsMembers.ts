import type { Group, Person } from '../../directory.types';
import { membersOf } from '../../otds/otdsGroups';
import { inScope, isOutOfSight, lookUp, objectAt, objectsOf } from '../../otds/otdsLookup';
import type { OtdsConnection, OtdsObject } from '../../otds/otds.types';
import { groupOf, membershipsOf, personOf, uuidOfDn } from '../../otds/otdsObject';
import type { DirectMembers, MemberDescription, MemberValue, WatchSession } from '../changes.types';
import type { FoundRole } from './otdsRoles';
import type { OtdsSnapshotSource } from './otdsSnapshot.source';

/** People who were listed as members: asked about one after another soon after. Later they may be others. */
const PEOPLE_KEPT = 5_000;
const KEPT_MS = 30_000;

/** Who is in a group, and what a member is: by where members stand in OTDS, since that DN holds their uuid. */
export class OtdsMembers {
	readonly #listed = new Map<string, { person: Person; at: number }>();

	/** @param told those whose memberships are being told, by uuid */
	constructor(
		private readonly connection: OtdsConnection,
		private readonly source: OtdsSnapshotSource,
		private readonly roles: readonly FoundRole[],
		private readonly told: () => ReadonlyMap<string, Person>,
		private readonly now: () => number = Date.now,
	) {}

	/** Complete. Only members that the walk meets as well: of others no change is ever seen. */
	async direct({ id, dn }: Parameters<WatchSession['directMembers']>[0]): Promise<DirectMembers | undefined> {
		const role = this.roles.find(({ group }) => group.id === id);
		const object =
			role?.object ?? (await lookUp(this.connection, 'groups', { by: 'dn', value: dn || `oTGroup=${id}` }));
		if (!object) return undefined;
		const found = role
			? await membersOf(this.connection, 'roles', object)
			: await this.#membersOfGroup(object);
		const users = found.users.filter((user) => inScope(this.connection, 'users', user));
		const groups = found.groups.filter((group) => inScope(this.connection, 'groups', group));
		for (const user of users) this.#keep(this.#personOf(user));
		const members = [...users, ...groups].map(({ location }) => ({ value: location, is: 'dn' as const }));
		return { group: role?.group ?? groupOf(object, 'group'), members };
	}

	async *groups(): AsyncIterable<Group> {
		for await (const object of objectsOf(this.connection, 'groups', {})) yield groupOf(object, 'group');
	}

	/** Who is gone or hidden is 'unknown'; a group that is gone was a group all the same, and a role is never a member. */
	async describe({ value }: MemberValue): Promise<MemberDescription> {
		const uuid = uuidOfDn(value);
		if (uuid === undefined) return { is: 'unknown' };
		const known = this.told().get(uuid) ?? this.#listedNow(uuid);
		if (known) return { is: 'person', person: known };
		const group = this.source.knownGroup(uuid);
		if (group) return { is: 'group', group };
		return GROUP_DN.test(value) ? await this.#group(value, uuid) : await this.#person(value, uuid);
	}

	async #person(value: string, uuid: string): Promise<MemberDescription> {
		const person = await this.#object('users', value, uuid);
		return person ? { is: 'person', person: this.#personOf(person) } : { is: 'unknown' };
	}

	async #group(value: string, uuid: string): Promise<MemberDescription> {
		const group = await this.#object('groups', value, uuid);
		return { is: 'group', ...(group ? { group: groupOf(group, 'group') } : {}) };
	}

	/** Where they stand is an address as well, which spares the walk through everybody. */
	async #object(
		collection: 'users' | 'groups',
		value: string,
		uuid: string,
	): Promise<OtdsObject | undefined> {
		const direct = await objectAt(this.connection, collection, value);
		if (direct?.uuid === uuid) return inScope(this.connection, collection, direct) ? direct : undefined;
		return await lookUp(this.connection, collection, { by: 'dn', value });
	}

	/** How members of groups are listed was only seen in others' code: from the members' side it is documented, and takes a walk. */
	async #membersOfGroup(object: OtdsObject): ReturnType<typeof membersOf> {
		try {
			return await membersOf(this.connection, 'groups', object);
		} catch (error) {
			if (!isOutOfSight(error)) throw error;
		}
		const found: Awaited<ReturnType<typeof membersOf>> = { users: [], groups: [] };
		for (const collection of ['users', 'groups'] as const) {
			for await (const member of objectsOf(this.connection, collection, {}))
				if (membershipsOf(member).includes(object.uuid)) found[collection].push(member);
		}
		return found;
	}

	#personOf(object: OtdsObject): Person {
		return personOf(object, this.connection.settings, this.source.asked);
	}

	#listedNow(uuid: string): Person | undefined {
		const listed = this.#listed.get(uuid);
		return listed !== undefined && this.now() - listed.at < KEPT_MS ? listed.person : undefined;
	}

	#keep(person: Person): void {
		this.#listed.delete(person.id);
		this.#listed.set(person.id, { person, at: this.now() });
		const [oldest] = this.#listed.keys();
		if (oldest !== undefined && this.#listed.size > PEOPLE_KEPT) this.#listed.delete(oldest);
	}
}

const GROUP_DN = /^\s*oTGroup\s*=/i;
