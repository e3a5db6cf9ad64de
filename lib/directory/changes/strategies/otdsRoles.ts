import type { Group } from '../../directory.types';
import { membersOf } from '../../otds/otdsGroups';
import type { OtdsConnection, OtdsObject } from '../../otds/otds.types';
import { digest } from '../eventId';

/** A watched role, and how OTDS addresses it. */
export interface FoundRole {
	group: Group;
	object: OtdsObject;
}

/** Who is in the watched roles, as OTDS lists it: nothing about a person or group tells it. */
export class RoleMembers {
	readonly #byMember = new Map<string, string[]>();
	/** Another one when anybody joined or left: then every page has to be compared. */
	readonly fingerprint: string;

	/** @param members uuids, a list for each role */
	constructor(roles: readonly FoundRole[], members: ReadonlyArray<readonly string[]> = []) {
		roles.forEach(({ group }, index) => {
			for (const uuid of members[index] ?? []) this.#byMember.set(uuid, [...this.rolesOf(uuid), group.id]);
		});
		this.fingerprint = roles.length === 0 ? '' : ` ${digest(members.map((uuids) => uuids.join()))}`;
	}

	/** A request, or a few, for each role: only watched ones are asked for. @throws DomainError when a list cannot be read */
	static async read(connection: OtdsConnection, roles: readonly FoundRole[]): Promise<RoleMembers> {
		const members: string[][] = [];
		for (const { object } of roles) {
			const { users, groups } = await membersOf(connection, 'roles', object);
			members.push([...new Set([...users, ...groups].map(({ uuid }) => uuid))].sort());
		}
		return new RoleMembers(roles, members);
	}

	/** Ids of roles. */
	rolesOf(uuid: string): readonly string[] {
		return this.#byMember.get(uuid) ?? [];
	}
}
