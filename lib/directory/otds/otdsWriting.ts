import { DomainError } from '../../domain.errors';
import type { Group, Person } from '../directory.types';
import { personNotFound } from '../personLookup';
import type { OtdsConnection, OtdsObject } from './otds.types';
import { rolesOf } from './otdsGroups';
import { membershipsOf } from './otdsObject';
import { folded, lookUp, objectAt } from './otdsLookup';
import { addressesOf, partitionOf } from './otdsPersons';

/** The person as the server has them now, wherever they were moved and whatever they are called. undefined = gone. */
export async function currentObject(
	connection: OtdsConnection,
	person: Person,
): Promise<OtdsObject | undefined> {
	for (const address of addressesOf(person)) {
		const object = await objectAt(connection, 'users', address);
		// Names are given again, and an id without its partition may be somebody else's: only the uuid says who it is.
		if (object?.uuid === person.id.toLowerCase()) return object;
	}
	return await lookUp(connection, 'users', { by: 'id', value: person.id });
}

/** @throws DomainError unless the partition is known to be non-synchronized, or the credential allows it all the same */
export async function requireWritable(connection: OtdsConnection, partition: string): Promise<void> {
	if (connection.settings.writesToSynchronized) return;
	const known = await connection.partitions();
	const found = known.find(({ name }) => folded(name) === folded(partition));
	if (found?.synchronized === false) return;
	throw new DomainError(
		found === undefined
			? `OTDS does not tell whether the partition "${partition}" is synchronized with another directory`
			: `The partition "${partition}" is synchronized with another directory, whose next import may undo what is written here`,
		{
			advice:
				'Keep the records in another directory, or write to the directory it is synchronized with. If what is written here is not imported, allow writing to synchronized partitions in the credential.',
			recovery: 'abort',
			failure: 'configuration-invalid',
		},
	);
}

/** Members of a mirrored group come from its source; people of a mirrored partition may be members of groups kept in OTDS. */
export async function changeMembership(
	connection: OtdsConnection,
	change: 'add' | 'remove',
	group: Group,
	person: Person,
): Promise<'changed' | 'unchanged'> {
	if (group.kind === 'accessRole') throw notByHand(group);
	const object = await currentObject(connection, person);
	if (object === undefined) throw personNotFound({ by: 'id', value: person.username ?? person.id });
	const wanted = change === 'add';
	if ((await isMember(connection, group, object)) === wanted) return 'unchanged';
	if (group.kind === 'group') await requireWritable(connection, partitionOf(group.dn));
	const path = [...memberPath(group, object), ...(wanted ? [] : ['deletionset'])];
	await connection.send('POST', path, { stringList: [nameOf(group)] });
	const now = await currentObject(connection, person);
	if (now === undefined || (await isMember(connection, group, now)) !== wanted) throw notKept(change, group);
	return 'changed';
}

/** Roles do not show among the memberships of a person: they have a list of their own. */
async function isMember(connection: OtdsConnection, group: Group, object: OtdsObject): Promise<boolean> {
	const id = group.id.toLowerCase();
	if (group.kind === 'group') return membershipsOf(object).includes(id);
	return (await rolesOf(connection, memberPath(group, object))).some(({ uuid }) => uuid === id);
}

/** Groups are joined through `/users/{id}/memberof`, roles through `/users/{location}/roles`, as OpenText's own client does. */
const memberPath = (group: Group, { id, location }: OtdsObject): string[] =>
	group.kind === 'group' ? ['users', id, 'memberof'] : ['users', location, 'roles'];

function nameOf({ kind, name, dn }: Group): string {
	if (kind === 'role') return dn;
	const partition = partitionOf(dn);
	return partition === '' ? name : `${name}@${partition}`;
}

const notByHand = ({ name }: Group): DomainError =>
	new DomainError(`People cannot be put into the access role "${name}" one by one`, {
		advice: 'Choose a group or a role of OTDS.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});

const notKept = (change: 'add' | 'remove', { name }: Group): DomainError =>
	new DomainError(
		`OTDS accepted to ${change} the person, and the memberships of "${name}" are as they were before`,
		{
			advice: 'Look in OTDS whether the group is filled by a rule or from another directory.',
			recovery: 'skip',
			failure: 'unknown',
		},
	);
