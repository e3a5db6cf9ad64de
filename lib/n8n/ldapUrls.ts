import { DomainError } from '../domain.errors';
import type { LdapSettings } from '../directory/ldap/ldap.types';

/** `ldap://host:port` each, from one or several URLs or bare host names, separated by commas, semicolons or white space. */
export function ldapUrlsOf(text: string, security: LdapSettings['security']): string[] {
	const written = text.split(/[\s,;]+/).filter((part) => part !== '');
	if (written.length === 0) {
		throw unusable(
			'The LDAP credential names no server',
			'Enter at least one URL, e.g. "ldap://directory.example.org:389".',
		);
	}
	return written.map((part) => ldapUrlOf(part, security));
}

function ldapUrlOf(written: string, security: LdapSettings['security']): string {
	const scheme = security === 'ldaps' ? 'ldaps' : 'ldap';
	const text = written.includes('://') ? written : `${scheme}://${written}`;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.username || url?.password) {
		throw unusable(
			'A server URL holds a name or a password',
			'Enter them in the fields Bind DN and Password instead.',
		);
	}
	if (url === undefined || !/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i.test(url.hostname)) {
		throw unusable(`"${written}" is not a server URL`, 'Write it like "ldap://directory.example.org:389".');
	}
	if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
		throw unusable(
			`"${written}" is more than a server URL`,
			'Only host and port belong there. The base DN has a field of its own.',
		);
	}
	checkScheme(written, url.protocol, scheme);
	return `${scheme}://${url.hostname}:${url.port || (scheme === 'ldaps' ? '636' : '389')}`;
}

function checkScheme(written: string, protocol: string, scheme: 'ldap' | 'ldaps'): void {
	if (protocol === `${scheme}:`) return;
	if (protocol === 'ldaps:')
		throw unusable(
			`"${written}" means LDAPS, but Security is set to something else`,
			'Set Security to LDAPS, or write the URL with "ldap://".',
		);
	if (protocol === 'ldap:')
		throw unusable(
			`Security is LDAPS, but "${written}" is not an LDAPS URL`,
			'Write the URL with "ldaps://", usually with port 636, or set Security to StartTLS.',
		);
	throw unusable(`"${written}" is not an LDAP URL`, 'It must start with "ldap://" or "ldaps://".');
}

const unusable = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'credential-invalid' });
