import { generateKeyPairSync } from 'node:crypto';

export const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
	.privateKey.export({ type: 'pkcs8', format: 'pem' })
	.toString();

/** A key file as the Firebase console hands it out, with a key that no service knows. */
export function serviceAccountFile(change: Record<string, unknown> = {}): string {
	return JSON.stringify({
		type: 'service_account',
		project_id: 'hospital-push',
		private_key_id: 'abc123',
		private_key: privateKeyPem,
		client_email: 'sender@hospital-push.iam.gserviceaccount.com',
		...change,
	});
}
