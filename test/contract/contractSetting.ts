import type { EntryChange, JsonValue } from '../../lib/directory/changes/changes.types';
import { GROUP_EVENTS, PERSON_EVENTS } from '../../lib/directory/changes/event.types';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import type { ContractReader } from './contractReader';
import type { ContractAdmin, ContractServer } from './contractServer.types';

export const EVERYTHING: WatchScope = {
	events: new Set([...PERSON_EVENTS, ...GROUP_EVENTS]),
	base: '',
	conditions: [],
	groups: [],
	attributes: ['title'],
};

/** What each sentence finds: a directory with ann, guest, and ann in the group nurses, and a reader that has read all of it. */
export interface Setting {
	server: ContractServer;
	admin: ContractAdmin;
	reader: ContractReader;
	ann: string;
	guest: string;
	nurses: string;
	/** Reads as if much time had passed: what a strategy does from time to time only is due. */
	readLater(): Promise<EntryChange[]>;
}

/** The sentence's words are its name: `skip` declarations go by them. */
export type Sentence = (name: string, test: (setting: Setting) => Promise<void>) => void;

export const titles = (changes: EntryChange[]): unknown[] =>
	changes.flatMap(({ attributes }) => attributes.map(({ after }) => after));

/** Without entries that are neither: containers, policies. */
export const ofPeople = (changes: EntryChange[]): EntryChange[] =>
	changes.filter(({ person }) => person !== undefined);

export const ofGroup = (changes: EntryChange[], name: string): EntryChange[] =>
	changes.filter(({ group }) => group?.name === name);

export const joined = (changes: EntryChange[]): string[] =>
	changes.flatMap(({ members }) => members.added.map(({ value }) => value)).sort();

export const left = (changes: EntryChange[]): string[] =>
	changes.flatMap(({ members }) => members.removed.map(({ value }) => value)).sort();

/** A name that no earlier sentence took. */
let counter = 0;
export const fresh = (name: string): string => `${name}${++counter}`;

/** What an optional part of the port must be, where a strategy does not declare that it has none. */
export function present<T>(part: T | undefined, what: string): T {
	if (part === undefined) throw new Error(`there is no ${what} here: declare that the sentence is skipped`);
	return part;
}

/** Every leaf replaced: text by words, numbers by one that no server has reached. */
export function garbled(value: JsonValue): JsonValue {
	if (typeof value === 'string') return 'garbage';
	if (typeof value === 'number') return 9_000_000_000_000_000;
	if (Array.isArray(value)) return value.map(garbled);
	if (value === null || typeof value === 'boolean') return value;
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, garbled(part)]));
}
