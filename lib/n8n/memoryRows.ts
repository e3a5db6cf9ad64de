import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { JsonValue } from '../directory/changes/changes.types';
import type { MemoryWrite } from '../directory/changes/eventStage.types';
import { parseJson } from './stateStore.parsing';

export const MEMORY_SCHEMA = `
	CREATE TABLE memory (stage TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (stage, key)) WITHOUT ROWID;
`;
const ROWS_A_PAGE = 5_000;

interface Row {
	key: string;
	value: JsonValue;
}

/** What stages remember, a row each. A directory has as many as people: statements are prepared once, and rows are read in pages. */
export class MemoryRows {
	readonly #set: StatementSync;
	readonly #forget: StatementSync;
	readonly #first: StatementSync;
	readonly #after: StatementSync;

	constructor(database: DatabaseSync) {
		this.#set = database.prepare(
			'INSERT INTO memory VALUES (?, ?, ?) ON CONFLICT (stage, key) DO UPDATE SET json = excluded.json',
		);
		this.#forget = database.prepare('DELETE FROM memory WHERE stage = ? AND key = ?');
		const page = (where: string): StatementSync =>
			database.prepare(
				`SELECT key, json FROM memory WHERE stage = ? ${where} ORDER BY key LIMIT ${ROWS_A_PAGE}`,
			);
		this.#first = page('');
		this.#after = page('AND key > ?');
	}

	/** Inside a transaction of the caller. */
	write({ stage, key, value }: MemoryWrite): void {
		if (value === undefined) this.#forget.run(stage, key);
		else this.#set.run(stage, key, JSON.stringify(value));
	}

	/** By key, a page at a time: the reader may commit in between. A row that cannot be read counts as forgotten. */
	*all(stage: string): Generator<Row> {
		let page = this.#first.all(stage);
		while (page.length > 0) {
			for (const { key, json } of page) {
				const value = parseJson(String(json));
				if (value !== undefined) yield { key: String(key), value };
			}
			page = page.length < ROWS_A_PAGE ? [] : this.#after.all(stage, String(page.at(-1)?.key));
		}
	}
}
