import { setImmediate as nextTurn } from 'node:timers/promises';

import type { PersonAttributes } from '../../lib/directory/directory.client';
import type { Person } from '../../lib/directory/directory.types';

/** PersonAttributes in memory. Every call takes a turn, so that callers that do not wait for each other meet. */
export class MemoryAttributes implements PersonAttributes {
	/** Person id → values of the one attribute. */
	readonly held = new Map<string, { person: Person; values: string[] }>();
	reads = 0;
	writes = 0;
	/** Runs before each write, e.g. to throw, or to write as another process would. */
	beforeWrite: (person: Person) => void = () => undefined;
	/** Runs after each write. */
	afterWrite: (person: Person) => void = () => undefined;

	async read(persons: readonly Person[]): Promise<Map<string, string[]>> {
		this.reads++;
		await nextTurn();
		return new Map(persons.map(({ id }) => [id, this.valuesOf(id)]));
	}

	async write(person: Person, _attribute: string, values: readonly string[]): Promise<void> {
		await nextTurn();
		this.beforeWrite(person);
		this.writes++;
		this.put(person, [...values]);
		this.afterWrite(person);
	}

	async *all(): AsyncIterable<{ person: Person; values: string[] }> {
		for (const { person, values } of [...this.held.values()]) {
			if (values.length > 0) yield { person, values: [...values] };
		}
	}

	put(person: Person, values: string[]): void {
		this.held.set(person.id, { person, values });
	}

	valuesOf(id: string): string[] {
		return [...(this.held.get(id)?.values ?? [])];
	}
}
