import { createHash } from 'node:crypto';

import { DomainError } from '../../domain.errors';
import type { TreeEntry } from '../directory.client';
import type { Person } from '../directory.types';
import { isDn } from '../distinguishedName';
import type { Device, DeviceRegistration } from './device.types';

/** Active Directory's upper bound of `description`; the others allow more. */
const LONGEST_RECORD = 1024;
const LONGEST_APP_NAME = 100;
export const PLATFORMS: ReadonlyArray<Device['platform']> = ['android', 'ios', 'web', 'other'];

/** A person who registers one more loses the device that was seen longest ago. */
export const DEVICES_A_PERSON = 20;

export interface StoredDevice {
	device: Device;
	/** Id of the person who registered it; absent in entries that somebody else wrote. */
	personId?: string;
}

/** A device as a record's text describes it, without what its place in the directory tells. */
export interface DescribedDevice {
	fields: Omit<Device, 'id' | 'owner'>;
	personId?: string;
	/** Says what the text is, where values of other kinds may stand beside it. */
	is?: string;
}

/** 64 hexadecimal characters: the name of the entry, and just what AD allows a cn to be. */
export const deviceIdOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** @throws DomainError `configuration-invalid` when the token, platform or app cannot be what it should be. */
export function checkRegistration(registration: DeviceRegistration): void {
	const { token, platform, app } = registration;
	if (token === '') throw invalid('The device token is empty', 'Check the expression that gives the token.');
	if (/[\s\p{Cc}]/u.test(token)) {
		throw invalid('The device token has blanks or control characters', 'Pass the token as the app got it.');
	}
	if (!PLATFORMS.includes(platform)) {
		throw invalid(`"${short(platform)}" is not a platform`, `Use one of ${PLATFORMS.join(', ')}.`);
	}
	if (app !== undefined && app.length > LONGEST_APP_NAME) {
		throw invalid(
			`The name of the app has ${app.length} characters`,
			`At most ${LONGEST_APP_NAME} are kept: use a short name.`,
		);
	}
}

/** A device that was registered just now. `owner` as in {@link Device}. */
export function newDevice({ token, platform, app }: DeviceRegistration, owner: string, now: Date): Device {
	const time = now.toISOString();
	const device: Device = {
		id: deviceIdOf(token),
		...{ token, platform },
		registeredAt: time,
		lastSeenAt: time,
		owner,
	};
	if (app !== undefined && app !== '') device.app = app;
	return device;
}

export const lastSeenFirst = (a: Device, b: Device): number =>
	b.lastSeenAt.localeCompare(a.lastSeenAt) ||
	b.registeredAt.localeCompare(a.registeredAt) ||
	a.id.localeCompare(b.id);

/** The text of a device's record. `is` as in {@link DescribedDevice}. */
export function encodeDevice(device: Device, person: Pick<Person, 'id'>, is?: string): string {
	const { token, platform, app, registeredAt, lastSeenAt } = device;
	const text = JSON.stringify({ is, token, platform, app, registeredAt, lastSeenAt, personId: person.id });
	if (text.length > LONGEST_RECORD) {
		throw invalid(
			`The device token is too long: its record would take ${text.length} characters`,
			`The directory holds ${LONGEST_RECORD} (the limit of Active Directory). FCM tokens are far shorter: check that the token is the FCM registration token and nothing more.`,
		);
	}
	return text;
}

/** undefined for an entry that is none of ours or damaged: it must never stop a run. */
export function decodeDevice(entry: TreeEntry): StoredDevice | undefined {
	const id = entry.attributes.cn?.[0];
	const owner = entry.attributes.owner?.[0];
	const described = describedDevice(entry.attributes.description?.[0]);
	if (id === undefined || owner === undefined || !isDn(owner) || described === undefined) return undefined;
	const { fields, personId } = described;
	const device: Device = { id, ...fields, owner };
	return personId === undefined ? { device } : { device, personId };
}

/** undefined for a text that is none of ours or damaged. */
export function describedDevice(text: string | undefined): DescribedDevice | undefined {
	const record = parseObject(text);
	if (record === undefined) return undefined;
	const token = textOf(record.token);
	const platform = PLATFORMS.find((known) => known === record.platform);
	const registeredAt = timeOf(record.registeredAt);
	const lastSeenAt = timeOf(record.lastSeenAt);
	if (token === undefined || platform === undefined || !registeredAt || !lastSeenAt) return undefined;
	const app = textOf(record.app);
	const fields = { token, platform, registeredAt, lastSeenAt, ...(app === undefined ? {} : { app }) };
	return { fields, personId: textOf(record.personId), is: textOf(record.is) };
}

function parseObject(text: string | undefined): Partial<Record<string, unknown>> | undefined {
	if (text === undefined) return undefined;
	try {
		const parsed: unknown = JSON.parse(text);
		return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
	} catch (error) {
		// Not JSON: somebody else's entry or a damaged one. The store counts it.
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

const textOf = (value: unknown): string | undefined =>
	typeof value === 'string' && value !== '' ? value : undefined;

const timeOf = (value: unknown): string | undefined =>
	typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;

const short = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const invalid = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'skip', failure: 'configuration-invalid' });
