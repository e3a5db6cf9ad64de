import type { ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { absoluteDn, isDn } from '../directory/distinguishedName';
import type { DirectoryFamily } from '../directory/directory.types';
import type { LdapSettings } from '../directory/ldap/ldap.types';
import type { DomainError } from '../domain.errors';
import type { LdapDirectory } from '../directory/openDirectory';
import { openDirectory } from '../directory/openDirectory';
import type { CredentialFields } from './credentialFields';
import { failedTest, invalid, milliseconds, oneOf, textOf } from './credentialFields';
import { ldapUrlsOf } from './ldapUrls';
import { pemCertificates } from './pemCertificates';

const FAMILIES: ReadonlyArray<DirectoryFamily | 'auto'> = [
	'auto',
	'openldap',
	'activeDirectory',
	'389ds',
	'opendj',
	'ldap',
];
const SECURITIES: ReadonlyArray<LdapSettings['security']> = ['startTls', 'ldaps', 'none'];

/** What the credential `ldapDirectoryApi` says, checked. @throws DomainError `credential-invalid` naming the field */
export function ldapSettingsOf(fields: CredentialFields): LdapSettings {
	const security = oneOf(SECURITIES, fields.security, 'startTls');
	return {
		kind: 'ldap',
		urls: ldapUrlsOf(textOf(fields.urls), security),
		security,
		ca: pemCertificates(textOf(fields.trustedAuthorities)),
		verifyCertificate: fields.skipVerification !== true,
		bindDn: required(
			textOf(fields.bindDn).trim(),
			'Bind DN',
			'It is the full name of the service account, e.g. "cn=watcher,dc=example,dc=org".',
		),
		password: required(
			textOf(fields.password),
			'Password',
			'Without one the directory would treat this package as an anonymous visitor.',
		),
		baseDn: dnOf(
			required(
				textOf(fields.baseDn).trim(),
				'Base DN',
				'It names where people and groups are looked for, e.g. "dc=example,dc=org".',
			),
			'Base DN',
		),
		family: oneOf(FAMILIES, fields.family, 'auto'),
		conventions: {
			managerAttribute: textOf(fields.managerAttribute).trim() || 'manager',
			localeAttribute: textOf(fields.localeAttribute).trim() || 'preferredLanguage',
			devicesDn: dnOf(textOf(fields.devicesDn).trim() || 'ou=devices', 'Devices DN'),
			acknowledgmentsDn: dnOf(
				textOf(fields.acknowledgmentsDn).trim() || 'ou=acknowledgments',
				'Acknowledgments DN',
			),
		},
		connectTimeoutMs: milliseconds(fields.connectTimeoutSeconds, 10),
		operationTimeoutMs: milliseconds(fields.operationTimeoutSeconds, 60),
	};
}

/** The nodes' `ldapConnectionTest`: logs in, and looks for the base DN and for the subtrees of the directory conventions. */
export async function testLdapCredential(
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	let directory: LdapDirectory | undefined;
	try {
		const settings = ldapSettingsOf(credential.data ?? {});
		directory = await openDirectory(settings);
		return { status: 'OK', message: await describeConnection(directory, settings) };
	} catch (error) {
		return failedTest(error);
	} finally {
		await directory?.close();
	}
}

async function describeConnection({ connection }: LdapDirectory, settings: LdapSettings): Promise<string> {
	const { vendor, endpoint } = await connection.identity();
	if ((await connection.read(settings.baseDn, ['1.1'])) === undefined) throw baseDnMissing(settings.baseDn);
	const { devicesDn, acknowledgmentsDn } = settings.conventions;
	const { namingContexts } = await connection.rootDse();
	const missing: string[] = [];
	for (const [subtree, use] of [
		[devicesDn, 'registering devices'],
		[acknowledgmentsDn, 'recording acknowledgments'],
	] as const) {
		const dn = absoluteDn(subtree, settings.baseDn, namingContexts);
		if ((await connection.read(dn, ['1.1'])) === undefined) missing.push(`${dn} for ${use}`);
	}
	const connected = `Connected to ${vendor} at ${endpoint}`;
	if (missing.length === 0) return connected;
	return `${connected}. It shows no ${missing.join(', and no ')}: ask the administrator to create it and to let the service account read and write there`;
}

const baseDnMissing = (baseDn: string): DomainError =>
	invalid(
		`The login works, but the directory shows no entry ${baseDn}`,
		'Check the base DN, and that the service account may read there.',
	);

function required(value: string, field: string, advice: string): string {
	if (value === '') throw invalid(`The LDAP credential has no ${field}`, advice);
	return value;
}

function dnOf(value: string, field: string): string {
	if (!isDn(value))
		throw invalid(`${field} "${value}" is not a DN`, 'Write it like "ou=people,dc=example,dc=org".');
	return value;
}
