import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generate } from 'selfsigned';

export interface CertificateFiles {
	ca: string;
	certificate: string;
	key: string;
	caPem: string;
}

/** A certificate authority of our own and a server certificate for the given names, written into `folder`. */
export async function writeCertificates(folder: string, hostNames: string[]): Promise<CertificateFiles> {
	const authority = await generate([{ name: 'commonName', value: 'Sandbox directory authority' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		extensions: [
			{ name: 'basicConstraints', cA: true, critical: true },
			{ name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
		],
	});
	const server = await generate([{ name: 'commonName', value: hostNames[0] ?? 'localhost' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		ca: { key: authority.private, cert: authority.cert },
		extensions: [
			{ name: 'basicConstraints', cA: false },
			{ name: 'subjectAltName', altNames: hostNames.map(alternativeName) },
		],
	});
	const files = {
		ca: join(folder, 'ca.pem'),
		certificate: join(folder, 'server.pem'),
		key: join(folder, 'server.key'),
	};
	await writeFile(files.ca, authority.cert);
	await writeFile(files.certificate, server.cert);
	await writeFile(files.key, server.private, { mode: 0o600 });
	return { ...files, caPem: authority.cert };
}

const alternativeName = (host: string): { type: 2; value: string } | { type: 7; ip: string } =>
	/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
