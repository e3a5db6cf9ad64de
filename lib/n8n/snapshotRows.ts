import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { Snapshot } from '../directory/changes/changes.types';
import { packedSnapshot, unpackedSnapshot } from './snapshotPacking';
import { parseSnapshot } from './stateStore.parsing';

export const SNAPSHOT_SCHEMA = `
	CREATE TABLE snapshot (entry BLOB PRIMARY KEY, packed TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
`;
/** Anything above is refused by SQLite in one statement. */
const KEYS_A_QUERY = 500;
const IDS_A_PAGE = 5_000;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

type Key = string | Uint8Array;

/**
 * What is remembered of entries, a row each: a uuid takes its 16 bytes, and texts that many entries share (ids of groups, where they
 * stand) are kept once, as words.
 */
export class SnapshotRows {
	readonly #statements = new Map<string, StatementSync>();
	#words: { byText: Map<string, number>; byId: Map<number, string> } | undefined;

	constructor(private readonly database: DatabaseSync) {}

	/** Inside a transaction of the caller, who calls `forgetWords` when it is rolled back. */
	write(entryId: string, snapshot: Snapshot | undefined): void {
		if (snapshot === undefined) {
			this.#prepared('DELETE FROM snapshot WHERE entry = ?').run(keyOf(entryId));
			return;
		}
		const sql =
			'INSERT INTO snapshot VALUES (?, ?) ON CONFLICT (entry) DO UPDATE SET packed = excluded.packed';
		this.#prepared(sql).run(
			keyOf(entryId),
			packedSnapshot(entryId, snapshot, (text) => this.#idOf(text)),
		);
	}

	get(entryIds: readonly string[]): Map<string, Snapshot> {
		const found = new Map<string, Snapshot>();
		const words = this.#known().byId;
		for (let start = 0; start < entryIds.length; start += KEYS_A_QUERY) {
			const keys = entryIds.slice(start, start + KEYS_A_QUERY).map(keyOf);
			const sql = `SELECT entry, packed FROM snapshot WHERE entry IN (${keys.map(() => '?').join()})`;
			for (const { entry, packed } of this.#prepared(sql).all(...keys)) {
				const entryId = entryIdOf(entry);
				const snapshot = unpackedSnapshot(entryId, String(packed), (id) => words.get(id));
				if (snapshot) found.set(entryId, snapshot);
			}
		}
		return found;
	}

	/** By key, a page at a time: the reader may commit in between. */
	*entryIds(): Generator<readonly string[]> {
		let keys = this.#keysAfter('');
		for (;;) {
			const last = keys.at(-1);
			if (last === undefined) return;
			yield keys.map(entryIdOf);
			keys = this.#keysAfter(last);
		}
	}

	#keysAfter(key: Key): Key[] {
		const sql = 'SELECT entry FROM snapshot WHERE entry > ? ORDER BY entry LIMIT ?';
		const rows = this.#prepared(sql).all(key, IDS_A_PAGE);
		return rows.map(({ entry }) => (entry instanceof Uint8Array ? entry : String(entry)));
	}

	/** What was noted may not be on the disk. */
	forgetWords(): void {
		this.#words = undefined;
	}

	#idOf(text: string): number {
		const { byText, byId } = this.#known();
		const known = byText.get(text);
		if (known !== undefined) return known;
		const { lastInsertRowid } = this.#prepared('INSERT INTO word (text) VALUES (?)').run(text);
		const id = Number(lastInsertRowid);
		byText.set(text, id);
		byId.set(id, text);
		return id;
	}

	#known(): { byText: Map<string, number>; byId: Map<number, string> } {
		if (this.#words) return this.#words;
		const words = { byText: new Map<string, number>(), byId: new Map<number, string>() };
		for (const { id, text } of this.#prepared('SELECT id, text FROM word').all()) {
			words.byText.set(String(text), Number(id));
			words.byId.set(Number(id), String(text));
		}
		this.#words = words;
		return words;
	}

	#prepared(sql: string): StatementSync {
		const known = this.#statements.get(sql);
		if (known) return known;
		const statement = this.database.prepare(sql);
		this.#statements.set(sql, statement);
		return statement;
	}
}

/** From version 1, which kept ids as texts and snapshots as JSON. Inside a transaction of the caller. */
export function upgradeSnapshots(database: DatabaseSync): void {
	database.exec(`ALTER TABLE snapshot RENAME TO snapshot_1; ${SNAPSHOT_SCHEMA}`);
	const rows = new SnapshotRows(database);
	for (const { entry, json } of database.prepare('SELECT entry, json FROM snapshot_1').iterate()) {
		const snapshot = parseSnapshot(String(json));
		if (snapshot) rows.write(String(entry), snapshot);
	}
	database.exec('DROP TABLE snapshot_1');
}

const keyOf = (entryId: string): Key =>
	UUID.test(entryId) ? Buffer.from(entryId.replaceAll('-', ''), 'hex') : entryId;

function entryIdOf(key: unknown): string {
	if (!(key instanceof Uint8Array)) return String(key);
	const hex = Buffer.from(key).toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
