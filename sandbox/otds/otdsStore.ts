import { randomUUID } from 'node:crypto';

import type { AttributeRules } from './attribute.rules.ts';
import { judgeAttribute } from './attribute.rules.ts';
import { locationOf, now, orgUnitDn } from './names.ts';
import { OrderedObjects } from './orderedObjects.ts';
import { NameIndex } from './nameIndex.ts';
import { badRequest, conflict, notFound } from './otds.errors.ts';
import type { StoredAccessRole, StoredKind, StoredObject, StoredPartition } from './stored.types.ts';

/** Pairs, so that no name of an attribute can mean anything to JavaScript. */
export type AttributeEntries = Iterable<readonly [name: string, values: readonly string[]]>;

export interface NewObject {
	name: string;
	description?: string;
	/** Name of an organizational unit; made when it is not there. */
	orgUnit?: string;
	attributes?: AttributeEntries;
	password?: string;
	/** The id is the bare name, without `@partition`, as some real objects have it. */
	bareId?: boolean;
}

const USUAL_UNIT: Record<StoredKind, string> = { users: 'users', groups: 'groups', roles: 'roles' };

/** What the server holds: partitions, objects and who is a member of what. Every method throws a Refusal for what cannot be. */
export class OtdsStore {
	readonly partitions = new Map<string, StoredPartition>();
	readonly accessRoles = new Map<string, StoredAccessRole>();
	readonly #rules: AttributeRules;
	readonly #byUuid = new Map<string, StoredObject>();
	readonly #names = new NameIndex();
	readonly #ordered: Record<StoredKind, OrderedObjects> = {
		users: new OrderedObjects(),
		groups: new OrderedObjects(),
		roles: new OrderedObjects(),
	};
	readonly #listeners = new Set<() => void>();
	#sequence = 0;

	constructor(rules: AttributeRules) {
		this.#rules = rules;
	}

	onChange(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	readonly isGroup = (uuid: string): boolean => this.#byUuid.get(uuid)?.kind === 'groups';

	/** @param listed false for the server's own, such as that of the roles of applications */
	addPartition(name: string, synchronized: boolean, description = '', listed = true): StoredPartition {
		if (this.partitions.has(name)) throw conflict(`Partition ${name} exists`);
		const partition = { name, uuid: randomUUID(), description, synchronized, listed, orgUnits: new Map() };
		this.partitions.set(name, partition);
		for (const unit of Object.values(USUAL_UNIT)) this.orgUnit(name, unit);
		return partition;
	}

	addAccessRole(name: string, partitions: readonly string[], description: string): void {
		if (this.accessRoles.has(name)) throw conflict(`Access role ${name} exists`);
		for (const partition of partitions) this.partition(partition);
		this.accessRoles.set(name, { name, uuid: randomUUID(), description, partitions });
	}

	partition(name: string): StoredPartition {
		const partition = this.partitions.get(name);
		if (!partition) throw notFound(`Partition ${name}`);
		return partition;
	}

	/** DN of a unit, made when it is not there. */
	orgUnit(partition: string, name: string): string {
		const { orgUnits } = this.partition(partition);
		const dn = orgUnits.get(name) ?? orgUnitDn(name, partition);
		orgUnits.set(name, dn);
		return dn;
	}

	find(uuid: string): StoredObject | undefined {
		return this.#byUuid.get(uuid);
	}

	get(uuid: string): StoredObject {
		const object = this.#byUuid.get(uuid);
		if (!object) throw notFound(`Object ${uuid}`);
		return object;
	}

	/** By id, by `name@partition` or by location. */
	named(kind: StoredKind, id: string): StoredObject {
		const object = this.#names.get(kind, id);
		if (!object) throw notFound(`${kind.slice(0, -1)} ${id}`);
		return object;
	}

	/** In the order of creation, after the object of that number. */
	objects(kind: StoredKind, after = 0): Iterable<StoredObject> {
		return this.#ordered[kind].from(after);
	}

	add(kind: StoredKind, partition: string, wanted: NewObject): StoredObject {
		this.partition(partition);
		const { name, orgUnit = USUAL_UNIT[kind], bareId = false } = wanted;
		if (name.trim() === '') throw badRequest('A name is required');
		const attributes = this.#judged(wanted.attributes ?? []);
		const uuid = randomUUID();
		const time = now();
		const object: StoredObject = {
			kind,
			uuid,
			partition,
			sequence: ++this.#sequence,
			id: idOf(name, partition, bareId),
			name,
			bareId,
			orgUnit,
			location: locationOf(kind, uuid, orgUnit, partition),
			description: wanted.description ?? attributes.get('description')?.[0],
			attributes,
			memberOf: new Set(),
			members: new Set(),
			password: wanted.password,
			createdAt: time,
			modifiedAt: time,
			lastLoginAt: undefined,
			passwordChangedAt: wanted.password === undefined ? undefined : time,
			rendered: {},
		};
		this.#names.refuseTaken(object);
		this.orgUnit(partition, orgUnit);
		this.#byUuid.set(uuid, object);
		this.#names.add(object);
		this.#ordered[kind].add(object);
		this.#tell();
		return object;
	}

	remove(uuid: string): void {
		const object = this.get(uuid);
		for (const group of object.memberOf) this.#leave(this.get(group), object);
		for (const member of object.members) this.#leave(object, this.get(member));
		this.#names.remove(object);
		this.#byUuid.delete(uuid);
		this.#ordered[object.kind].remove(object);
		this.#tell();
	}

	/** All of them or none. */
	setAttributes(uuid: string, wanted: AttributeEntries): void {
		const object = this.get(uuid);
		const judged = this.#judged(wanted, true);
		for (const [name, values] of judged) {
			if (values.length > 0) object.attributes.set(name, values);
			else object.attributes.delete(name);
			if (name === 'description') object.description = values[0];
		}
		this.#touch(object);
	}

	setDescription(uuid: string, description: string | undefined): void {
		const object = this.get(uuid);
		object.description = description;
		this.#touch(object);
	}

	setPassword(uuid: string, password: string): void {
		const object = this.get(uuid);
		object.password = password;
		object.passwordChangedAt = now();
		object.attributes.delete('pwdReset');
		object.attributes.delete('UserMustChangePasswordAtNextSignIn');
		this.#touch(object);
	}

	addMember(groupUuid: string, memberUuid: string): void {
		const group = this.get(groupUuid);
		const member = this.get(memberUuid);
		if (group.kind === 'users' || member.kind === 'roles')
			throw badRequest(`${member.name} cannot be a member of ${group.name}`);
		if (group === member) throw badRequest(`${group.name} cannot be a member of itself`);
		if (group.members.has(memberUuid)) return;
		group.members.add(memberUuid);
		member.memberOf.add(groupUuid);
		this.#touch(group);
		this.#touch(member);
	}

	removeMember(groupUuid: string, memberUuid: string): void {
		const group = this.get(groupUuid);
		if (group.members.has(memberUuid)) this.#leave(group, this.get(memberUuid));
	}

	move(uuid: string, orgUnit: string): void {
		const object = this.get(uuid);
		this.orgUnit(object.partition, orgUnit);
		this.#names.remove(object);
		object.orgUnit = orgUnit;
		object.location = locationOf(object.kind, uuid, orgUnit, object.partition);
		this.#names.add(object);
		this.#touch(object);
	}

	rename(uuid: string, name: string): void {
		const object = this.get(uuid);
		if (name.trim() === '') throw badRequest('A name is required');
		const id = idOf(name, object.partition, object.bareId);
		this.#names.refuseTaken({ ...object, name, id }, object);
		this.#names.remove(object);
		object.name = name;
		object.id = id;
		this.#names.add(object);
		this.#touch(object);
	}

	/** Whether a login changes modifyTimestamp on real servers is inferred; clients must bear it. */
	login(uuid: string): void {
		const object = this.get(uuid);
		object.lastLoginAt = now();
		this.#touch(object);
	}

	#judged(wanted: AttributeEntries, withRemovals = false): Map<string, string[]> {
		const judged = new Map<string, string[]>();
		for (const [given, givenValues] of wanted) {
			const { name, values } = judgeAttribute(given, givenValues, this.#rules);
			if (withRemovals || values.length > 0) judged.set(name, values);
		}
		return judged;
	}

	#leave(group: StoredObject, member: StoredObject): void {
		group.members.delete(member.uuid);
		member.memberOf.delete(group.uuid);
		this.#touch(group);
		this.#touch(member);
	}

	#touch(object: StoredObject): void {
		object.modifiedAt = now();
		object.rendered = {};
		this.#tell();
	}

	#tell(): void {
		for (const listener of this.#listeners) listener();
	}
}

const idOf = (name: string, partition: string, bare: boolean): string =>
	bare ? name : `${name}@${partition}`;
