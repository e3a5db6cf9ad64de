import type { ICredentialDataDecryptedObject, ICredentialTestFunction } from 'n8n-workflow';

import type { SigningKeys } from '../acknowledgment/acknowledgment.types';
import { deriveKeys } from '../acknowledgment/acknowledgmentKeys';
import { DomainError } from '../domain.errors';

export interface AcknowledgmentSigning {
	keys: SigningKeys;
	/** Full public URL of the Acknowledgment Trigger, without a query. */
	publicUrl: string;
}

/**
 * Reads the credential `acknowledgmentSigningApi`. Throws DomainError `notConfigured` when the secret is absent or short, or when
 * links could not be trusted: people would be asked to confirm over an unprotected connection.
 */
export function signingOf(credential: ICredentialDataDecryptedObject): AcknowledgmentSigning {
	const keys = signingKeysOf(credential);
	return { keys, publicUrl: checkedUrl(credential.publicUrl) };
}

/** Only the secrets, for whoever checks links and makes none. Throws DomainError `notConfigured`. */
export function signingKeysOf({ secret, previousSecret }: ICredentialDataDecryptedObject): SigningKeys {
	const keys: SigningKeys = { secret: typeof secret === 'string' ? secret : '' };
	if (typeof previousSecret === 'string' && previousSecret.trim() !== '')
		keys.previousSecret = previousSecret;
	deriveKeys(keys, 'acknowledgment token');
	return keys;
}

function checkedUrl(value: unknown): string {
	const url = URL.parse(typeof value === 'string' ? value.trim() : '');
	if (!url || !['https:', 'http:'].includes(url.protocol)) {
		throw unusableUrl('The Public Acknowledgment URL is not a web address');
	}
	if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
		throw unusableUrl('The Public Acknowledgment URL does not start with https://');
	}
	if (url.username || url.password || url.search || url.hash) {
		throw unusableUrl('The Public Acknowledgment URL holds a login, a query or a fragment');
	}
	return url.href;
}

/** A computer's own address never leaves it, so that a trial needs no certificate. */
function isLoopback(hostname: string): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function unusableUrl(message: string): DomainError {
	return new DomainError(message, {
		advice:
			'Enter the full production URL of the Acknowledgment Trigger as a phone reaches it, for example https://n8n.example.org/webhook/acknowledgments.',
		recovery: 'abort',
		failure: 'credential-invalid',
		code: 'notConfigured',
	});
}

/** n8n's credential test, named in `testedBy` of every node that uses the credential. */
export const acknowledgmentSigningTest: ICredentialTestFunction = async function (credential) {
	try {
		signingOf(credential.data ?? {});
		return { status: 'OK', message: 'Links can be signed and checked' };
	} catch (error) {
		if (!(error instanceof DomainError)) throw error;
		return { status: 'Error', message: `${error.message}. ${error.advice}` };
	}
};
