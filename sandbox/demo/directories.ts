import { openLdapSandbox } from '../directory/ldapDirectory.ts';
import {
	ACKNOWLEDGMENTS_ATTRIBUTE,
	DEVICES_ATTRIBUTE,
	MANAGER_ATTRIBUTE,
	openOtdsSandbox,
	PARTITION,
} from '../directory/otdsDirectory.ts';
import type { SandboxDirectory } from '../directory/sandboxDirectory.types.ts';
import type { Link } from '../inbox/inbox.types.ts';
import type { ConnectUsing } from '../n8n/connectUsing.ts';
import type { Slapd } from '../openldap/slapd.ts';
import { startSlapd } from '../openldap/slapd.ts';
import type { OtdsSimulator } from '../otds/otdsSimulator.types.ts';
import { startOtdsSimulator } from '../otds/otdsSimulator.ts';
import type { Teardown } from './teardown.ts';

export const DIRECTORIES = ['otds', 'openldap'] as const;
export type DirectoryName = (typeof DIRECTORIES)[number];

export interface WantedCredential {
	type: string;
	name: string;
	fields: Record<string, unknown>;
}

/** A directory that runs, and how n8n is connected to it. */
export interface DemoDirectory {
	directory: SandboxDirectory;
	/** Only where it is the directory. */
	slapd?: Slapd;
	connectUsing: ConnectUsing;
	credential: WantedCredential;
	/** Pages of its own. */
	links: Link[];
}

/** @throws Error that names the directories there are */
export function directoryNamed(name: string): DirectoryName {
	const known = DIRECTORIES.find((one) => one === name);
	if (known === undefined)
		throw new Error(`There is no directory "${name}" for --directory: use ${DIRECTORIES.join(' or ')}.`);
	return known;
}

/** Started and empty; what was started is in `teardown`. */
export async function startDirectory(name: DirectoryName, teardown: Teardown): Promise<DemoDirectory> {
	return name === 'otds' ? startOtds(teardown) : startOpenLdap(teardown);
}

async function startOtds(teardown: Teardown): Promise<DemoDirectory> {
	const simulator = await startOtdsSimulator();
	teardown.add('OTDS simulator', () => simulator.stop());
	return {
		directory: openOtdsSandbox(simulator),
		connectUsing: 'openTextDirectoryServices',
		credential: { ...CREDENTIAL.otds, fields: otdsFields(simulator) },
		links: [{ label: 'Console of the simulated OTDS', url: simulator.consoleUrl }],
	};
}

async function startOpenLdap(teardown: Teardown): Promise<DemoDirectory> {
	const slapd = await startSlapd({ tls: true });
	teardown.add('slapd', () => slapd.stop());
	const directory = openLdapSandbox(slapd);
	teardown.add('directory console', () => directory.close());
	return {
		directory,
		slapd,
		connectUsing: 'ldap',
		credential: { ...CREDENTIAL.openldap, fields: ldapFields(slapd) },
		links: [],
	};
}

const CREDENTIAL = {
	otds: { type: 'openTextDirectoryServicesApi', name: 'Hospital directory (OTDS)' },
	openldap: { type: 'ldapDirectoryApi', name: 'Hospital directory' },
} as const;

/** Fields of the credential for the simulator, with all that the sandbox keeps in attributes of its own choice. */
export const otdsFields = ({ baseUrl, oauth }: OtdsSimulator): Record<string, unknown> => ({
	baseUrl,
	loginMethod: 'oauth2',
	clientId: oauth.clientId,
	clientSecret: oauth.clientSecret,
	partitions: PARTITION,
	// What the simulator's console sets.
	resetRequiredAttribute: 'pwdReset',
	managerAttribute: MANAGER_ATTRIBUTE,
	devicesAttribute: DEVICES_ATTRIBUTE,
	acknowledgmentsAttribute: ACKNOWLEDGMENTS_ATTRIBUTE,
});

const ldapFields = (slapd: Slapd): Record<string, unknown> => ({
	urls: slapd.url,
	security: slapd.caPem === undefined ? 'none' : 'startTls',
	trustedAuthorities: slapd.caPem ?? '',
	bindDn: slapd.watcherDn,
	password: slapd.watcherPassword,
	baseDn: slapd.baseDn,
});
