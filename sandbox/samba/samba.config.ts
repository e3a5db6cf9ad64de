import type { Client } from 'ldapts';
import { Attribute, Change } from 'ldapts';

export const REALM = 'EXAMPLE.ORG';
export const BASE_DN = 'DC=example,DC=org';
export const ADMIN_DN = `CN=Administrator,CN=Users,${BASE_DN}`;
export const ADMIN_PASSWORD = 'Passw0rd.sandbox';
export const WATCHER_DN = `CN=watcher,CN=Users,${BASE_DN}`;
export const WATCHER_PASSWORD = 'Passw0rd.watcher';
export const DELETION_READER_DN = `CN=deletion reader,CN=Users,${BASE_DN}`;
export const CONTROLLER_DN = `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${BASE_DN}`;

/** Normal account whose password never expires (MS-ADTS §2.2.16). */
const SERVICE_ACCOUNT = 0x1_0200;
/** A tenth of a microsecond, negative: the form of an interval in Active Directory. */
const minutes = (count: number): string => String(-count * 60 * 10_000_000);

/** Three wrong passwords lock an account for half an hour, and short passwords will do. */
const DOMAIN_POLICY: Record<string, string> = {
	lockoutThreshold: '3',
	lockoutDuration: minutes(30),
	lockOutObservationWindow: minutes(30),
	pwdProperties: '0',
	minPwdLength: '1',
	minPwdAge: '0',
	pwdHistoryLength: '0',
};

/** The UTF-16 text in quotation marks that unicodePwd takes (MS-ADTS §3.1.1.3.1.5.1). */
export const quotedPassword = (password: string): Buffer => Buffer.from(`"${password}"`, 'utf16le');

/** What smb.conf(5) says of a domain controller that serves LDAP alone, below one folder, on one address. */
export const serverOptions = (folder: string, address: string): string[] =>
	Object.entries({
		'server services': 'ldap',
		'dcerpc endpoint servers': '-*',
		interfaces: `${address}/8`,
		'bind interfaces only': 'yes',
		// Simple binds without TLS, as a first installation may have them. Provisioning does not write this down.
		'ldap server require strong auth': 'no',
		'tls certfile': `${folder}/server.pem`,
		'tls keyfile': `${folder}/server.key`,
		'tls cafile': `${folder}/ca.pem`,
		// A throw-away directory need not outlive a power cut of the machine.
		'ldb:nosync': 'yes',
		'pid directory': `${folder}/pid`,
		'ncalrpc dir': `${folder}/ncalrpc`,
		'log file': `${folder}/log/samba.log`,
	}).map(([name, value]) => `--option=${name}=${value}`);

export const provisionArguments = (folder: string): string[] => [
	'domain',
	'provision',
	`--targetdir=${folder}`,
	`--realm=${REALM}`,
	'--domain=EXAMPLE',
	'--server-role=dc',
	'--dns-backend=NONE',
	`--adminpass=${ADMIN_PASSWORD}`,
	'--host-name=dc1',
	'--host-ip=127.0.0.1',
	// Access lists of files are kept in a file of their own: not every file system has them.
	`--option=posix:eadb=${folder}/eadb.tdb`,
];

/** The policy, the containers and the service account: a plain user of the domain. Passwords are only taken over TLS. */
export async function furnish(client: Client): Promise<void> {
	await client.modify(
		BASE_DN,
		Object.entries(DOMAIN_POLICY).map(
			([type, value]) =>
				new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) }),
		),
	);
	for (const ou of ['people', 'groups', 'devices', 'acknowledgments'])
		await client.add(`OU=${ou},${BASE_DN}`, { objectClass: 'organizationalUnit', ou });
	for (const dn of [WATCHER_DN, DELETION_READER_DN]) await addAccount(client, dn);
}

async function addAccount(client: Client, dn: string): Promise<void> {
	const name = dn.slice('CN='.length, dn.indexOf(','));
	const attributes: Record<string, Array<string | Buffer>> = {
		objectClass: ['user'],
		sAMAccountName: [name],
		userAccountControl: [String(SERVICE_ACCOUNT)],
		unicodePwd: [quotedPassword(WATCHER_PASSWORD)],
	};
	await client.add(
		dn,
		Object.entries(attributes).map(
			([type, values]) => new Attribute({ type, values: values.map((value) => Buffer.from(value)) }),
		),
	);
}

/** `S-1-5-21-…` of an account (MS-DTYP §2.4.2.1). */
export async function sidOf(client: Client, dn: string): Promise<string> {
	const request = {
		scope: 'base' as const,
		attributes: ['objectSid'],
		explicitBufferAttributes: ['objectSid'],
	};
	const { searchEntries } = await client.search(dn, request);
	const sid = searchEntries[0]?.['objectSid'];
	if (!Buffer.isBuffer(sid)) throw new Error(`${dn} has no SID`);
	const subAuthorities = Array.from({ length: sid.readUInt8(1) }, (_, index) =>
		sid.readUInt32LE(8 + 4 * index),
	);
	return ['S', sid.readUInt8(0), sid.readUIntBE(2, 6), ...subAuthorities].join('-');
}

/** LDIF that lets one more account list deleted objects: by default only administrators may. */
export const deletedObjectsLdif = (sid: string): string =>
	[
		`dn: CN=Deleted Objects,${BASE_DN}`,
		'changetype: modify',
		'replace: nTSecurityDescriptor',
		`nTSecurityDescriptor: O:SYG:SYD:PAI(A;;RPWPCCDCLCRCWOWDSDSW;;;SY)(A;;RPLC;;;BA)(A;;RPLC;;;${sid})`,
		'',
	].join('\n');
