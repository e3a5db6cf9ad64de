import type { FailedLogins, SpecialUser } from './account.routes.ts';
import type { OauthClient } from './logins.ts';
import type { StoredKind, StoredObject } from './stored.types.ts';

export interface OtdsSimulatorOptions {
	/** Default: any free port of 127.0.0.1. */
	port?: number;
	/** Serves below `/otdstenant/<tenant>/otdsws`. */
	tenant?: string;
	/** The server never answers more objects a page, whatever is asked for; default 1000. */
	pageSizeLimit?: number;
	/** HTTPS with a certificate of a fresh authority. */
	tls?: boolean;
	/** oTExtraAttr0..9 refuse several values: whether real servers do is not known. Default: they keep several. */
	singleValuedExtras?: boolean;
}

export type OtdsStoredObject = Pick<StoredObject, 'uuid' | 'id' | 'name' | 'partition' | 'location'>;
export type OtdsStoredUser = OtdsStoredObject;
export type OtdsStoredGroup = OtdsStoredObject;

export interface NewUser {
	name: string;
	/** Without one nobody can log in as this user. */
	password?: string;
	/** Name of an organizational unit, made when it is not there; default `users`. */
	location?: string;
	attributes?: Record<string, string[]>;
	/** The id lacks `@partition`, as in the official sample of a user. */
	bareId?: boolean;
}

export interface OtdsRequest {
	method: string;
	/** As sent, percent-encoded, with the base path. */
	path: string;
	query: Record<string, string>;
	/** 0 = the connection was dropped. */
	status: number;
}

/** What is left out stays as it is. */
export interface OtdsMisbehaviour {
	/** Tickets issued so far are answered with 400/1034, tokens with 401. */
	expireTickets?: true;
	/** `path` is tested against the path as sent. A text is sent as HTML. */
	failNext?: { path: RegExp; status: number; body?: unknown; times: number };
	latencyMs?: number;
	dropConnections?: boolean;
	/** After so many pages one page of /users, /groups or /roles breaks off in the middle; the next ones are whole again. */
	breakPageAfter?: number;
	/** Refused logins are 401, or 200 with a failureReason. */
	failedLogins?: FailedLogins;
	/** Logins with a password end in `continuation: true`. */
	secondFactor?: boolean;
}

/** OTDS on the loopback interface. What changes the model acts as an administrator at the console, and throws for what cannot be. */
export interface OtdsSimulator {
	/** `http://127.0.0.1:<port>/otdsws`, with the tenant's path where there is one; no slash at the end. */
	readonly baseUrl: string;
	readonly consoleUrl: string;
	/** With `tls`: the authority to trust. */
	readonly caPem: string | undefined;
	/** Administers all partitions. */
	readonly oauth: OauthClient;
	/** Administers everything. */
	readonly admin: SpecialUser;
	/** Another client, of certain partitions only. */
	addClient(partitions: readonly string[]): OauthClient;
	/** Lets a user administer these partitions, from their next login on. */
	letAdminister(userUuid: string, partitions: readonly string[]): void;
	/** "Staff" (kept here) and "AD Mirror" (synchronized) are there from the start. */
	addPartition(name: string, options?: { synchronized?: boolean; description?: string }): void;
	addUser(partition: string, user: NewUser): OtdsStoredUser;
	addGroup(partition: string, group: { name: string; description?: string }): OtdsStoredGroup;
	/** In a partition, or in `OAuthClients`, where the server keeps the roles of applications. */
	addRole(partition: string, role: { name: string; description?: string }): OtdsStoredObject;
	/** Who may use a resource: everybody of these partitions. */
	addAccessRole(name: string, options: { partitions: readonly string[]; description?: string }): void;
	/** Users and groups, of groups and roles. */
	addMember(groupUuid: string, memberUuid: string): void;
	removeMember(groupUuid: string, memberUuid: string): void;
	setEnabled(uuid: string, enabled: boolean): void;
	setLocked(uuid: string, locked: boolean): void;
	/** By `pwdReset`, or by another flag. */
	requireReset(uuid: string, required: boolean, attribute?: string): void;
	setAttribute(uuid: string, name: string, values: readonly string[]): void;
	/** To an organizational unit of the same partition, made when it is not there. */
	move(uuid: string, orgUnit: string): void;
	rename(uuid: string, name: string): void;
	remove(uuid: string): void;
	/** As if the user had logged in somewhere: bumps oTLastLoginTimestamp and modifyTimestamp. */
	login(uuid: string): void;
	/** A copy of what is kept now; undefined = there is none. */
	stored(uuid: string): StoredObject | undefined;
	/** The same of all of a kind, in the order of creation. */
	allStored(kind: StoredKind): StoredObject[];
	/** Requests to the REST interface, oldest first; at least the newest 10,000. */
	requests(): OtdsRequest[];
	resetRequests(): void;
	misbehave(wanted: OtdsMisbehaviour): void;
	/** Ends every misbehaviour; expired tickets stay expired. */
	behave(): void;
	/** Closes the port and breaks every connection. */
	kill(): Promise<void>;
	/** Back on the same port with what was stored; tickets, tokens and page cookies of before mean nothing any more. */
	restart(): Promise<void>;
	stop(): Promise<void>;
}
