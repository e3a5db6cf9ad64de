import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

import type { AcknowledgmentStore } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { recordKeysOf } from '../directory/acknowledgments/recordSigning';
import { acknowledgmentStoreOf } from '../directory/acknowledgments/acknowledgmentStore';
import { deviceStoreOf } from '../directory/devices/deviceStore';
import type { DeviceStore } from '../directory/devices/device.types';
import type { Directory } from '../directory/openDirectory';
import { openDirectory } from '../directory/openDirectory';
import { signingKeysOf } from './acknowledgmentSigning';
import { directorySettingsOf, recordDirectoryOf } from './directoryCredential';
import type { SessionFactory } from './operations';

/** What an operation of the Directory node works with: one connection a run, and the stores that live in the directory. */
export interface DirectorySession extends Pick<Directory, 'client' | 'close'> {
	/** Throws DomainError, when asked for, where the credential says nowhere that devices live. */
	readonly devices: DeviceStore;
	/** Needs the signing credential, so it is made when first asked for. */
	acknowledgments(): Promise<AcknowledgmentStore>;
}

type NodeContext = IExecuteFunctions | ILoadOptionsFunctions;

export const directorySessions: SessionFactory<DirectorySession> = {
	open: openDirectorySession,
	close: async (session) => session.close(),
};

/** Opens what *Connect Using* names. @throws DomainError when the credential cannot be used */
export async function openDirectorySession(context: NodeContext): Promise<DirectorySession> {
	const settings = await directorySettingsOf(context);
	const directory = await openDirectory(settings, await recordDirectoryOf(context));
	let devices: DeviceStore | undefined;
	let acknowledgments: Promise<AcknowledgmentStore> | undefined;
	return {
		client: directory.client,
		close: async () => directory.close(),
		get devices() {
			return (devices ??= deviceStoreOf(directory.records));
		},
		acknowledgments: async () => (acknowledgments ??= openAcknowledgments(context, directory)),
	};
}

async function openAcknowledgments(
	context: NodeContext,
	{ records }: Directory,
): Promise<AcknowledgmentStore> {
	const keys = signingKeysOf(await context.getCredentials('acknowledgmentSigningApi'));
	return acknowledgmentStoreOf(records, recordKeysOf(keys));
}
