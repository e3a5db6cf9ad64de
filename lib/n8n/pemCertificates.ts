import { X509Certificate } from 'node:crypto';

import { DomainError } from '../domain.errors';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g;

/** Certificates as pasted into a credential field, where line breaks may have become blanks or `\n`. Undefined when empty. */
export function pemCertificates(pasted: string): string | undefined {
	if (pasted.trim() === '') return undefined;
	const certificates = [...pasted.replaceAll('\\n', '\n').matchAll(CERTIFICATE)].map(([, body = '']) => {
		const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? [];
		return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
	});
	if (certificates.length === 0 || !certificates.every(isCertificate)) {
		throw new DomainError('The CA certificate cannot be read', {
			advice: 'Paste the whole file, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".',
			recovery: 'abort',
			failure: 'credential-invalid',
		});
	}
	return certificates.join('');
}

function isCertificate(pem: string): boolean {
	try {
		return new X509Certificate(pem).serialNumber !== '';
	} catch {
		return false;
	}
}
