import type { Group, Person } from '../../directory.types';
import { lookUp } from '../../otds/otdsLookup';
import type { OtdsConnection, OtdsObject } from '../../otds/otds.types';
import { groupOf } from '../../otds/otdsObject';
import type { SampleFinder, SampleGroup, SampleMember, SamplePerson } from '../sample.types';
import type { OtdsSnapshotSource } from './otdsSnapshot.source';
import { timeOf } from './otdsSnapshot.source';
import type { SeenEntry } from './snapshotSource.types';

/** Looked at before the newest of them is shown: a test click must not read a whole directory. */
const USERS_LOOKED_AT = 500;
const NEVER = '1970-01-01T00:00:00.000Z';

/** Real users and groups for test mode: of the first ones that OTDS lists, the one that was changed last. */
export class OtdsSamples implements SampleFinder {
	constructor(
		private readonly connection: OtdsConnection,
		private readonly source: OtdsSnapshotSource,
	) {}

	async person(accept: (person: Person) => boolean): Promise<SamplePerson | undefined> {
		for (const { person, modifiedAt } of await this.#newestFirst()) {
			if (person && accept(person)) return { person, changedAt: modifiedAt ?? NEVER };
		}
		return undefined;
	}

	async group(groups: readonly Group[] | undefined): Promise<SampleGroup | undefined> {
		const [chosen] = groups ?? [];
		if (chosen) {
			const collection = chosen.kind === 'group' ? 'groups' : 'roles';
			const object = await lookUp(this.connection, collection, { by: 'dn', value: chosen.dn });
			return object && { group: chosen, changedAt: changedAt(object) };
		}
		for await (const { objects } of this.connection.walk('groups', {})) {
			const [newest] = objects.toSorted((one, other) => changedAt(other).localeCompare(changedAt(one)));
			if (newest) return { group: groupOf(newest, 'group'), changedAt: changedAt(newest) };
		}
		return undefined;
	}

	async member(
		groups: readonly Group[] | undefined,
		accept: (person: Person) => boolean,
	): Promise<SampleMember | undefined> {
		await this.source.readRoles();
		for (const { person, snapshot, modifiedAt } of await this.#newestFirst()) {
			if (!person || !accept(person)) continue;
			const group = await this.#firstOf(snapshot.memberOf ?? [], groups);
			if (!group) continue;
			const member = { value: person.dn, is: 'dn' as const };
			return { group, person, member, changedAt: modifiedAt ?? NEVER };
		}
		return undefined;
	}

	async #firstOf(ids: readonly string[], groups: readonly Group[] | undefined): Promise<Group | undefined> {
		if (groups) return groups.find(({ id }) => ids.includes(id));
		for (const id of ids) {
			const group = await this.source.group(id);
			if (group) return group;
		}
		return undefined;
	}

	async #newestFirst(): Promise<SeenEntry[]> {
		const found: SeenEntry[] = [];
		for await (const { objects } of this.connection.walk('users', {})) {
			found.push(...objects.map((object) => this.source.seenUser(object)));
			if (found.length >= USERS_LOOKED_AT) break;
		}
		return found.sort((one, other) => (other.modifiedAt ?? NEVER).localeCompare(one.modifiedAt ?? NEVER));
	}
}

const changedAt = (object: OtdsObject): string => timeOf(object, 'modifyTimestamp') ?? NEVER;
