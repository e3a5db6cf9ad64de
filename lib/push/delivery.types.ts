import type { Device } from '../directory/devices/device.types';
import type { PushMessage, PushStatus } from './push.types';

export interface DeliveryDevice {
	id: string;
	platform: Device['platform'];
	/** A secret. */
	token: string;
}

/** One message to one recipient, on all their devices. */
export interface Delivery {
	message: PushMessage;
	devices: DeliveryDevice[];
	/** Found before anything was sent, e.g. a recipient that cannot be read: nothing is sent then. */
	problems?: Array<{ field: string; problem: string }>;
}

/** What became of one device. Never holds the token. */
export interface DeviceOutcome {
	deviceId: string;
	platform: Device['platform'];
	status: PushStatus;
	attempts: number;
	providerMessageId?: string;
	errorCode?: string;
	reason?: string;
}

/** - noDevice: the recipient has no device that could be reached */
export type DeliveryStatus = PushStatus | 'noDevice';

export interface DeliveryOutcome {
	/** `accepted` if any device accepted, else what most needs someone's attention. */
	status: DeliveryStatus;
	/** Devices for which the service took the message. */
	accepted: number;
	devices: DeviceOutcome[];
	/** In plain words, when nothing was sent. */
	reason?: string;
}
