import type { PersonConventions } from '../directory.client';
import type { DirectoryIdentity } from '../directory.types';

/** What a credential for OpenText Directory Services comes down to. What is only inferred of the server is a setting here. */
export interface OtdsSettings {
	kind: 'otds';
	/** With tenant, without `/rest` and without a slash at the end: `https://host/otdsws`, `https://host/otdstenant/acme/otdsws`. */
	baseUrl: string;
	login: OtdsLogin;
	/** PEM; added to the system's authorities. */
	ca?: string;
	/** False only when an administrator switched verification off. */
	verifyCertificate: boolean;
	/** Names of the user partitions to work in; empty = all that the login sees. */
	partitions: readonly string[];
	/** Whether people and groups of a synchronized partition may be written to: the next import would undo it. */
	writesToSynchronized: boolean;
	conventions: PersonConventions;
	/** Boolean attribute that says that the password must be changed. */
	passwordResetAttribute: string;
	/** Attributes of people that hold records of ours; '' = none. */
	devicesAttribute: string;
	acknowledgmentsAttribute: string;
	/** 'several' = one record a value; 'one' = all packed into one value: for attributes that hold a single value. */
	recordValues: 'several' | 'one';
	/** Objects a page. */
	pageSize: number;
	connectTimeoutMs: number;
	operationTimeoutMs: number;
}

export type OtdsLogin =
	| { method: 'oauth2'; clientId: string; clientSecret: string }
	/** The ticket of a user; `userName` with its partition (`user@partition`). */
	| { method: 'ticket'; userName: string; password: string };

export type OtdsJson = string | number | boolean | null | OtdsJson[] | { [key: string]: OtdsJson };

/** A user, group or role as the server answered it. */
export interface OtdsObject {
	/** How the server addresses it in paths; may lack `@partition`. Not stable: `uuid` is. */
	id: string;
	uuid: string;
	name: string;
	partition: string;
	/** DN of where it stands. Not the DN under which memberships name it: join on uuid. */
	location: string;
	description?: string;
	/** As spelled by the server. Every value is a text, booleans as well. */
	attributes: Readonly<Record<string, readonly string[]>>;
}

export type OtdsCollection = 'users' | 'groups' | 'roles';

/** What the server's grammar is known to evaluate. */
export interface OtdsQuery {
	partition?: string;
	/** DN of an organizational unit. */
	location?: string;
	/** Users only. */
	state?: 'enabled' | 'disabled';
	/** A text that names contain. Its grammar is not documented: what is not found with it may be there all the same. */
	filter?: string;
}

export interface OtdsPage {
	/** To be read before the next page is asked for: a page that was left holds nothing. */
	objects: OtdsObject[];
	/**
	 * Of the objects as they were answered, but for what a login changes (timestamps) and the cookie: the same fingerprint as in an
	 * earlier walk means the same objects, unchanged.
	 */
	fingerprint: string;
}

export interface OtdsPartition {
	name: string;
	/** Mirrors another directory, which overwrites what is written here. */
	synchronized: boolean;
}

/**
 * Requests to one server, in the name of one login. Logs in at the first request, and once more when the server says that the login
 * has expired. Paths are segments, percent-encoded here. Every method may reject with DomainError.
 */
export interface OtdsConnection {
	readonly settings: OtdsSettings;
	identity(): Promise<DirectoryIdentity>;
	/** All pages, in the server's order. Ends only after the last page: an answer that breaks off is an error, never an end. */
	walk(collection: OtdsCollection, query: OtdsQuery): AsyncIterable<OtdsPage>;
	/** One object: undefined = there is none of that id (404). */
	object(collection: OtdsCollection, id: string): Promise<OtdsObject | undefined>;
	/** Any other path under /rest: undefined = 404. */
	get(path: readonly string[], query?: Readonly<Record<string, string>>): Promise<OtdsJson | undefined>;
	send(
		method: 'POST' | 'PUT' | 'PATCH',
		path: readonly string[],
		body: OtdsJson,
	): Promise<OtdsJson | undefined>;
	partitions(): Promise<OtdsPartition[]>;
	close(): Promise<void>;
}
