import type { NewDevice, SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { DevicePlatform } from '../fcm/deviceRegistry.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import { GROUPS, PEOPLE } from './hospital.ts';

export const APP = 'Hospital';

/** Fills an empty directory with people, groups and devices, and gives the emulator the same devices. */
export async function seedSandbox(directory: SandboxDirectory, emulator: FcmEmulator): Promise<void> {
	for (const { devices, ...person } of PEOPLE) {
		const phones = devices.map((platform) => newPhone(emulator, person.uid, platform));
		await directory.addPerson(person, phones);
	}
	for (const { name, description, people, groups = [] } of GROUPS) {
		const members = [...people.map(directory.personKey), ...groups.map(directory.groupKey)];
		await directory.addGroup(name, description, await Promise.all(members));
	}
}

/** The app is installed: it gets its token from FCM, for its server to keep in the directory. */
export function newPhone(emulator: FcmEmulator, uid: string, platform: DevicePlatform): NewDevice {
	const { token } = emulator.registerDevice({ person: uid, platform, app: APP });
	return { token, platform, app: APP };
}
