import type { OtdsSimulator, OtdsStoredObject } from './otdsSimulator.types.ts';
import type { OtdsStore } from './otdsStore.ts';
import type { StoredObject } from './stored.types.ts';

type Model = Pick<
	OtdsSimulator,
	| 'addPartition'
	| 'addUser'
	| 'addGroup'
	| 'addRole'
	| 'addAccessRole'
	| 'addMember'
	| 'removeMember'
	| 'setEnabled'
	| 'setLocked'
	| 'requireReset'
	| 'setAttribute'
	| 'move'
	| 'rename'
	| 'remove'
	| 'login'
	| 'stored'
	| 'allStored'
>;

/** What an administrator does at the server's console. */
export function modelOf(store: OtdsStore): Model {
	const flag = (uuid: string, name: string, value: boolean): void =>
		store.setAttributes(uuid, [[name, [String(value)]]]);
	return {
		addPartition: (name, { synchronized = false, description } = {}) => {
			store.addPartition(name, synchronized, description);
		},
		addUser: (partition, { location, attributes = {}, ...user }) =>
			named(
				store.add('users', partition, { ...user, orgUnit: location, attributes: Object.entries(attributes) }),
			),
		addGroup: (partition, group) => named(store.add('groups', partition, group)),
		addRole: (partition, role) => named(store.add('roles', partition, role)),
		addAccessRole: (name, { partitions, description = '' }) =>
			store.addAccessRole(name, partitions, description),
		addMember: (group, member) => store.addMember(group, member),
		removeMember: (group, member) => store.removeMember(group, member),
		setEnabled: (uuid, enabled) => flag(uuid, 'accountDisabled', !enabled),
		setLocked: (uuid, locked) => flag(uuid, 'accountLockedOut', locked),
		requireReset: (uuid, required, attribute = 'pwdReset') => flag(uuid, attribute, required),
		setAttribute: (uuid, name, values) => store.setAttributes(uuid, [[name, values]]),
		move: (uuid, orgUnit) => store.move(uuid, orgUnit),
		rename: (uuid, name) => store.rename(uuid, name),
		remove: (uuid) => store.remove(uuid),
		login: (uuid) => store.login(uuid),
		stored: (uuid) => {
			const object = store.find(uuid);
			return object && structuredClone(object);
		},
		allStored: (kind) => Array.from(store.objects(kind), (object) => structuredClone(object)),
	};
}

/** How an object is addressed now; it does not follow later changes. */
const named = ({ uuid, id, name, partition, location }: StoredObject): OtdsStoredObject => ({
	uuid,
	id,
	name,
	partition,
	location,
});
