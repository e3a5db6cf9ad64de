import type { SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { DevicePlatform } from '../fcm/deviceRegistry.ts';
import type { FcmEmulator } from '../fcm/fcmEmulator.types.ts';
import { GROUPS, PEOPLE } from './hospital.ts';

export const APP = 'Hospital';

/** Fills an empty directory with people, groups and devices, and gives the emulator the same devices. */
export async function seedSandbox(directory: SandboxDirectory, emulator: FcmEmulator): Promise<void> {
	for (const { devices, ...person } of PEOPLE) {
		await directory.addPerson(person);
		for (const platform of devices) await giveDevice(directory, emulator, person.uid, platform);
	}
	for (const { name, description, people, groups = [] } of GROUPS) {
		const members = [...people.map(directory.personDn), ...groups.map(directory.groupDn)];
		await directory.addGroup(name, description, members);
	}
}

/** The app is installed: it gets its token from FCM, and its server writes the device entry. The person need not exist yet. */
export async function giveDevice(
	directory: SandboxDirectory,
	emulator: FcmEmulator,
	uid: string,
	platform: DevicePlatform,
): Promise<void> {
	const { token } = emulator.registerDevice({ person: uid, platform, app: APP });
	await directory.addDevice(uid, token, platform, APP);
}
