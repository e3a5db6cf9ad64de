import { DomainError } from '../../domain.errors';
import type { FcmSettings } from './fcm.types';
import { parseServiceAccount } from './serviceAccount';

export const GOOGLE_ENDPOINT = 'https://fcm.googleapis.com';
export const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** What a person fills in. Empty text means the default. */
export interface FcmCredentialFields {
	/** JSON of the key file. */
	serviceAccount: string;
	endpoint?: string;
	tokenUrl?: string;
	proxyUrl?: string;
	proxyUser?: string;
	proxyPassword?: string;
	/** PEM, already checked. */
	ca?: string;
}

/** Checks what a person filled in; rejects with DomainError that names the field. Nothing is contacted. */
export function fcmSettingsOf(fields: FcmCredentialFields): FcmSettings {
	const serviceAccount = parseServiceAccount(fields.serviceAccount);
	const tokenUrl = fields.tokenUrl || serviceAccount.tokenUri || GOOGLE_TOKEN_URL;
	return {
		serviceAccount,
		endpoint: securedUrl(fields.endpoint || GOOGLE_ENDPOINT, 'Endpoint'),
		tokenUrl: securedUrl(tokenUrl, 'Token URL'),
		proxy: fields.proxyUrl ? proxyOf(fields.proxyUrl, fields) : undefined,
		ca: fields.ca || undefined,
	};
}

/** The bearer token and the signed assertion travel to these addresses: in clear text on this machine at the most. */
function securedUrl(text: string, field: string): URL {
	const url = parsedUrl(text, field);
	if (url.username || url.password || url.search || url.hash) {
		throw refused(`${field} must be a plain address`, 'Leave out user, password, ? and #.');
	}
	if (url.protocol === 'https:') return url;
	if (url.protocol === 'http:' && isLoopback(url.hostname)) return url;
	throw refused(
		`${field} must begin with https://`,
		'An access token travels there; http:// is possible on this machine only.',
	);
}

function proxyOf(text: string, { proxyUser, proxyPassword }: FcmCredentialFields): URL {
	const url = parsedUrl(text, 'Proxy URL');
	if (url.protocol !== 'http:' && url.protocol !== 'https:') {
		throw refused('Proxy URL must begin with http:// or https://', 'SOCKS proxies are not supported.');
	}
	// Encoded here, because URL's setters leave a percent sign as it is: it would be decoded into something else later.
	if (proxyUser) url.username = encodeURIComponent(proxyUser);
	if (proxyPassword) url.password = encodeURIComponent(proxyPassword);
	if (isDecodable(url.username) && isDecodable(url.password)) return url;
	throw refused(
		'Proxy URL holds a login that cannot be decoded',
		'Write a percent sign in it as %25, or use Proxy User and Proxy Password.',
	);
}

function isDecodable(text: string): boolean {
	try {
		return decodeURIComponent(text) !== undefined;
	} catch (error) {
		if (error instanceof URIError) return false;
		throw error;
	}
}

/** The text is not quoted: a proxy's holds a password. */
function parsedUrl(text: string, field: string): URL {
	if (!URL.canParse(text.trim()))
		throw refused(`${field} is not an address`, 'It should look like https://host.example.com.');
	return new URL(text.trim());
}

export function isLoopback(hostname: string): boolean {
	return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function refused(message: string, advice: string): DomainError {
	return new DomainError(message, { advice, recovery: 'abort', failure: 'credential-invalid' });
}
