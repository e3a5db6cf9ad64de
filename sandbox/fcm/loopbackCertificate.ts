import { generate } from 'selfsigned';

export interface LoopbackCertificate {
	/** The authority to trust. */
	caPem: string;
	key: string;
	cert: string;
}

/** A fresh authority and a certificate for this machine's loopback names, valid for a day, kept in memory only. */
export async function issueLoopbackCertificate(): Promise<LoopbackCertificate> {
	const validity = {
		notBeforeDate: daysFromNow(-1),
		notAfterDate: daysFromNow(1),
		algorithm: 'sha256',
		keyType: 'ec',
	} as const;
	const authority = await generate([{ name: 'commonName', value: 'Directory Push sandbox authority' }], {
		...validity,
		extensions: [
			{ name: 'basicConstraints', cA: true, critical: true },
			{ name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
		],
	});
	const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
		...validity,
		ca: { key: authority.private, cert: authority.cert },
		extensions: [
			{ name: 'basicConstraints', cA: false, critical: true },
			{ name: 'keyUsage', digitalSignature: true, critical: true },
			{ name: 'extKeyUsage', serverAuth: true },
			{
				name: 'subjectAltName',
				altNames: [
					{ type: 2, value: 'localhost' },
					{ type: 7, ip: '127.0.0.1' },
					{ type: 7, ip: '::1' },
				],
			},
		],
	});
	return { caPem: authority.cert, key: leaf.private, cert: leaf.cert };
}

const daysFromNow = (days: number): Date => new Date(Date.now() + days * 86_400_000);
