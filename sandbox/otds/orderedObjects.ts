import type { StoredObject } from './stored.types.ts';

/** Objects in the order of their creation, which never changes: pages do not shift when one before them goes. */
export class OrderedObjects {
	readonly #objects: StoredObject[] = [];

	add(object: StoredObject): void {
		this.#objects.push(object);
	}

	remove(object: StoredObject): void {
		const index = this.#after(object.sequence - 1);
		if (this.#objects[index] === object) this.#objects.splice(index, 1);
	}

	/** Those created after the one of that number. */
	*from(sequence: number): Generator<StoredObject, void> {
		for (let index = this.#after(sequence); index < this.#objects.length; index++) {
			const object = this.#objects[index];
			if (object) yield object;
		}
	}

	/** Index of the first object with a greater number. */
	#after(sequence: number): number {
		let low = 0;
		let high = this.#objects.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.#objects[middle]?.sequence ?? Infinity) <= sequence) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}
