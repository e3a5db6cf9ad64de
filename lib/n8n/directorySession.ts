import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';

import type { AcknowledgmentStore } from '../directory/acknowledgments/acknowledgmentRecord.types';
import { recordKeysOf } from '../directory/acknowledgments/recordSigning';
import { SubtreeAcknowledgmentStore } from '../directory/acknowledgments/subtreeAcknowledgment.store';
import { SubtreeDeviceStore } from '../directory/devices/subtreeDevice.store';
import type { Directory } from '../directory/openDirectory';
import { openDirectory } from '../directory/openDirectory';
import { signingKeysOf } from './acknowledgmentSigning';
import { ldapSettingsOf } from './ldapConnection';
import type { SessionFactory } from './operations';

/** What an operation of the Directory node works with: one connection a run, and the stores that live in the directory. */
export interface DirectorySession extends Pick<Directory, 'client' | 'close'> {
	devices: SubtreeDeviceStore;
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
	const settings = ldapSettingsOf(await context.getCredentials('ldapDirectoryApi'));
	const directory = await openDirectory(settings);
	let acknowledgments: Promise<AcknowledgmentStore> | undefined;
	return {
		client: directory.client,
		close: async () => directory.close(),
		devices: new SubtreeDeviceStore(directory.tree, directory.conventions.devicesDn),
		acknowledgments: async () => (acknowledgments ??= openAcknowledgments(context, directory)),
	};
}

async function openAcknowledgments(
	context: NodeContext,
	{ tree, conventions }: Directory,
): Promise<AcknowledgmentStore> {
	const keys = signingKeysOf(await context.getCredentials('acknowledgmentSigningApi'));
	return new SubtreeAcknowledgmentStore(tree, conventions.acknowledgmentsDn, recordKeysOf(keys));
}
