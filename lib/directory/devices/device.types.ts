import type { Person } from '../directory.types';

/** A device that can be reached by push. */
export interface Device {
	/** Stable id of the record: derived from the token, so that registering twice is one device. */
	id: string;
	/** FCM registration token. A secret: whoever has it can be pushed to. */
	token: string;
	platform: 'android' | 'ios' | 'web' | 'other';
	/** Name of the app the token belongs to. */
	app?: string;
	/** ISO 8601, UTC. */
	registeredAt: string;
	lastSeenAt: string;
	/** DN under which the person stands where devices are kept: their own, or a stand-in in another directory. */
	owner: string;
}

export interface DeviceRegistration {
	token: string;
	platform: Device['platform'];
	app?: string;
}

/** Where devices live is a convention of the directory: see docs/decisions. */
export interface DeviceStore {
	/** 'refreshed' when this token was known: lastSeenAt moves, the owner becomes this person. */
	register(
		person: Person,
		registration: DeviceRegistration,
	): Promise<{ device: Device; status: 'registered' | 'refreshed' }>;
	/** Person id → devices; every asked-for person is a key. One search for many persons. */
	devicesOf(persons: readonly Person[]): Promise<Map<string, Device[]>>;
	/** What of the records could not be read as one, by name: met so far. */
	readonly unreadable: ReadonlySet<string>;
	/** Every device there is, in the directory's order. */
	all(): AsyncIterable<Device>;
}

/** Whom to tell, and how: what Directory → Audience → Find emits and Push Notification reads. A stable contract. */
export interface Recipient {
	id: string;
	dn: string;
	username?: string;
	displayName?: string;
	mail?: string;
	locale?: string;
	devices: Device[];
	attributes: Record<string, string[]>;
	/** Which rule matched, in plain words. */
	why: string;
}
