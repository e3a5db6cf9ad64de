import type { Person } from '../directory.types';

/** Registrations remembered: about 2 MB. The one made longest ago makes room. */
const HOLDERS_REMEMBERED = 5_000;
/** Latest last, as a Map keeps them. */
const holders = new Map<string, Person>();

/** Who registered this device last in this process, as far as it is remembered. */
export const holderOf = (attribute: string, deviceId: string): Person | undefined =>
	holders.get(keyOf(attribute, deviceId));

export function rememberHolder(attribute: string, deviceId: string, person: Person): void {
	const key = keyOf(attribute, deviceId);
	const { id, dn, username } = person;
	holders.delete(key);
	// What it takes to address them, and nothing else about them.
	holders.set(key, { id, dn, username, enabled: 'unknown', locked: 'unknown', attributes: {} });
	for (const oldest of holders.keys()) {
		if (holders.size <= HOLDERS_REMEMBERED) break;
		holders.delete(oldest);
	}
}

const keyOf = (attribute: string, deviceId: string): string => `${attribute.toLowerCase()} ${deviceId}`;
