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
	/** The next read ends in the middle. Only of directories that are read as a whole. */
	breakNextRead?(): void;
	kill(): Promise<void>;
	/** With everything it knew. */
	restart(): Promise<void>;
	stop(): Promise<void>;
}
