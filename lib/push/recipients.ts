import { deviceIdOf } from '../directory/devices/deviceRecord';
import type { Device } from '../directory/devices/device.types';
import type { DeliveryDevice } from './delivery.types';

/** Of `Recipient` (device.types.ts), what sending reads. */
export interface PushRecipient {
	id: string;
	dn?: string;
	username?: string;
	displayName?: string;
	locale?: string;
	devices: DeliveryDevice[];
}

const PLATFORMS: ReadonlyArray<Device['platform']> = ['android', 'ios', 'web', 'other'];

/**
 * A recipient as Directory → Audience → Find emits it, or the same as JSON text. Undefined when it is something else. A device
 * listed twice is one.
 */
export function readRecipient(value: unknown): PushRecipient | undefined {
	const fields = fieldsOf(typeof value === 'string' ? parsed(value) : value);
	if (!fields || typeof fields.id !== 'string' || fields.id === '' || !Array.isArray(fields.devices))
		return undefined;
	const devices = fields.devices.map(readDevice);
	if (!devices.every((device) => device !== undefined)) return undefined;
	return {
		id: fields.id,
		dn: textOf(fields.dn),
		username: textOf(fields.username),
		displayName: textOf(fields.displayName),
		locale: textOf(fields.locale),
		devices: withoutRepeats(devices),
	};
}

/** Tokens as a list, or as text with commas, semicolons or line ends between them. Undefined when it is something else. */
export function readTokens(value: unknown): DeliveryDevice[] | undefined {
	const list: unknown[] =
		typeof value === 'string' ? value.split(/[\s,;]+/) : Array.isArray(value) ? value : [undefined];
	if (!list.every((token) => typeof token === 'string')) return undefined;
	const tokens = list.map((token) => token.trim()).filter((token) => token !== '');
	return withoutRepeats(tokens.map((token) => ({ id: deviceIdOf(token), platform: 'other', token })));
}

function readDevice(value: unknown): DeliveryDevice | undefined {
	const fields = fieldsOf(value);
	if (!fields || typeof fields.token !== 'string') return undefined;
	const { token, id } = fields;
	const platform = PLATFORMS.find((known) => known === fields.platform) ?? 'other';
	return { token, platform, id: typeof id === 'string' && id !== '' ? id : deviceIdOf(token) };
}

function withoutRepeats(devices: DeliveryDevice[]): DeliveryDevice[] {
	return [...new Map(devices.map((device) => [device.token, device])).values()];
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Not JSON, so not a recipient: the caller says what one looks like.
		return undefined;
	}
}
