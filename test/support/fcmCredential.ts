import type { FcmEmulator } from '../../sandbox/fcm/fcmEmulator';
import type { FcmCredentialFields } from '../../lib/push/fcm/fcmSettings';
import { fcmSettingsOf } from '../../lib/push/fcm/fcmSettings';
import { openFcmSender } from '../../lib/push/fcm/fcm.sender';
import type { SenderOptions } from '../../lib/push/fcm/fcm.sender';
import type { PushSender } from '../../lib/push/push.types';
import { TestClock } from './pushMessage';

export function fieldsFor(
	emulator: FcmEmulator,
	change: Partial<FcmCredentialFields> = {},
): FcmCredentialFields {
	return {
		serviceAccount: JSON.stringify(emulator.serviceAccount()),
		endpoint: emulator.endpoint,
		tokenUrl: emulator.tokenUrl,
		ca: emulator.caPem,
		...change,
	};
}

/** A real clock for time, but pauses that end at once. */
class ImpatientClock extends TestClock {
	override now(): number {
		return Date.now();
	}
}

export function senderFor(
	emulator: FcmEmulator,
	options: SenderOptions & { fields?: Partial<FcmCredentialFields> } = {},
): PushSender {
	const { fields, ...senderOptions } = options;
	return openFcmSender(fcmSettingsOf(fieldsFor(emulator, fields)), {
		clock: new ImpatientClock(),
		...senderOptions,
	});
}
