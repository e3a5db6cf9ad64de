import { randomBytes } from 'node:crypto';

export type DevicePlatform = 'android' | 'ios' | 'web';

export interface EmulatedDevice {
	/** `<installation id>:APA91b…`, as long as real ones. */
	token: string;
	/** Firebase installation id: the part of the token before the colon. */
	installationId: string;
	/** Whose device it is, in whatever form the caller names people. */
	person: string;
	platform: DevicePlatform;
	app: string;
}

export interface NewDevice {
	person: string;
	platform: DevicePlatform;
	app?: string;
}

/** The apps that exist: a token is good only when it was handed out here, and only until its app is uninstalled. */
export class DeviceRegistry {
	readonly #byToken = new Map<string, EmulatedDevice>();
	readonly #gone = new Set<string>();

	register({ person, platform, app = 'Directory Push' }: NewDevice): EmulatedDevice {
		const installationId = randomBytes(17).toString('base64url').slice(0, 22);
		const token = `${installationId}:APA91b${randomBytes(101).toString('base64url').slice(0, 134)}`;
		const device = { token, installationId, person, platform, app };
		this.#byToken.set(token, device);
		return device;
	}

	/** The app was uninstalled: from now on FCM answers UNREGISTERED. */
	unregister(token: string): void {
		const device = this.#byToken.get(token);
		if (!device) return;
		this.#byToken.delete(token);
		this.#gone.add(token).add(device.installationId);
	}

	/** @param target a registration token or an installation id */
	find(target: string): EmulatedDevice | 'unregistered' | 'neverIssued' {
		const device =
			this.#byToken.get(target) ?? this.all().find(({ installationId }) => installationId === target);
		if (device) return device;
		return this.#gone.has(target) ? 'unregistered' : 'neverIssued';
	}

	all(): EmulatedDevice[] {
		return [...this.#byToken.values()];
	}
}
