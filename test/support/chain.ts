/**
 * The whole chain on real parts, without n8n: a directory, FCM's emulator, people with phones, and what a workflow needs to reach
 * them. `connect(n8n)` gives an n8n its credentials, `publish` imports templates through the front door.
 */
import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import { recordKeysOf } from '../../lib/directory/acknowledgments/recordSigning';
import type { AcknowledgmentRecord } from '../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import { openDirectory } from '../../lib/directory/openDirectory';
import type { ImportedWorkflow, N8n, StoredCredential, WorkflowDocument } from '../../sandbox/n8n.ts';
import type { AcceptedMessage } from '../../sandbox/fcm/messageLog.ts';
import { startFcmEmulator } from '../../sandbox/fcm/fcmEmulator.ts';
import type { FcmEmulator } from '../../sandbox/fcm/fcmEmulator.types.ts';
import type { Slapd } from '../../sandbox/openldap/slapd.ts';
import { startSlapd } from '../../sandbox/openldap/slapd.ts';
import { DirectoryAdmin } from './directoryAdmin';
import { ldapSettings } from './ldap';

/** Signs links and records. */
export const SECRET = 'an acknowledgment secret that is long enough for HMAC-SHA-256';

export interface Tap {
	status: number;
	body: { status?: string; messageId?: string; action?: string; at?: string };
}

export class Chain {
	readonly admin: DirectoryAdmin;
	#directory: LdapDirectory | undefined;

	private constructor(
		readonly slapd: Slapd,
		readonly fcm: FcmEmulator,
	) {
		this.admin = new DirectoryAdmin(slapd);
	}

	/** A directory with the given people, each with one phone unless named in `withoutDevice`. */
	static async start(people: string[], withoutDevice: string[] = []): Promise<Chain> {
		const chain = new Chain(await startSlapd(), await startFcmEmulator({}));
		for (const uid of people) await chain.addPerson(uid, !withoutDevice.includes(uid));
		return chain;
	}

	async stop(): Promise<void> {
		await this.admin.close();
		await this.#directory?.close();
		await this.fcm.stop();
		await this.slapd.stop();
	}

	/** As the service account sees it. */
	async directory(): Promise<LdapDirectory> {
		return (this.#directory ??= await openDirectory(ldapSettings(this.slapd)));
	}

	async addPerson(uid: string, withDevice = true, attributes: Record<string, string[]> = {}): Promise<void> {
		const displayName = `${uid[0]?.toUpperCase()}${uid.slice(1)}`;
		const dn = await this.admin.addPerson(uid, {
			displayName: [displayName],
			mail: [`${uid}@example.org`],
			...attributes,
		});
		if (withDevice) await this.addDevice(dn, uid);
	}

	async addDevice(dn: string, uid: string): Promise<string> {
		const directory = await this.directory();
		const person = await directory.client.person({ by: 'dn', value: dn });
		if (!person) throw new Error(`${dn} is not there`);
		const { token } = this.fcm.registerDevice({ person: uid, platform: 'android' });
		const store = new SubtreeDeviceStore(directory.tree, directory.conventions.devicesDn);
		await store.register(person, { token, platform: 'android', app: 'Demo' });
		return token;
	}

	/** Pushes to the phones of one person, oldest first. */
	pushesTo(uid: string): AcceptedMessage[] {
		return this.fcm.messages().filter(({ device }) => device?.person === uid);
	}

	waitForPush(uid: string, timeoutMs = 45_000): Promise<AcceptedMessage> {
		return this.fcm.waitForMessage(({ device }) => device?.person === uid, timeoutMs);
	}

	async records(messageId: string): Promise<AcknowledgmentRecord[]> {
		const { tree, conventions } = await this.directory();
		const store = new SubtreeAcknowledgmentStore(
			tree,
			conventions.acknowledgmentsDn,
			recordKeysOf({ secret: SECRET }),
		);
		const records: AcknowledgmentRecord[] = [];
		for await (const record of store.ofMessage(messageId)) records.push(record);
		return records;
	}

	ldapCredential(): Record<string, unknown> {
		const { url, baseDn, watcherDn, watcherPassword } = this.slapd;
		return { urls: url, security: 'none', bindDn: watcherDn, password: watcherPassword, baseDn };
	}

	/** Gives an n8n the three credentials. */
	async connect(n8n: N8n): Promise<StoredCredential[]> {
		return [
			await n8n.client.createCredential('ldapDirectoryApi', 'Directory', this.ldapCredential()),
			...(await commonCredentials(n8n, this.fcm)),
		];
	}
}

/** The credentials that no directory has a part in. */
export async function commonCredentials({ client, url }: N8n, fcm: FcmEmulator): Promise<StoredCredential[]> {
	return [
		await client.createCredential('firebaseCloudMessagingApi', 'Firebase', {
			serviceAccountPrivateKey: JSON.stringify(fcm.serviceAccount()),
			endpoint: fcm.endpoint,
			tokenUrl: fcm.tokenUrl,
			ca: fcm.caPem,
		}),
		await client.createCredential('acknowledgmentSigningApi', 'Acknowledgments', {
			secret: SECRET,
			publicUrl: `${url}/webhook/acknowledgments`,
		}),
	];
}

export async function publish(
	n8n: N8n,
	document: WorkflowDocument,
	credentials: StoredCredential[],
): Promise<ImportedWorkflow> {
	const workflow = await n8n.client.importWorkflow(document, credentials);
	await n8n.client.activate(workflow);
	return workflow;
}

/** Taps Acknowledge as an app would. */
export async function tap(ackUrl: string, action = 'acknowledged'): Promise<Tap> {
	const url = new URL(ackUrl);
	const token = url.searchParams.get('token') ?? '';
	const response = await fetch(`${url.origin}${url.pathname}`, {
		method: 'POST',
		headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ token, action, device: 'app' }),
	});
	return { status: response.status, body: (await response.json()) as Tap['body'] };
}

/** The data of an accepted push: all values are strings. */
export function pushData({ message }: AcceptedMessage): Record<string, string> {
	return message.data as Record<string, string>;
}

export function pushText({ message }: AcceptedMessage): { title?: string; body?: string } {
	return message.notification as { title?: string; body?: string };
}
