import type { DirectoryConventions } from '../directory.client';
import type { DirectoryFamily, DirectoryIdentity } from '../directory.types';
import type { LdapFilter } from './filter';
import type { EncodedControl } from './ldapControls';
import type { ServerMessage } from './serverMessage';

export interface LdapSettings {
	kind: 'ldap';
	/** `ldap://host:port` or `ldaps://host:port`; tried in order, the one that answers is kept. */
	urls: string[];
	security: 'none' | 'startTls' | 'ldaps';
	/** PEM; added to the system's authorities. */
	ca?: string;
	/** False only when an administrator switched verification off. */
	verifyCertificate: boolean;
	bindDn: string;
	password: string;
	baseDn: string;
	/** 'auto' = from the root DSE. */
	family: DirectoryFamily | 'auto';
	conventions: DirectoryConventions;
	connectTimeoutMs: number;
	operationTimeoutMs: number;
}

/** An entry with exact bytes. Attribute names are compared without case; options (`;binary`) are part of the name. */
export interface LdapEntry {
	readonly dn: string;
	/** Names as the server spelled them. */
	readonly names: readonly string[];
	values(name: string): string[];
	first(name: string): string | undefined;
	buffers(name: string): Buffer[];
}

export interface LdapSearch {
	base: string;
	scope: 'base' | 'one' | 'sub';
	filter: LdapFilter;
	/** RFC 4511: `*` all user attributes, `+` all operational ones, `1.1` none. */
	attributes: string[];
	/** 0 = no limit of our own. */
	sizeLimit?: number;
	/** Entries a page; absent = one unpaged stream. */
	pageSize?: number;
	/** Told of search references (RFC 4511 §4.5.3): URLs of servers that hold more. They are not followed. */
	onReference?(uris: string[]): void;
}

export interface LdapModification {
	operation: 'add' | 'delete' | 'replace';
	attribute: string;
	values: Array<string | Buffer>;
}

export interface RootDse {
	namingContexts: string[];
	defaultNamingContext?: string;
	configContext?: string;
	supportedControls: string[];
	supportedExtensions: string[];
	vendorName?: string;
	vendorVersion?: string;
	entry: LdapEntry;
}

/**
 * One serialised request client, and a session for each search under way (a search inside the loop of another takes a second one),
 * all to one server. Connects on first use, binds before anything else on every new socket, and connects anew after a loss: no
 * operation ever runs anonymously.
 */
export interface LdapConnection {
	readonly settings: LdapSettings;
	identity(): Promise<DirectoryIdentity>;
	rootDse(): Promise<RootDse>;
	/** Streaming; leaving the loop abandons the search on the server. */
	search(request: LdapSearch): AsyncIterable<LdapEntry>;
	/**
	 * One search with controls of our own, as the server answers it: entries with their controls, references, intermediate responses,
	 * and the result last, whatever its code. `silenceMs` limits each silence of the server, 0 = none; absent = the credential's.
	 * Leaving the loop abandons the search. On a session of its own.
	 */
	messages(request: LdapSearch, controls: EncodedControl[], silenceMs?: number): AsyncIterable<ServerMessage>;
	/** undefined = no such entry (32), or not visible to this bind. */
	read(dn: string, attributes: string[]): Promise<LdapEntry | undefined>;
	/** As `read`, of many, which are asked for without awaiting each answer. By the DN as it was given; what cannot be read is missing. */
	readMany(dns: readonly string[], attributes: string[]): Promise<Map<string, LdapEntry>>;
	add(dn: string, attributes: Record<string, Array<string | Buffer>>): Promise<void>;
	modify(dn: string, modifications: LdapModification[]): Promise<void>;
	remove(dn: string): Promise<void>;
	rename(dn: string, newDn: string): Promise<void>;
	close(): Promise<void>;
}
