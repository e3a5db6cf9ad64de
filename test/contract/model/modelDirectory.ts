import type { ContractAdmin } from '../contractServer.types';
import type { SeededRandom } from './seededRandom';
import type { Transition } from './transition';

interface ModelPerson {
	/** The first name it had; stays when it is renamed. */
	entity: string;
	id: string;
	enabled: boolean;
	locked: boolean;
}

interface ModelGroup {
	entity: string;
	id: string;
	members: Set<ModelPerson>;
	/** Groups inside this one. */
	inner: Set<ModelGroup>;
	/** Whether it was ever put into another: such a group stays, for of one that is gone nobody can tell what it was. */
	wasNested: boolean;
}

export interface ModelAbilities {
	canRename: boolean;
}

type Operation = () => Promise<Transition[]>;

/**
 * An administrator at random, and what a perfect observer would tell of it. Names are never used twice. A person leaves all groups
 * before being renamed or removed, because servers differ in what becomes of the memberships. `anchor` is in every group: some
 * classes of groups must not be empty.
 */
export class ModelDirectory {
	/** What was there before anybody looked. */
	readonly initial: Transition[] = [];
	readonly #people: ModelPerson[] = [];
	readonly #groups: ModelGroup[] = [];
	readonly #entities = new Map<string, string>();
	#named = 0;

	private constructor(
		private readonly admin: ContractAdmin,
		private readonly random: SeededRandom,
		private readonly abilities: ModelAbilities,
		private readonly anchor: ModelPerson,
	) {
		this.#entities.set(anchor.entity, anchor.entity);
	}

