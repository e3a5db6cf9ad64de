/** The twin of `Chain` on OpenText Directory Services: the same parts around the simulator, people with devices in attributes. */
import { acknowledgmentStoreOf } from '../../lib/directory/acknowledgments/acknowledgmentStore';
import type { AcknowledgmentRecord } from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import type { Directory } from '../../lib/directory/openDirectory';
import { openDirectory } from '../../lib/directory/openDirectory';
import { otdsFields } from '../../sandbox/demo/directories.ts';
import {
	ACKNOWLEDGMENTS_ATTRIBUTE,
	DEVICES_ATTRIBUTE,
	MANAGER_ATTRIBUTE,
	openOtdsSandbox,
	PARTITION,
} from '../../sandbox/directory/otdsDirectory.ts';
import type { SandboxDirectory } from '../../sandbox/directory/sandboxDirectory.types.ts';
import { startFcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import type { FcmEmulator } from '../../sandbox/fcm/fcmEmulator.types.ts';
import type { AcceptedMessage } from '../../sandbox/fcm/messageLog.ts';
import type { N8n, StoredCredential } from '../../sandbox/n8n.ts';
import type { OtdsSimulator } from '../../sandbox/otds/otdsSimulator.types.ts';
import { startOtdsSimulator } from '../../sandbox/otds/otdsSimulator.ts';
import { newPhone } from '../../sandbox/seed/seed.ts';
import { commonCredentials, SECRET } from './chain';
import { otdsSettings } from './scriptedOtds';

export class OtdsChain {
	readonly admin: SandboxDirectory;
	#directory: Directory | undefined;

	private constructor(
		readonly otds: OtdsSimulator,
		readonly fcm: FcmEmulator,
	) {
		this.admin = openOtdsSandbox(otds);
	}

	/** A directory with the given people, each with one phone unless named in `withoutDevice`. */
	static async start(people: string[], withoutDevice: string[] = []): Promise<OtdsChain> {
		const chain = new OtdsChain(await startOtdsSimulator(), await startFcmEmulator({}));
		for (const uid of people) await chain.addPerson(uid, !withoutDevice.includes(uid));
		return chain;
	}

	async stop(): Promise<void> {
		await this.#directory?.close();
		await this.fcm.stop();
		await this.otds.stop();
	}

	/** As the service account sees it. */
	async directory(): Promise<Directory> {
		return (this.#directory ??= await openDirectory(
			otdsSettings(this.otds.baseUrl, {
				login: { method: 'oauth2', ...this.otds.oauth },
				partitions: [PARTITION],
				conventions: { managerAttribute: MANAGER_ATTRIBUTE, localeAttribute: 'preferredLanguage' },
				devicesAttribute: DEVICES_ATTRIBUTE,
				acknowledgmentsAttribute: ACKNOWLEDGMENTS_ATTRIBUTE,
			}),
		));
	}

	/** Resolves to the key. */
	async addPerson(uid: string, withDevice = true): Promise<string> {
		const givenName = `${uid[0]?.toUpperCase()}${uid.slice(1)}`;
		const devices = withDevice ? [newPhone(this.fcm, uid, 'android')] : [];
		const work = { title: 'Nurse', department: 'Nursing', site: 'Riverside' };
		return this.admin.addPerson({ uid, givenName, surname: 'Test', ...work }, devices);
	}

	async addGroup(name: string, uids: string[]): Promise<void> {
		const members = await Promise.all(uids.map((uid) => this.admin.personKey(uid)));
		await this.admin.addGroup(name, 'A group', members);
	}

	async join(uid: string, group: string): Promise<void> {
		await this.admin.addMember(await this.admin.groupKey(group), await this.admin.personKey(uid));
	}

	/** Pushes to the phones of one person, oldest first. */
	pushesTo(uid: string): AcceptedMessage[] {
		return this.fcm.messages().filter(({ device }) => device?.person === uid);
	}

	waitForPush(uid: string, timeoutMs = 45_000): Promise<AcceptedMessage> {
		return this.fcm.waitForMessage(({ device }) => device?.person === uid, timeoutMs);
	}

	async records(messageId: string): Promise<AcknowledgmentRecord[]> {
		const { records: place } = await this.directory();
		const store = acknowledgmentStoreOf(place, recordKeysOf({ secret: SECRET }));
		const records: AcknowledgmentRecord[] = [];
		for await (const record of store.ofMessage(messageId)) records.push(record);
		return records;
	}

	/** Gives an n8n the three credentials. */
	async connect(n8n: N8n): Promise<StoredCredential[]> {
		return [
			await n8n.client.createCredential('openTextDirectoryServicesApi', 'OTDS', this.credential()),
			...(await commonCredentials(n8n, this.fcm)),
		];
	}

	credential(): Record<string, unknown> {
		return otdsFields(this.otds);
	}
}
