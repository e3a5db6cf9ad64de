import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

export const BASE_DN = 'dc=example,dc=org';
export const ADMIN_DN = 'cn=dm';
export const ADMIN_PASSWORD = 'directory-manager';
export const WATCHER_DN = `cn=watcher,${BASE_DN}`;
export const WATCHER_PASSWORD = 'watcher';

/** Debian's package and the usual place elsewhere. */
const TEMPLATE = '/usr/share/dirsrv/data/template-dse.ldif';

/** Sub-folders of the instance. */
export const FOLDERS = ['etc', 'etc/schema', 'db', 'bak', 'ldif', 'lock', 'log', 'inst', 'tmp'];

/** What stands between per cent signs in the template that 389 DS brings. */
const fillingsOf = (folder: string, port: number): Record<string, string> => ({
	schema_dir: join(folder, 'etc/schema'),
	lock_dir: join(folder, 'lock'),
	tmp_dir: join(folder, 'tmp'),
	cert_dir: join(folder, 'etc'),
	ldif_dir: join(folder, 'ldif'),
	bak_dir: join(folder, 'bak'),
	run_dir: folder,
	inst_dir: join(folder, 'inst'),
	log_dir: join(folder, 'log'),
	config_dir: join(folder, 'etc'),
	db_dir: join(folder, 'db'),
	db_home_dir: join(folder, 'db'),
	db_lib: 'bdb',
	fqdn: 'localhost',
	ds_port: String(port),
	ds_user: userInfo().username,
	ds_suffix: BASE_DN,
	rootdn: ADMIN_DN,
	ds_passwd: `{CLEAR}${ADMIN_PASSWORD}`,
	ldapi_enabled: 'off',
	ldapi: join(folder, 'ldapi.socket'),
	ldapi_autobind: 'off',
});

/** The database of the suffix. */
const DATABASE = `
dn: cn=userroot,cn=ldbm database,cn=plugins,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsBackendInstance
nsslapd-suffix: ${BASE_DN}
cn: userroot

dn: cn="${BASE_DN}",cn=mapping tree,cn=config
objectClass: top
objectClass: extensibleObject
objectClass: nsMappingTree
cn: ${BASE_DN}
nsslapd-state: backend
nsslapd-backend: userroot
`;

export interface Directory389Options {
	/** The Retro Changelog plug-in, with the ids of the entries. Default false. */
	changelog?: boolean;
	/** Whether the log holds the entries' ids (`targetUniqueId`). Default true. */
	changelogIds?: boolean;
	/** Whether the watcher may read cn=changelog. Default true. */
	changelogReadable?: boolean;
	/** RFC 4533, which needs the changelog. Default false. */
	contentSync?: boolean;
	/** The entryUSN plug-in. Default false. */
	usn?: boolean;
	/** The MemberOf plug-in. Default false. */
	memberOf?: boolean;
	/** Entries below the base DN, imported before the server starts: fast, and not recorded in the changelog. */
	seedLdif?: string;
	/** Seconds that accounts stay locked after three wrong passwords; absent = until somebody unlocks them. */
	lockoutDuration?: number;
}

const policyOf = ({ lockoutDuration }: Directory389Options): string[] => [
	'passwordLockout: on',
	'passwordMaxFailure: 3',
	// A throw-away password is worth no hundred thousand rounds.
	'passwordStorageScheme: SSHA',
	...(lockoutDuration === undefined
		? ['passwordUnlock: off']
		: ['passwordUnlock: on', `passwordLockoutDuration: ${lockoutDuration}`]),
];

const pluginsOf = (options: Directory389Options): string[] => [
	...(options.changelog ? ['Retro Changelog Plugin'] : []),
	...(options.contentSync ? ['Content Synchronization'] : []),
	...(options.usn ? ['USN'] : []),
	...(options.memberOf ? ['MemberOf Plugin'] : []),
];

/** What a plug-in is told besides being switched on. */
const settingsOf = (options: Directory389Options): Record<string, string[]> => ({
	'Retro Changelog Plugin':
		options.changelogIds === false ? [] : ['nsslapd-attribute: nsuniqueid:targetUniqueId'],
	'MemberOf Plugin': ['memberOfAutoAddOC: nsMemberOf'],
});

/** Switches plug-ins of the template on: each is one entry, and entries are told apart by an empty line. */
function withPlugins(ldif: string, options: Directory389Options): string {
	const names = pluginsOf(options);
	const settings = settingsOf(options);
	return ldif
		.split(/\n{2,}/)
		.map((entry) => {
			const name = names.find((one) => entry.startsWith(`dn: cn=${one},cn=plugins,cn=config`));
			if (name === undefined) return entry;
			const switched = entry.replace(/^nsslapd-pluginenabled: off$/im, 'nsslapd-pluginenabled: on');
			return [switched, ...(settings[name] ?? [])].join('\n');
		})
		.join('\n\n');
}

/** dse.ldif of a throw-away server on 127.0.0.1. */
export async function dseLdif(
	folder: string,
	port: number,
	options: Directory389Options = {},
): Promise<string> {
	const fillings = fillingsOf(folder, port);
	const template = await readFile(TEMPLATE, 'utf8');
	const filled = template.replace(/%(\w+)%/g, (whole, name: string) => fillings[name] ?? whole);
	const local = filled.replace(/^nsslapd-port: .*$/m, (line) =>
		[line, 'nsslapd-listenhost: 127.0.0.1', ...policyOf(options)].join('\n'),
	);
	return `${withPlugins(local, options).trimEnd()}\n${DATABASE}`;
}

/** What lets the watcher read the log. */
export const CHANGELOG_ACI = `(targetattr="*")(version 3.0; acl "watcher reads the changelog"; allow (read,search,compare) userdn="ldap:///${WATCHER_DN}";)`;

/** The suffix with the rights of the service account, the account, and the containers. */
export const baseEntries = (): Array<[dn: string, attributes: Record<string, string | string[]>]> => [
	[
		BASE_DN,
		{
			objectClass: 'domain',
			dc: 'example',
			aci: `(targetattr="*")(version 3.0; acl "watcher"; allow (all) userdn="ldap:///${WATCHER_DN}";)`,
		},
	],
	[
		WATCHER_DN,
		{
			objectClass: 'person',
			cn: 'watcher',
			sn: 'watcher',
			userPassword: WATCHER_PASSWORD,
			// Otherwise a walk ends after a few thousand entries.
			nsSizeLimit: '-1',
			nsLookThroughLimit: '-1',
		},
	],
	...['people', 'groups', 'devices', 'acknowledgments'].map((ou): [string, Record<string, string>] => [
		`ou=${ou},${BASE_DN}`,
		{ objectClass: 'organizationalUnit', ou },
	]),
];

/** RFC 2849. Values here are plain text. */
export const baseLdif = (): string =>
	baseEntries()
		.map(([dn, attributes]) => {
			const lines = Object.entries(attributes).flatMap(([name, values]) =>
				[values].flat().map((value) => `${name}: ${value}`),
			);
			return [`dn: ${dn}`, ...lines].join('\n');
		})
		.join('\n\n');
