import type { Exchange, Route, Server } from './exchange.types.ts';
import { ok } from './exchange.types.ts';
import { administers, requireAdministration } from './logins.ts';
import { partitionDn } from './names.ts';
import { forbidden, notFound } from './otds.errors.ts';
import type { StoredAccessRole, StoredPartition } from './stored.types.ts';

/** Partitions and their organizational units. Shapes beyond names are inferred. */
export function partitionRoutes({ store }: Server): Route[] {
	const visible = ({ login }: Exchange): StoredPartition[] => {
		const found = [...store.partitions.values()].filter(
			({ name, listed }) => listed && administers(login, name),
		);
		if (found.length === 0) throw forbidden('any partition');
		return found;
	};
	return [
		{
			method: 'GET',
			path: 'partitions',
			answer: (exchange) => ok({ partitions: visible(exchange).map(partitionJson) }),
		},
		{
			method: 'GET',
			path: 'partitions/:',
			answer: ({ login, parameters: [name = ''] }) => {
				const partition = store.partition(name);
				requireAdministration(login, name);
				return ok(partitionJson(partition));
			},
		},
		{
			method: 'GET',
			path: 'orgunits',
			answer: (exchange) => {
				const wanted = exchange.query.get('where_partition_name') ?? '';
				if (wanted !== '') {
					store.partition(wanted);
					requireAdministration(exchange.login, wanted);
				}
				const partitions = visible(exchange).filter(({ name }) => wanted === '' || name === wanted);
				return ok({ organizationalUnits: partitions.flatMap(orgUnitsJson) });
			},
		},
	];
}

/** Who may use a resource. Shapes beyond names are inferred. */
export const accessRoleRoutes = ({ store }: Server): Route[] => [
	{
		method: 'GET',
		path: 'accessroles',
		answer: () => ok({ accessRoles: [...store.accessRoles.values()].map(accessRoleJson) }),
	},
	{
		method: 'GET',
		path: 'accessroles/:',
		answer: ({ parameters: [name = ''] }) => {
			const role = store.accessRoles.get(name);
			if (!role) throw notFound(`Access role ${name}`);
			return ok(accessRoleJson(role));
		},
	},
];

/**
 * Inferred: no official sample shows how a synchronized partition is told from another, so that both a word and a flag are given.
 */
const partitionJson = ({ name, uuid, description, synchronized }: StoredPartition): object => ({
	name,
	id: name,
	uuid,
	description,
	location: partitionDn(name),
	type: synchronized ? 'SYNCHRONIZED' : 'NON_SYNCHRONIZED',
	isSynchronized: synchronized,
});

const orgUnitsJson = ({ name: userPartitionID, orgUnits }: StoredPartition): object[] =>
	[...orgUnits].map(([name, location]) => ({
		name,
		id: location,
		location,
		userPartitionID,
		description: null,
	}));

const accessRoleJson = ({ name, uuid, description, partitions }: StoredAccessRole): object => ({
	name,
	id: name,
	uuid,
	description,
	userPartitions: partitions.map((partition) => ({ userPartition: partition })),
});
