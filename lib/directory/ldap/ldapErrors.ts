import { DomainError } from '../../domain.errors';
import { redact } from '../redact';
import { ACTIVE_DIRECTORY_LOGIN } from './activeDirectoryLogin';
import { REFUSED_LOGINS } from './refusedLogins';
import { RESULT_CODES, unknownResult } from './resultCodes';
import type { LdapResult } from './serverMessage';

/** What is said about every failure of one connection: where, and what must never be shown. */
export interface ErrorPlace {
	endpoint: string;
	secrets: readonly string[];
}

/** An LDAP result other than success, for `action` such as `search below ou=people` (completes "while trying to …"). */
export function resultError(result: LdapResult, action: string, place: ErrorPlace): DomainError {
	const known = RESULT_CODES.get(result.code) ?? unknownResult(result.code);
	const login = result.code === 49 ? activeDirectoryReason(result.diagnostic) : undefined;
	const { what, advice } = login ?? known;
	const diagnostic = result.diagnostic.replaceAll('\0', '').trim();
	const detail = diagnostic === '' ? '' : `: ${diagnostic}`;
	return new DomainError(
		redact(
			`The directory ${what} (${known.name}, ${result.code}) when asked to ${action}${detail}`,
			place.secrets,
		),
		{ advice, recovery: known.recovery, failure: known.failure, code: String(result.code) },
	);
}

/**
 * A bind that the server answered with anything but success. Unless the server is merely busy or refers elsewhere, the login is
 * what it refuses, whatever the code: whoever tries it again may lock the account.
 */
export function loginError(result: LdapResult, dn: string, place: ErrorPlace): DomainError {
	const error = resultError(result, `log in as ${dn}`, place);
	if (error.failure === 'temporarily-unavailable' || result.code === REFERRAL) return error;
	const refused = REFUSED_LOGINS.get(result.code);
	const general = RESULT_CODES.get(result.code);
	const message =
		refused === undefined || general === undefined
			? error.message
			: error.message.replace(general.what, refused.what);
	return new DomainError(message, {
		advice: refused?.advice ?? error.advice,
		recovery: 'abort',
		failure: 'credential-invalid',
		code: error.code,
	});
}
const REFERRAL = 10;

const activeDirectoryReason = (diagnostic: string): { what: string; advice: string } | undefined => {
	const code = /\bdata ([0-9a-f]{3}),/i.exec(diagnostic)?.[1]?.toLowerCase();
	return code === undefined ? undefined : ACTIVE_DIRECTORY_LOGIN.get(code);
};

const START =
	'Check the URL in the credential, that the server is running, and that no firewall stands between n8n and the server.';
const TRUST =
	'Paste the certificate of the authority that signed the server certificate into the field CA Certificate of the credential.';
const WRONG_HOST =
	'Use the host name that the certificate was issued for in the URL, or have the certificate issued anew with this name.';

