export interface SandboxPerson {
	dn: string;
	uid: string;
	name: string;
	title: string;
	department: string;
	site: string;
	enabled: boolean;
}

export interface SandboxGroup {
	dn: string;
	name: string;
	/** DNs of people and of nested groups. */
	members: string[];
}

export interface SandboxAcknowledgment {
	messageId: string;
	personDn: string;
	action: string;
	/** ISO 8601, as recorded. */
	at: string;
}

export interface NewPerson {
	uid: string;
	givenName: string;
	surname: string;
	title: string;
	department: string;
	site: string;
	/** BCP 47 */
	language?: string;
	/** uid */
	manager?: string;
}

export interface DirectoryLogin {
	url: string;
	baseDn: string;
	adminDn: string;
	adminPassword: string;
}

/** The directory as its administrators use it: written to with an ordinary LDAP client, which knows nothing of the pack. */
export interface SandboxDirectory {
	readonly baseDn: string;
	people(): Promise<SandboxPerson[]>;
	groups(): Promise<SandboxGroup[]>;
	/** Oldest first. */
	acknowledgments(): Promise<SandboxAcknowledgment[]>;
	personDn(uid: string): string;
	groupDn(name: string): string;
	addPerson(person: NewPerson): Promise<string>;
	/** @param members DNs; at least one (RFC 4519 §3.5) */
	addGroup(name: string, description: string, members: string[]): Promise<void>;
	/** A device entry as an app's own server would write it. */
	addDevice(uid: string, token: string, platform: string, app: string): Promise<void>;
	addMember(groupDn: string, memberDn: string): Promise<void>;
	removeMember(groupDn: string, memberDn: string): Promise<void>;
	setEnabled(personDn: string, enabled: boolean): Promise<void>;
	close(): Promise<void>;
}
