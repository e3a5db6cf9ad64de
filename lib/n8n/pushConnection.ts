import type { ICredentialDataDecryptedObject, ICredentialTestFunction } from 'n8n-workflow';

import { DomainError } from '../domain.errors';
import type { SenderOptions } from '../push/fcm/fcm.sender';
import type { PushSender } from '../push/push.types';
import { pemCertificates } from './pemCertificates';

/** Opens FCM with the credential `firebaseCloudMessagingApi`. Rejects with DomainError when the credential cannot be used. */
export async function openFcm(
	credential: ICredentialDataDecryptedObject,
	options: SenderOptions = {},
): Promise<PushSender> {
	const { fcmSettingsOf } = await import('../push/fcm/fcmSettings.js');
	const { openFcmSender } = await import('../push/fcm/fcm.sender.js');
	const settings = fcmSettingsOf({
		serviceAccount: textOf(credential.serviceAccountPrivateKey),
		endpoint: textOf(credential.endpoint),
		tokenUrl: textOf(credential.tokenUrl),
		proxyUrl: textOf(credential.proxyUrl),
		proxyUser: textOf(credential.proxyUser),
		proxyPassword: textOf(credential.proxyPassword),
		ca: pemCertificates(textOf(credential.ca)),
	});
	return openFcmSender(settings, options);
}

/** n8n's credential test, named in `testedBy`: proves that the credential may send, without sending. */
export const fcmConnectionTest: ICredentialTestFunction = async function (credential) {
	try {
		await testFcm(credential.data ?? {});
		return { status: 'OK', message: 'FCM accepts the service account; it may send messages' };
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return { status: 'Error', message: `${error.message}. ${error.advice}` };
	}
};

async function testFcm(credential: ICredentialDataDecryptedObject): Promise<void> {
	const sender = await openFcm(credential);
	try {
		await sender.test();
	} finally {
		await sender.close();
	}
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value.trim() : '';
}
