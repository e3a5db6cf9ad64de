import type { WatchSession } from '../../lib/directory/changes/changes.types';
import type { WatchScope } from '../../lib/directory/changes/event.types';

/** An administrator at work. People and groups go by whatever the server names them for good. */
export interface ContractAdmin {
	addPerson(name: string, attributes?: Record<string, string[]>): Promise<string>;
	addGroup(name: string, members: string[]): Promise<string>;
	addMembers(group: string, members: string[]): Promise<void>;
	removeMembers(group: string, members: string[]): Promise<void>;
	replace(person: string, attribute: string, values: string[]): Promise<void>;
	setPassword(person: string, password: string): Promise<void>;
	disable(person: string): Promise<void>;
	enable(person: string): Promise<void>;
	/** As failed logins do. */
	lock(person: string): Promise<void>;
	unlock(person: string): Promise<void>;
	/** A new password at the next login. */
	requirePasswordReset(person: string): Promise<void>;
	/** Under another name, in the same place. Returns what it goes by now. */
	rename(entry: string, name: string): Promise<string>;
	/** Into another container, `unit`, which is made where it is missing. Returns what it goes by now. */
	move(entry: string, unit: string): Promise<string>;
	/** A container of people under another name. Absent where a directory has none. */
	renameUnit?(unit: string, name: string): Promise<void>;
	/** As our Directory node registers one. Absent where devices are no entries. */
	addDevice?(owner: string, name: string): Promise<void>;
	/** A group as member of a group. */
	nest(group: string, inside: string): Promise<void>;
	unnest(group: string, inside: string): Promise<void>;
	remove(entry: string): Promise<void>;
	/** As that person. */
	logIn(person: string): Promise<void>;
	/** What a membership names the person by. */
	memberValue(person: string): string;
	close(): Promise<void>;
}

export interface ContractServer {
	admin: ContractAdmin;
	open(scope: WatchScope): Promise<WatchSession>;
	/** Where it listens on this machine, and a watch that connects elsewhere: through what cuts connections. Absent where that is not tried. */
	port?: number;
	openAt?(port: number, scope: WatchScope): Promise<WatchSession>;
	/** The next read ends in the middle. Only of directories that are read as a whole. */
	breakNextRead?(): void;
	/** Makes stored positions useless: trims the log, or whatever takes its place. Absent where nothing can be lost. */
	forget?(): Promise<void>;
	kill(): Promise<void>;
	/** With everything it knew. */
	restart(): Promise<void>;
	stop(): Promise<void>;
}
