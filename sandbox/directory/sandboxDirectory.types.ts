export interface SandboxPerson {
	key: string;
	uid: string;
	name: string;
	title: string;
	department: string;
	site: string;
	enabled: boolean;
}

export interface SandboxGroup {
	key: string;
	name: string;
	/** Keys of people and of nested groups. */
	members: string[];
}

export interface SandboxAcknowledgment {
	messageId: string;
	personKey: string;
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

/** A device as an app's own server would register it. */
export interface NewDevice {
	token: string;
	platform: string;
	app: string;
}

/**
 * The directory as its administrators use it; nothing in it knows the pack. People and groups are named by keys that mean something
 * to the directory alone: compare them with `sameKey`. What the directory refuses rejects with a sentence for people.
 */
export interface SandboxDirectory {
	people(): Promise<SandboxPerson[]>;
	groups(): Promise<SandboxGroup[]>;
	/** Oldest first. */
	acknowledgments(): Promise<SandboxAcknowledgment[]>;
	personKey(uid: string): Promise<string>;
	groupKey(name: string): Promise<string>;
	sameKey(one: string, other: string): boolean;
	/** Whoever watches the directory never sees the person without the devices. Resolves to the key. */
	addPerson(person: NewPerson, devices: readonly NewDevice[]): Promise<string>;
	/** @param members keys; at least one, which some directories ask for (RFC 4519 §3.5) */
	addGroup(name: string, description: string, members: string[]): Promise<void>;
	addMember(groupKey: string, memberKey: string): Promise<void>;
	removeMember(groupKey: string, memberKey: string): Promise<void>;
	setEnabled(personKey: string, enabled: boolean): Promise<void>;
	close(): Promise<void>;
}
