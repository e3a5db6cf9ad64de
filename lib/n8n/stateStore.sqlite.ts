import { closeSync, openSync } from 'node:fs';
import { access, mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { DomainError } from '../domain.errors';
import type { SnapshotReader } from '../directory/changes/changes.types';
import type { StateChange, StateStore, WatchState } from '../directory/changes/stateStore.types';
import type { StageMemory } from '../directory/changes/eventStage.types';
import { MEMORY_SCHEMA, MemoryRows } from './memoryRows';
import { SNAPSHOT_SCHEMA, SnapshotRows, upgradeSnapshots } from './snapshotRows';
import { parseState } from './stateStore.parsing';

const SCHEMA_VERSION = 3;
const SCHEMA = `
	CREATE TABLE state (part TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
	${SNAPSHOT_SCHEMA}
	${MEMORY_SCHEMA}
	CREATE TABLE first_event (key TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE given_up (id INTEGER PRIMARY KEY, at TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, events TEXT NOT NULL);
	PRAGMA user_version = ${SCHEMA_VERSION};
`;
/** Anything above is refused by SQLite in one statement. */
const KEYS_A_QUERY = 500;

/**
 * A file of its own for each trigger node. Each commit is one transaction, written through to the disk: a killed process leaves
 * either all of it or nothing. A rollback journal rather than WAL, which shared file systems do not support.
 */
export class SqliteStateStore implements StateStore {
	readonly keepsSnapshots = true;
	#database: DatabaseSync | undefined;
	#rows: SnapshotRows | undefined;
	#memory: MemoryRows | undefined;

	constructor(readonly location: string) {}

	readonly snapshots: SnapshotReader = {
		get: async (ids) => this.#snapshotRows().get(ids),
		entryIds: () => this.#entryIds(),
	};

	readonly memory: StageMemory = { all: (stage) => this.#remembered(stage) };

	async load(): Promise<{ state: WatchState; incident?: string }> {
		await mkdir(dirname(this.location), { recursive: true, mode: 0o700 });
		try {
			return { state: await this.#open() };
		} catch (error) {
			if (!isDamage(error)) throw error;
			this.#close();
			const aside = await this.#moveAside();
			return {
				state: await this.#open(),
				incident: `What the trigger remembered was damaged and is now at ${aside}; it starts from now`,
			};
		}
	}

	async commit(change: StateChange): Promise<void> {
		const database = this.#opened();
		const rows = this.#snapshotRows();
		const memory = this.#memoryRows();
		try {
			transaction(database, () => {
				write(database, rows, change);
				for (const one of change.memory ?? []) memory.write(one);
			});
		} catch (error) {
			rows.forgetWords();
			throw error;
		}
	}

	async reset(): Promise<void> {
		const database = this.#opened();
		transaction(database, () =>
			database.exec(
				"DELETE FROM state WHERE part NOT IN ('outage', 'gap'); DELETE FROM snapshot; DELETE FROM word; DELETE FROM memory;",
			),
		);
		this.#snapshotRows().forgetWords();
	}

	async firsts(keys: readonly string[]): Promise<Map<string, string>> {
		const found = new Map<string, string>();
		for (const some of slices(keys)) {
			const sql = `SELECT key, at FROM first_event WHERE key IN (${some.map(() => '?').join()})`;
			for (const row of this.#opened()
				.prepare(sql)
				.all(...some))
				found.set(String(row.key), String(row.at));
		}
		return found;
	}

	async close(): Promise<void> {
		this.#close();
	}

	async #open(): Promise<WatchState> {
		// Created by us first, so that it is never readable for others: it holds names of people.
		closeSync(openSync(this.location, 'a', 0o600));
		const { DatabaseSync } = await import('node:sqlite');
		const database = new DatabaseSync(this.location);
		this.#database = database;
		database.exec('PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
		const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
		if (version > SCHEMA_VERSION) throw tooNew(this.location);
		if (version === 0) createTables(database);
		if (version === 1 || version === 2) upgrade(database);
		const check = database.prepare('PRAGMA quick_check(1)').get();
		if (check?.quick_check !== 'ok') throw new DamagedState(String(check?.quick_check));
		return readState(database);
	}

	#opened(): DatabaseSync {
		if (this.#database) return this.#database;
		throw new TypeError('the state store is not open');
	}

	#snapshotRows(): SnapshotRows {
		this.#rows ??= new SnapshotRows(this.#opened());
		return this.#rows;
	}

	#memoryRows(): MemoryRows {
		this.#memory ??= new MemoryRows(this.#opened());
		return this.#memory;
	}

	async *#remembered(stage: string): ReturnType<StageMemory['all']> {
		yield* this.#memoryRows().all(stage);
	}

	async *#entryIds(): AsyncIterable<readonly string[]> {
		yield* this.#snapshotRows().entryIds();
	}

	async #moveAside(): Promise<string> {
		const aside = `${this.location}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
		await rename(this.location, aside);
		const journal = `${this.location}-journal`;
		if (await exists(journal)) await rename(journal, `${aside}-journal`);
		return aside;
	}

	#close(): void {
		this.#database?.close();
		this.#database = undefined;
		this.#rows = undefined;
		this.#memory = undefined;
	}
}

/** All of them or none: a process that is killed in between leaves an empty file, and another one may have been faster. */
function createTables(database: DatabaseSync): void {
	transaction(database, () => {
		const version = database.prepare('PRAGMA user_version').get()?.user_version;
		if (version === 0) database.exec(SCHEMA);
	});
}

function upgrade(database: DatabaseSync): void {
	transaction(database, () => {
		// Another process may have been faster.
		const version = database.prepare('PRAGMA user_version').get()?.user_version;
		if (version !== 1 && version !== 2) return;
		if (version === 1) upgradeSnapshots(database);
		database.exec(`${MEMORY_SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
	});
}

