import { folded } from './names.ts';
import { conflict } from './otds.errors.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';

type Names = Pick<StoredObject, 'kind' | 'id' | 'name' | 'partition' | 'location'>;

/** What paths and lists may call an object: its id, `name@partition` and its location. Each name means one object. */
export class NameIndex {
	readonly #byKey = new Map<string, StoredObject>();

	get(kind: StoredKind, name: string): StoredObject | undefined {
		return this.#byKey.get(keyOf(kind, name));
	}

	/** @param own the object that is to be renamed. @throws Refusal 409 */
	refuseTaken(wanted: Names, own?: StoredObject): void {
		for (const key of keysOf(wanted)) {
			const holder = this.#byKey.get(key);
			if (holder && holder !== own) throw conflict(`${wanted.name} exists in partition ${holder.partition}`);
		}
	}

	add(object: StoredObject): void {
		for (const key of keysOf(object)) this.#byKey.set(key, object);
	}

	remove(object: StoredObject): void {
		for (const key of keysOf(object)) this.#byKey.delete(key);
	}
}

const keyOf = (kind: StoredKind, name: string): string => `${kind} ${folded(name)}`;

const keysOf = ({ kind, id, name, partition, location }: Names): string[] =>
	[id, `${name}@${partition}`, location].map((text) => keyOf(kind, text));