	static async start(
		admin: ContractAdmin,
		random: SeededRandom,
		abilities: ModelAbilities,
	): Promise<ModelDirectory> {
		const id = await admin.addPerson('anchor');
		const model = new ModelDirectory(admin, random, abilities, {
			entity: 'anchor',
			id,
			enabled: true,
			locked: false,
		});
		for (let index = 0; index < 3; index++) model.initial.push(...(await model.#addPerson()));
		for (let index = 0; index < 2; index++) model.initial.push(...(await model.#addGroup()));
		return model;
	}

	/** Who goes, or went, by this name. */
	readonly entityOf = (name: string): string => this.#entities.get(name) ?? `nobody we know (${name})`;

	/** One operation on the server; returns what it changed. */
	async step(): Promise<Transition[]> {
		for (;;) {
			const operation = this.#choose();
			if (operation) return await operation();
		}
	}

	#choose(): Operation | undefined {
		const person = this.random.pick(this.#people);
		const group = this.random.pick(this.#groups);
		const choices: Array<() => Operation | undefined> = [
			() => () => this.#addPerson(),
			() => person && (() => this.#retitle(person)),
			() => person && (() => this.#retitle(person)),
			() => person && this.#switching(person),
			() => person && this.#locking(person),
			() => person && this.#renaming(person),
			() => group && person && (() => this.#joinOrLeave(group, person)),
			() => group && person && (() => this.#joinOrLeave(group, person)),
			() => group && this.#nesting(group),
			() => () => this.#addGroup(),
			() => group && this.#removingGroup(group),
			() => person && this.#removing(person),
		];
		return this.random.pick(choices)?.();
	}

	#newName(kind: string): string {
		const name = `${kind}${++this.#named}`;
		this.#entities.set(name, name);
		return name;
	}

	async #addPerson(): Promise<Transition[]> {
		const entity = this.#newName('person');
		const id = await this.admin.addPerson(entity);
		this.#people.push({ entity, id, enabled: true, locked: false });
		return [{ entity, aspect: 'exists', value: 'yes' }];
	}

	async #retitle({ entity, id }: ModelPerson): Promise<Transition[]> {
		const value = `title${++this.#named}`;
		await this.admin.replace(id, 'title', [value]);
		return [{ entity, aspect: 'title', value }];
	}

	/** Not while it is locked: OpenLDAP keeps both in one attribute. */
	#switching(person: ModelPerson): Operation | undefined {
		if (person.locked) return undefined;
		return async () => {
			await (person.enabled ? this.admin.disable(person.id) : this.admin.enable(person.id));
			person.enabled = !person.enabled;
			return [{ entity: person.entity, aspect: 'enabled', value: person.enabled ? 'yes' : 'no' }];
		};
	}

	#locking(person: ModelPerson): Operation | undefined {
		if (!person.enabled) return undefined;
		return async () => {
			await (person.locked ? this.admin.unlock(person.id) : this.admin.lock(person.id));
			person.locked = !person.locked;
			return [{ entity: person.entity, aspect: 'locked', value: person.locked ? 'yes' : 'no' }];
		};
	}

	#renaming(person: ModelPerson): Operation | undefined {
		if (!this.abilities.canRename || this.#groupsOf(person).length > 0) return undefined;
		return async () => {
			const name = `renamed${++this.#named}`;
			this.#entities.set(name, person.entity);
			person.id = await this.admin.rename(person.id, name);
			return [{ entity: person.entity, aspect: 'name', value: name }];
		};
	}

	async #joinOrLeave(group: ModelGroup, person: ModelPerson): Promise<Transition[]> {
		const isMember = group.members.has(person);
		if (isMember) {
			await this.admin.removeMembers(group.id, [person.id]);
			group.members.delete(person);
		} else {
			await this.admin.addMembers(group.id, [person.id]);
			group.members.add(person);
		}
		return [{ entity: group.entity, aspect: `member ${person.entity}`, value: isMember ? 'no' : 'yes' }];
	}

	/** A group inside a group is no member that is told. */
	#nesting(outer: ModelGroup): Operation | undefined {
		const inner = this.random.pick(this.#groups);
		if (!inner || inner === outer || reaches(inner, outer)) return undefined;
		return async () => {
			if (outer.inner.has(inner)) {
				await this.admin.unnest(inner.id, outer.id);
				outer.inner.delete(inner);
			} else {
				await this.admin.nest(inner.id, outer.id);
				outer.inner.add(inner);
				inner.wasNested = true;
			}
			return [];
		};
	}

	async #addGroup(): Promise<Transition[]> {
		const entity = this.#newName('group');
		const id = await this.admin.addGroup(entity, [this.anchor.id]);
		const group: ModelGroup = { entity, id, members: new Set(), inner: new Set(), wasNested: false };
		this.#groups.push(group);
		return [
			{ entity, aspect: 'exists', value: 'yes' },
			{ entity, aspect: `member ${this.anchor.entity}`, value: 'yes' },
		];
	}

	#removingGroup(group: ModelGroup): Operation | undefined {
		if (group.wasNested || this.#groups.length < 3) return undefined;
		return async () => {
			await this.admin.remove(group.id);
			this.#groups.splice(this.#groups.indexOf(group), 1);
			const members = [this.anchor, ...group.members];
			return [
				{ entity: group.entity, aspect: 'exists', value: 'no' },
				...members.map((member) => ({
					entity: group.entity,
					aspect: `member ${member.entity}`,
					value: 'no',
				})),
			];
		};
	}

	#removing(person: ModelPerson): Operation | undefined {
		if (this.#groupsOf(person).length > 0 || this.#people.length < 3) return undefined;
		return async () => {
			await this.admin.remove(person.id);
			this.#people.splice(this.#people.indexOf(person), 1);
			return [{ entity: person.entity, aspect: 'exists', value: 'no' }];
		};
	}

	#groupsOf(person: ModelPerson): ModelGroup[] {
		return this.#groups.filter(({ members }) => members.has(person));
	}
}

function reaches(from: ModelGroup, to: ModelGroup): boolean {
	return from === to || [...from.inner].some((inner) => reaches(inner, to));
}