function transaction(database: DatabaseSync, work: () => void): void {
	database.exec('BEGIN IMMEDIATE');
	try {
		work();
		database.exec('COMMIT');
	} catch (error) {
		// On a full disk SQLite has rolled back already. Node below 22.16 does not tell whether it has.
		if (database.isTransaction !== false) database.exec('ROLLBACK');
		throw error;
	}
}

function write(database: DatabaseSync, rows: SnapshotRows, change: StateChange): void {
	for (const [part, value] of Object.entries(change.state ?? {})) {
		if (value === undefined) database.prepare('DELETE FROM state WHERE part = ?').run(part);
		else writePart(database, part, JSON.stringify(value));
	}
	for (const { entryId, snapshot } of change.snapshots ?? []) {
		rows.write(entryId, snapshot);
	}
	for (const { key, at } of change.firsts ?? []) {
		database
			.prepare('INSERT INTO first_event VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at')
			.run(key, at);
	}
	if (change.forgetFirstsBefore !== undefined) {
		database.prepare('DELETE FROM first_event WHERE at < ?').run(change.forgetFirstsBefore);
	}
	if (change.givenUp) {
		const { at, attempts, reason, events } = change.givenUp;
		const insert = database.prepare(
			'INSERT INTO given_up (at, attempts, reason, events) VALUES (?, ?, ?, ?)',
		);
		insert.run(at, attempts, reason, JSON.stringify(events));
	}
}

function writePart(database: DatabaseSync, part: string, json: string): void {
	const sql = 'INSERT INTO state VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET json = excluded.json';
	database.prepare(sql).run(part, json);
}

function readState(database: DatabaseSync): WatchState {
	const parts = database.prepare('SELECT part, json FROM state').all();
	const state = parseState(new Map(parts.map((row) => [String(row.part), String(row.json)])));
	if (!state) throw new DamagedState('its content is not what was written');
	return state;
}

class DamagedState extends Error {}

/** https://www.sqlite.org/rescode.html: CORRUPT, NOTADB; and a schema that is not ours. */
const DAMAGE = new Set([11, 26]);

function isDamage(error: unknown): boolean {
	if (error instanceof DamagedState) return true;
	if (typeof error !== 'object' || error === null) return false;
	const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
	const message = 'message' in error ? String(error.message) : '';
	return code !== undefined && (DAMAGE.has(code) || /no such (table|column)|already exists/.test(message));
}

function tooNew(location: string): DomainError {
	return new DomainError(`The state file ${location} was written by a newer version of this package`, {
		advice: 'Install that version again, or move the file away: the trigger then starts from now.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}

function* slices(keys: readonly string[]): Generator<string[]> {
	for (let start = 0; start < keys.length; start += KEYS_A_QUERY)
		yield keys.slice(start, start + KEYS_A_QUERY);
}

async function exists(path: string): Promise<boolean> {
	try {
		await access(path);
		return true;
	} catch {
		return false;
	}
}
