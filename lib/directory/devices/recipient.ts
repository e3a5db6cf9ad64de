import type { Person } from '../directory.types';
import type { Device, Recipient } from './device.types';

/** What Push Notification needs of a person, and no more. */
export function recipientOf(person: Person, devices: Device[], why: string): Recipient {
	const { id, dn, username, displayName, mail, locale, attributes } = person;
	return { id, dn, username, displayName, mail, locale, devices, attributes, why };
}
