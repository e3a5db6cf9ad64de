import { DomainError } from '../../domain.errors';
import type { EntryTree, Rdn } from '../directory.client';
import type { Person } from '../directory.types';
import { normalizeDn, sameDn } from '../distinguishedName';
import type { Device, DeviceRegistration, DeviceStore } from './device.types';
import type { StoredDevice } from './deviceRecord';
import {
	checkRegistration,
	decodeDevice,
	DEVICES_A_PERSON,
	encodeDevice,
	lastSeenFirst,
	newDevice,
} from './deviceRecord';

/** Owners asked for in one search: keeps its filter under 20 kB. */
const OWNERS_A_SEARCH = 100;
const ATTRIBUTES = ['cn', 'owner', 'description'];

export interface SubtreeDeviceOptions {
	now?: () => Date;
	/** The DN under which a person stands in the records; absent = their own. */
	ownerDn?: (person: Person) => string;
}

/**
 * Devices as `device` entries (RFC 4519 §3.4) in a subtree of their own: `cn` = hash of the token, `owner` = DN of the
 * person, `description` = the rest as JSON. Entries that cannot be read are left out and remembered in `unreadable`.
 * A person who was moved or renamed keeps their devices where the server maintains `owner` (refint, referint, AD), else
 * until the app registers again. Cannot see devices that live elsewhere.
 */
export class SubtreeDeviceStore implements DeviceStore {
	/** DNs of entries that are no device records. */
	readonly unreadable = new Set<string>();
	private readonly now: () => Date;
	private readonly ownerDn: (person: Person) => string;

	constructor(
		private readonly tree: EntryTree,
		private readonly devicesDn: string,
		{ now = () => new Date(), ownerDn = ({ dn }) => dn }: SubtreeDeviceOptions = {},
	) {
		this.now = now;
		this.ownerDn = ownerDn;
	}

	async register(
		person: Person,
		registration: DeviceRegistration,
	): Promise<{ device: Device; status: 'registered' | 'refreshed' }> {
		checkRegistration(registration);
		const owner = this.ownerDn(person);
		const device = newDevice(registration, owner, this.now());
		if ((await this.add(person, device)) === 'added') {
			await this.dropSurplus(person, device.id);
			return { device, status: 'registered' };
		}
		const known = await this.tree.read(pathOf(device.id), this.devicesDn, ATTRIBUTES);
		if (known === undefined) throw vanished();
		const before = decodeDevice(known)?.device;
		if (before !== undefined) device.registeredAt = before.registeredAt;
		await this.tree.replace(pathOf(device.id), this.devicesDn, this.attributesOf(person, device));
		if (before === undefined || !sameDn(before.owner, owner)) {
			await this.dropSurplus(person, device.id);
		}
		return { device, status: 'refreshed' };
	}

	async devicesOf(persons: readonly Person[]): Promise<Map<string, Device[]>> {
		const found = new Map<string, Device[]>(persons.map(({ id }) => [id, []]));
		for (let start = 0; start < persons.length; start += OWNERS_A_SEARCH) {
			await this.collect(persons.slice(start, start + OWNERS_A_SEARCH), found);
		}
		for (const devices of found.values()) devices.sort(lastSeenFirst);
		return found;
	}

	async *all(): AsyncIterable<Device> {
		for await (const { device } of this.stored()) yield device;
	}

	private async collect(persons: readonly Person[], found: Map<string, Device[]>): Promise<void> {
		const idOfOwner = new Map(persons.map((person) => [normalizeDn(this.ownerDn(person)), person.id]));
		const owners = {
			attribute: 'owner',
			values: [...new Set(persons.map((person) => this.ownerDn(person)))],
		};
		for await (const stored of this.stored(owners)) {
			const id = idOfOwner.get(normalizeDn(stored.device.owner));
			const devices = id === undefined ? undefined : found.get(id);
			// A DN can be given to somebody new: the device of whoever had it before is not theirs.
			const anothers = stored.personId !== undefined && stored.personId !== id;
			if (devices === undefined || anothers) continue;
			if (!devices.some(({ token }) => token === stored.device.token)) devices.push(stored.device);
		}
	}

	private async *stored(owners?: { attribute: string; values: string[] }): AsyncIterable<StoredDevice> {
		for await (const entry of this.tree.children(this.devicesDn, ATTRIBUTES, owners)) {
			const stored = decodeDevice(entry);
			if (stored === undefined) this.unreadable.add(entry.dn);
			else yield stored;
		}
	}

	/** Runs after the new entry is there, so that a failure in between leaves a person with one device too many, never too few. */
	private async dropSurplus(person: Person, newest: string): Promise<void> {
		const devices = (await this.devicesOf([person])).get(person.id) ?? [];
		const others = devices.filter(({ id }) => id !== newest);
		for (const surplus of others.slice(DEVICES_A_PERSON - 1)) {
			await this.tree.remove(pathOf(surplus.id), this.devicesDn);
		}
	}

	private async add(person: Person, device: Device): Promise<'added' | 'exists'> {
		const attributes = { objectClass: ['top', 'device'], ...this.attributesOf(person, device) };
		return this.tree.add(pathOf(device.id), this.devicesDn, attributes);
	}

	private attributesOf(person: Person, device: Device): Record<string, string[]> {
		return { owner: [device.owner], description: [encodeDevice(device, person)] };
	}
}

const pathOf = (id: string): Rdn[] => [{ attribute: 'cn', value: id }];

const vanished = (): DomainError =>
	new DomainError('The device was removed by somebody else while it was being registered', {
		advice: 'Register it again.',
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
