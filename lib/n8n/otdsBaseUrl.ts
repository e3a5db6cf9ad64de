import { invalid } from './credentialFields';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * `https://host/otdsws` from what was pasted: without slashes at the end and without `/rest`.
 * Plain http only on this machine: tickets and secrets would be readable on the way. @throws DomainError `credential-invalid`
 */
export function otdsBaseUrlOf(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !['http:', 'https:'].includes(url.protocol)) throw unusable();
	if (url.username !== '' || url.password !== '')
		throw invalid('The Base URL holds a name or a password', 'Enter them in the fields below instead.');
	if (url.search !== '' || url.hash !== '') throw unusable();
	if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
		throw invalid(
			'The Base URL is not encrypted',
			'Write it with "https://": without it everybody on the network can read the secret. Plain http is for a server on the same machine.',
		);
	const path = url.pathname.replace(/\/+$/, '').replace(/\/rest$/i, '');
	if (path === '')
		throw invalid(
			'The Base URL has no path',
			'It usually ends in /otdsws, with a tenant in /otdstenant/<name>/otdsws.',
		);
	return `${url.origin}${path}`;
}

const unusable = () =>
	invalid('The Base URL is not a web address', 'Write it like "https://otds.example.org/otdsws".');