/** By Node's error code. `recovery: abort` where another attempt without a change cannot succeed. */
const CONNECTION_FAILURES: ReadonlyMap<string, { what: string; advice: string; trust?: true }> = new Map([
	['ECONNREFUSED', { what: 'Nothing listens there', advice: START }],
	[
		'ENOTFOUND',
		{
			what: 'The host name is not known',
			advice: 'Check the host name in the credential. In Docker, "localhost" is the container itself.',
		},
	],
	[
		'EAI_AGAIN',
		{
			what: 'The host name could not be looked up',
			advice: 'The name server did not answer. It is worth another attempt.',
		},
	],
	[
		'ETIMEDOUT',
		{
			what: 'The server did not answer in time',
			advice: `${START} The time-outs can be raised in the credential.`,
		},
	],
	['EHOSTUNREACH', { what: 'There is no way to the host', advice: START }],
	['ENETUNREACH', { what: 'There is no way to the network of the host', advice: START }],
	[
		'ECONNRESET',
		{
			what: 'The server closed the connection',
			advice: 'Check that Security in the credential fits the port: 389 is usually StartTLS, 636 LDAPS.',
		},
	],
	['EPIPE', { what: 'The server closed the connection', advice: START }],
	[
		'EPROTO',
		{
			what: 'The server does not speak TLS there',
			advice: 'Check that Security in the credential fits the port: 389 is usually StartTLS, 636 LDAPS.',
			trust: true,
		},
	],
	[
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		{ what: 'The server certificate is signed by itself', advice: TRUST, trust: true },
	],
	[
		'SELF_SIGNED_CERT_IN_CHAIN',
		{
			what: 'The server certificate comes from an authority that is not trusted here',
			advice: TRUST,
			trust: true,
		},
	],
	[
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		{
			what: 'The server certificate comes from an authority that is not trusted here',
			advice: TRUST,
			trust: true,
		},
	],
	[
		'UNABLE_TO_GET_ISSUER_CERT',
		{
			what: 'The server certificate comes from an authority that is not trusted here',
			advice: TRUST,
			trust: true,
		},
	],
	[
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		{
			what: 'The server certificate comes from an authority that is not trusted here',
			advice: TRUST,
			trust: true,
		},
	],
	[
		'CERT_HAS_EXPIRED',
		{
			what: 'The server certificate has expired',
			advice: 'Have the server certificate renewed.',
			trust: true,
		},
	],
	[
		'CERT_NOT_YET_VALID',
		{
			what: 'The server certificate is not valid yet',
			advice: 'Check the clocks of both machines.',
			trust: true,
		},
	],
	[
		'CERT_SIGNATURE_FAILURE',
		{ what: 'The server certificate was not signed by the given authority', advice: TRUST, trust: true },
	],
	[
		'ERR_TLS_CERT_ALTNAME_INVALID',
		{ what: 'The server certificate was issued for another host', advice: WRONG_HOST, trust: true },
	],
]);

/** A socket or TLS failure. `action` as in {@link resultError}. */
export function connectionError(error: unknown, action: string, place: ErrorPlace): DomainError {
	if (error instanceof DomainError) return error;
	const code = nodeErrorCode(error);
	const known =
		code === undefined ? undefined : (CONNECTION_FAILURES.get(code) ?? tlsFailure(code, messageOf(error)));
	const reason = known?.what ?? messageOf(error);
	const trust = known?.trust === true;
	return new DomainError(redact(`Cannot ${action} at ${place.endpoint}: ${reason}`, place.secrets), {
		advice: known?.advice ?? START,
		recovery: trust ? 'abort' : 'retry',
		failure: trust ? 'credential-invalid' : 'temporarily-unavailable',
		code,
	});
}

/** OpenSSL's names for what is wrong with a certificate (X509_V_ERR_…), as Node passes them on. */
const CERTIFICATE_FAILURE =
	/^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_CERT|INVALID_|HOSTNAME_MISMATCH|UNSPECIFIED|.*_SIGNATURE)/;

function tlsFailure(
	code: string,
	message: string,
): { what: string; advice: string; trust: true } | undefined {
	if (CERTIFICATE_FAILURE.test(code)) {
		return { what: `The server certificate was refused (${message})`, advice: TRUST, trust: true };
	}
	if (!/^ERR_(SSL|TLS|OSSL)_/.test(code)) return undefined;
	return {
		what: `TLS could not be set up (${code})`,
		advice: `Check that the port speaks TLS. ${TRUST}`,
		trust: true,
	};
}

/** Asked by shape: errors of Node may come from another realm, where `instanceof Error` does not hold. */
function nodeErrorCode(error: unknown): string | undefined {
	if (typeof error !== 'object' || error === null) return undefined;
	if ('code' in error && typeof error.code === 'string') return error.code;
	// Connecting to a name with several addresses fails with one error each.
	return 'errors' in error && Array.isArray(error.errors) ? nodeErrorCode(error.errors[0]) : undefined;
}

const messageOf = (error: unknown): string =>
	typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
		? error.message
		: 'The connection failed';

/** An error of Node's kind, for failures that we notice ourselves. */
export const systemError = (code: string, message: string): Error =>
	Object.assign(new Error(message), { code });
