import type { Detections, Sight } from '../changes.types';

/** The same answer for all kinds, but for the exceptions. */
export function detections(sight: Sight, exceptions: Partial<Detections> = {}): Detections {
	return {
		'user.created': { sight },
		'user.enabled': { sight },
		'user.disabled': { sight },
		'user.locked': { sight },
		'user.unlocked': { sight },
		'user.passwordResetRequired': { sight },
		'user.updated': { sight },
		'user.moved': { sight },
		'user.deleted': { sight },
		'user.firstDeviceRegistered': { sight },
		'group.created': { sight },
		'group.deleted': { sight },
		'group.memberAdded': { sight },
		'group.memberRemoved': { sight },
		...exceptions,
	};
}
