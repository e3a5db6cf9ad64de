import { existsSync } from 'node:fs';

export const BASE_DN = 'dc=example,dc=org';
export const ADMIN_DN = `cn=admin,${BASE_DN}`;
export const ADMIN_PASSWORD = 'admin';
/** The service account that the pack binds as. */
export const WATCHER_DN = `cn=watcher,${BASE_DN}`;
export const WATCHER_PASSWORD = 'reads-and-records';

export interface SlapdConfiguration {
	folder: string;
	accesslog: boolean;
	/** Values from before in the access log. */
	logold: boolean;
	/** The overlay syncprov on the access log, which tells of writes as they happen. */
	logSyncprov: boolean;
	memberof: boolean;
	/** Size limit (entries) for the service account; absent = unlimited. */
	sizeLimit?: number;
	/** File names of PEM certificates and key. */
	tls?: { ca: string; certificate: string; key: string };
}

/** Debian and Ubuntu, then the places other distributions and Homebrew use. */
const firstThatExists = (what: string, candidates: string[]): string => {
	const found = candidates.find((candidate) => existsSync(candidate));
	if (found === undefined) {
		throw new Error(`OpenLDAP's ${what} was not found. Install it, e.g. "apt-get install slapd ldap-utils".`);
	}
	return found;
};

export const slapdBinary = (): string =>
	firstThatExists('server program slapd', [
		'/usr/sbin/slapd',
		'/usr/libexec/slapd',
		'/usr/lib/openldap/slapd',
		'/usr/local/libexec/slapd',
		'/opt/homebrew/opt/openldap/libexec/slapd',
	]);

const schemaFolder = (): string =>
	firstThatExists('schema folder', [
		'/etc/ldap/schema',
		'/etc/openldap/schema',
		'/usr/local/etc/openldap/schema',
		'/opt/homebrew/etc/openldap/schema',
	]);

/** Absent where overlays are compiled in. */
const moduleFolder = (): string | undefined =>
	[
		'/usr/lib/ldap',
		'/usr/lib64/openldap',
		'/usr/lib/openldap',
		'/opt/homebrew/opt/openldap/libexec/openldap',
	].find((candidate) => existsSync(candidate));

const watcherLimits = (sizeLimit: number | undefined): string =>
	sizeLimit === undefined
		? `limits dn.exact="${WATCHER_DN}" size=unlimited time=unlimited`
		: `limits dn.exact="${WATCHER_DN}" size.soft=${sizeLimit} size.hard=${sizeLimit} size.prtotal=${sizeLimit} time=unlimited`;

function globalSection({ folder, tls }: SlapdConfiguration): string[] {
	const schemas = ['core', 'cosine', 'inetorgperson', 'nis', 'dyngroup'];
	const modules = moduleFolder();
	return [
		...schemas.map((schema) => `include ${schemaFolder()}/${schema}.schema`),
		`pidfile ${folder}/slapd.pid`,
		`argsfile ${folder}/slapd.args`,
		...(modules === undefined
			? []
			: [`modulepath ${modules}`, ...LOADED.map((name) => `moduleload ${name}`)]),
		'sizelimit unlimited',
		'serverID 1',
		...(tls === undefined
			? []
			: [
					`TLSCACertificateFile ${tls.ca}`,
					`TLSCertificateFile ${tls.certificate}`,
					`TLSCertificateKeyFile ${tls.key}`,
				]),
	];
}
const LOADED = ['back_mdb', 'syncprov', 'accesslog', 'ppolicy', 'memberof', 'refint'];

/** Must stand before the database whose overlay writes to it. */
const accesslogDatabase = ({ folder, logSyncprov }: SlapdConfiguration): string[] => [
	'database mdb',
	'suffix cn=accesslog',
	`directory ${folder}/log`,
	'maxsize 1073741824',
	'dbnosync',
	`rootdn ${ADMIN_DN}`,
	'index default eq',
	'index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN,reqEntryUUID',
	...(logSyncprov ? ['overlay syncprov', 'syncprov-nopresent TRUE', 'syncprov-reloadhint TRUE'] : []),
	`limits dn.exact="${WATCHER_DN}" size=unlimited time=unlimited`,
	`access to * by dn.exact="${WATCHER_DN}" read by * none`,
];

const mainDatabase = (configuration: SlapdConfiguration): string[] => [
	'database mdb',
	`suffix ${BASE_DN}`,
	`rootdn ${ADMIN_DN}`,
	`rootpw ${ADMIN_PASSWORD}`,
	`directory ${configuration.folder}/db`,
	'maxsize 2147483648',
	'dbnosync',
	'index objectClass,entryCSN,entryUUID,modifyTimestamp,createTimestamp eq',
	'index uid,cn,mail,sn,employeeNumber,member,memberUid,manager,owner,roleOccupant eq',
	'index pwdAccountLockedTime,pwdReset pres',
	'access to attrs=userPassword by self write by anonymous auth by * none',
	...['devices', 'acknowledgments'].map(
		(name) => `access to dn.subtree="ou=${name},${BASE_DN}" by dn.exact="${WATCHER_DN}" write by * none`,
	),
	'access to * by users read by anonymous auth by * none',
	watcherLimits(configuration.sizeLimit),
	...(configuration.memberof ? MEMBEROF : []),
	'overlay ppolicy',
	`ppolicy_default cn=default,ou=policies,${BASE_DN}`,
	...(configuration.accesslog ? ACCESSLOG_OVERLAY : []),
	...(configuration.accesslog && configuration.logold ? ['logold (objectClass=*)'] : []),
	'overlay syncprov',
	'syncprov-checkpoint 100 1',
];
const MEMBEROF = [
	'overlay memberof',
	'memberof-group-oc groupOfNames',
	'memberof-member-ad member',
	'memberof-refint TRUE',
	'overlay refint',
	'refint_attributes member manager',
];
const ACCESSLOG_OVERLAY = [
	'overlay accesslog',
	'logdb cn=accesslog',
	'logops writes session',
	'logsuccess TRUE',
	'logpurge 07+00:00 01+00:00',
];

/** slapd.conf(5) of a throw-away server: one directory, its access log, a monitor. */
export const slapdConfigurationText = (configuration: SlapdConfiguration): string =>
	[
		...globalSection(configuration),
		...(configuration.accesslog ? accesslogDatabase(configuration) : []),
		...mainDatabase(configuration),
		'database monitor',
		`rootdn ${ADMIN_DN}`,
		`access to * by dn.exact="${WATCHER_DN}" read by * none`,
		'',
	].join('\n');

/** The suffix, the containers, the service account and two password policies: wrong passwords lock people, never the service account. */
export const baseLdif = (): string => `dn: ${BASE_DN}
objectClass: dcObject
objectClass: organization
dc: example
o: Example Hospital

dn: ${WATCHER_DN}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: watcher
userPassword: ${WATCHER_PASSWORD}
pwdPolicySubentry: cn=services,ou=policies,${BASE_DN}

${['people', 'groups', 'devices', 'acknowledgments', 'policies']
	.map((name) => `dn: ou=${name},${BASE_DN}\nobjectClass: organizationalUnit\nou: ${name}\n`)
	.join('\n')}
dn: cn=default,ou=policies,${BASE_DN}
objectClass: device
objectClass: pwdPolicy
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3
pwdMustChange: TRUE
pwdAllowUserChange: TRUE
pwdLockoutDuration: 0

dn: cn=services,ou=policies,${BASE_DN}
objectClass: device
objectClass: pwdPolicy
cn: services
pwdAttribute: userPassword
`;
