import { DomainError } from '../../domain.errors';
import type { TransportError } from './transport.errors';

const CERTIFICATE =
	/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;

/** Whether another attempt in a moment could reach the peer: a refused connection may, a wrong certificate will not. */
export function worthRetrying(error: TransportError): boolean {
	return !CERTIFICATE.test(error.code) && error.code !== 'EPROXYAUTH' && error.code !== 'ECLOSED';
}

/** In plain words: what could not be reached and what to do. */
export function unreachable(error: TransportError, peer: string): DomainError {
	if (CERTIFICATE.test(error.code)) {
		return problem(error, `The certificate of ${peer} is not trusted (${error.code})`, {
			advice:
				'If a proxy or gateway of your organisation stands in between, put its CA certificate into the credential. ' +
				'Otherwise someone may be intercepting the connection.',
			recovery: 'abort',
			failure: 'credential-invalid',
		});
	}
	if (error.code === 'EPROXYAUTH') {
		return problem(error, 'The proxy refuses the user name or password', {
			advice: 'Check Proxy URL in the credential: http://user:password@proxy.example.com:8080.',
			recovery: 'abort',
			failure: 'credential-invalid',
		});
	}
	const name =
		error.code === 'ENOTFOUND'
			? ' Its name is not known here: check the address in the credential and DNS.'
			: '';
	return problem(error, `Cannot reach ${peer} (${error.code})`, {
		advice: `Is the network, the proxy or a firewall in the way?${name} Nothing was sent; it is tried again with the next attempt.`,
		recovery: 'retry',
		failure: 'temporarily-unavailable',
	});
}

function problem(
	error: TransportError,
	message: string,
	options: Pick<DomainError, 'advice' | 'recovery' | 'failure'>,
): DomainError {
	return new DomainError(message, { ...options, code: error.code, cause: error });
}
