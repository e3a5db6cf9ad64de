import { DomainError } from '../../domain.errors';
import { readRecord } from '../acknowledgments/recordText';
import { currentValues } from '../currentValues';
import type { PersonAttributes } from '../directory.client';
import type { Person } from '../directory.types';
import { oneAtATime } from '../keyedQueue';
import type { Device, DeviceRegistration, DeviceStore } from './device.types';
import {
	checkRegistration,
	describedDevice,
	DEVICES_A_PERSON,
	deviceIdOf,
	encodeDevice,
	lastSeenFirst,
	newDevice,
} from './deviceRecord';
import { holderOf, rememberHolder } from './tokenHolders';

/** Marks a value as ours among others of the attribute. */
const IS_DEVICE = 'device';

interface HeldDevice {
	device: Device;
	/** As it is stored: what is not changed is written back as it was. */
	text: string;
}

/** A person's values, sorted out. */
interface HeldValues {
	/** Last seen first, each token once. */
	devices: HeldDevice[];
	/** Values that are none of this person's devices: kept exactly as they are. */
	foreign: string[];
}

/**
 * Devices as values of one attribute of the person: JSON with the token, marked `"is":"device"`. Values of anybody else's are kept
 * as they are, and remembered in `unreadable` unless they are acknowledgments; so are devices that were copied from another
 * person's profile, which are never pushed to.
 *
 * One process changes a person's values one after the other. Two n8n processes that register for the SAME person in the same moment
 * can undo each other, because the port cannot write under a condition: the app's next start registers again.
 *
 * A token that moves to another person is taken from the earlier one where this process saw them register, and among people whose
 * devices are asked for together the latest registration counts. It cannot be seen that somebody else, registered before a
 * restart or by another process, still holds the token: nobody can be found by a value. A subtree of a Record Directory has no such gap.
 */
export class AttributeDeviceStore implements DeviceStore {
	/** `attribute of DN` of values that are no device records. */
	readonly unreadable = new Set<string>();

	constructor(
		private readonly attributes: PersonAttributes,
		private readonly attribute: string,
		private readonly now: () => Date = () => new Date(),
	) {}

	async register(
		person: Person,
		registration: DeviceRegistration,
	): Promise<{ device: Device; status: 'registered' | 'refreshed' }> {
		checkRegistration(registration);
		const device = newDevice(registration, person.dn, this.now());
		// Refuses what is too long before anything is taken from anybody.
		encodeDevice(device, person, IS_DEVICE);
		// Two people who register one token in the same moment: the second takes it from the first.
		return oneAtATime(this.attribute, device.id, async () => {
			// First taken, then given: a failure in between leaves nobody with a device that is no longer theirs.
			const taken = await this.takeFromEarlierHolder(device.id, person);
			const known = await oneAtATime(this.attribute, person.id, () => this.put(person, device));
			rememberHolder(this.attribute, device.id, person);
			return { device, status: known || taken ? 'refreshed' : 'registered' };
		});
	}

	async devicesOf(persons: readonly Person[]): Promise<Map<string, Device[]>> {
		const values = await this.attributes.read(persons, this.attribute);
		const found = new Map<string, Device[]>();
		for (const person of persons) {
			const { devices } = this.sorted(person, values.get(person.id) ?? []);
			found.set(
				person.id,
				devices.map(({ device }) => device),
			);
		}
		return withLatestHolders(found);
	}

	async *all(): AsyncIterable<Device> {
		for await (const { person, values } of this.attributes.all(this.attribute)) {
			for (const { device } of this.sorted(person, values).devices) yield device;
		}
	}

	/** Whether the device was this person's already; then it keeps the time of its first registration. */
	private async put(person: Person, device: Device): Promise<boolean> {
		const { devices, foreign } = await this.held(person);
		const before = devices.find(({ device: { id } }) => id === device.id)?.device;
		if (before !== undefined) device.registeredAt = before.registeredAt;
		const others = textsOfOthers(devices, device.id).slice(0, DEVICES_A_PERSON - 1);
		const written = encodeDevice(device, person, IS_DEVICE);
		await this.attributes.write(person, this.attribute, [...foreign, written, ...others]);
		return before !== undefined;
	}

	private async takeFromEarlierHolder(deviceId: string, person: Person): Promise<boolean> {
		const holder = holderOf(this.attribute, deviceId);
		if (holder === undefined || holder.id === person.id) return false;
		return oneAtATime(this.attribute, holder.id, async () => {
			try {
				const { devices, foreign } = await this.held(holder);
				const left = textsOfOthers(devices, deviceId);
				if (left.length === devices.length) return false;
				await this.attributes.write(holder, this.attribute, [...foreign, ...left]);
				return true;
			} catch (error) {
				// Who is gone holds nothing.
				if (error instanceof DomainError && error.failure === 'not-found') return false;
				throw error;
			}
		});
	}

	private async held(person: Person): Promise<HeldValues> {
		return this.sorted(person, await currentValues(this.attributes, person, this.attribute));
	}

	private sorted(person: Person, values: readonly string[]): HeldValues {
		const devices: HeldDevice[] = [];
		const foreign: string[] = [];
		for (const text of values) {
			const described = describedDevice(text);
			if (described?.is === IS_DEVICE && described.personId === person.id) {
				const { fields } = described;
				devices.push({ device: { id: deviceIdOf(fields.token), ...fields, owner: person.dn }, text });
			} else {
				foreign.push(text);
				if (readRecord(text)?.is === undefined) this.unreadable.add(`${this.attribute} of ${person.dn}`);
			}
		}
		devices.sort((one, other) => lastSeenFirst(one.device, other.device));
		const latest = new Map(devices.toReversed().map((held) => [held.device.id, held]));
		return { devices: devices.filter((held) => latest.get(held.device.id) === held), foreign };
	}
}

const textsOfOthers = (devices: readonly HeldDevice[], deviceId: string): string[] =>
	devices.filter(({ device }) => device.id !== deviceId).map(({ text }) => text);

/** A token that several hold is of the one who registered last. */
function withLatestHolders(found: Map<string, Device[]>): Map<string, Device[]> {
	const latest = new Map<string, Device>();
	for (const device of [...found.values()].flat()) {
		const other = latest.get(device.id);
		if (other === undefined || lastSeenFirst(device, other) < 0) latest.set(device.id, device);
	}
	for (const [id, devices] of found) {
		found.set(
			id,
			devices.filter((device) => latest.get(device.id) === device),
		);
	}
	return found;
}
