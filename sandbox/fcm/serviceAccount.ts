import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** The key file of a Google service account, as the Firebase console hands it out. */
export interface ServiceAccountKey {
	type: 'service_account';
	project_id: string;
	private_key_id: string;
	private_key: string;
	client_email: string;
	client_id: string;
	auth_uri: string;
	token_uri: string;
	auth_provider_x509_cert_url: string;
	client_x509_cert_url: string;
	universe_domain: string;
}

/** What the token endpoint keeps of an account it issued. */
export interface IssuedAccount {
	email: string;
	keyId: string;
	publicKey: KeyObject;
}

/** A new account with an RSA key pair of its own; its `token_uri` is the emulator's. */
export function issueServiceAccount(
	projectId: string,
	tokenUrl: string,
): { key: ServiceAccountKey; account: IssuedAccount } {
	const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const keyId = randomBytes(20).toString('hex');
	const email = `firebase-adminsdk-${randomBytes(3).toString('hex')}@${projectId}.iam.gserviceaccount.com`;
	return {
		account: { email, keyId, publicKey },
		key: {
			type: 'service_account',
			project_id: projectId,
			private_key_id: keyId,
			private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
			client_email: email,
			client_id: BigInt(`0x${randomBytes(8).toString('hex')}`)
				.toString()
				.padStart(21, '1'),
			auth_uri: new URL('/o/oauth2/auth', tokenUrl).href,
			token_uri: tokenUrl,
			auth_provider_x509_cert_url: new URL('/oauth2/v1/certs', tokenUrl).href,
			client_x509_cert_url: new URL(`/robot/v1/metadata/x509/${encodeURIComponent(email)}`, tokenUrl).href,
			universe_domain: 'googleapis.com',
		},
	};
}
