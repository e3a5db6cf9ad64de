import { createHash } from 'node:crypto';

import { isBelow, isDn, normalizeDn } from '../distinguishedName';
import type { DirectoryIdentity } from '../directory.types';
import { entryIdOf, familyOf } from './families';
import type { LdapFamily } from './family.types';
import { present } from './filter';
import type { LdapEntry, LdapSearch, LdapSettings, RootDse } from './ldap.types';
import type { LdapSession } from './ldapSession';

export interface Server {
	rootDse: RootDse;
	family: LdapFamily;
	identity: DirectoryIdentity;
}

const NO_SUCH_OBJECT = 32;
/** Not there, or not for us to see: what is only nice to know then stays unknown. */
const NOT_READABLE = new Set([NO_SUCH_OBJECT, 34, 50, 53]);

/** Who answers: root DSE (RFC 4512 §5.1) and, where readable, what tells one directory and one server from another. */
export async function readServer(session: LdapSession, settings: LdapSettings): Promise<Server> {
	const rootDse = rootDseOf(await readBase(session, '', ['*', '+'], settings.connectTimeoutMs));
	const family = familyOf(rootDse, settings.family);
	const suffix = suffixOf(rootDse, settings.baseDn);
	const idNames = family.idAttributes.map(({ attribute }) => attribute);
	const top =
		suffix === ''
			? undefined
			: await readBase(session, suffix, ['contextCSN', ...idNames], settings.connectTimeoutMs);
	const monitor = await readMonitor(session, rootDse, settings.connectTimeoutMs);
	return {
		rootDse,
		family,
		identity: {
			family: family.family,
			vendor: vendorOf(rootDse, monitor, family),
			directoryId: hash(family.family, normalizeDn(suffix), top === undefined ? '' : stableId(top, family)),
			serverId: serverIdOf(rootDse, top, session.url),
			endpoint: session.url,
		},
	};
}

/** One entry on a session, undefined when it is not there or may not be seen. */
export async function readBase(
	session: LdapSession,
	base: string,
	attributes: string[],
	silenceMs: number,
): Promise<LdapEntry | undefined> {
	let found: LdapEntry | undefined;
	const request: LdapSearch = { base, scope: 'base', filter: present('objectClass'), attributes };
	for await (const message of session.search(request, [], silenceMs)) {
		if (message.kind === 'entry') found = message.entry;
		if (message.kind === 'result' && message.result.code !== 0 && !NOT_READABLE.has(message.result.code)) {
			throw session.resultError(message, base === '' ? 'describe itself' : `show ${base}`);
		}
	}
	return found;
}

function rootDseOf(entry: LdapEntry | undefined): RootDse {
	const shown = entry ?? NOTHING;
	return {
		namingContexts: shown.values('namingContexts').filter((context) => context !== '' && isDn(context)),
		defaultNamingContext: shown.first('defaultNamingContext'),
		configContext: shown.first('configContext'),
		supportedControls: shown.values('supportedControl'),
		supportedExtensions: shown.values('supportedExtension'),
		vendorName: shown.first('vendorName'),
		vendorVersion: shown.first('vendorVersion'),
		entry: shown,
	};
}
const NOTHING: LdapEntry = { dn: '', names: [], values: () => [], first: () => undefined, buffers: () => [] };

/** The naming context that holds the base DN; the base DN itself where none is shown. */
function suffixOf(rootDse: RootDse, baseDn: string): string {
	const above = rootDse.namingContexts.filter((context) => isBelow(baseDn, context));
	const [longest] = above.sort((one, other) => other.length - one.length);
	return longest ?? (baseDn === '' ? (rootDse.defaultNamingContext ?? '') : baseDn);
}

/** Replicas share the id of the topmost entry. A DN is no id here: it is hashed already. */
const stableId = (top: LdapEntry, family: LdapFamily): string => {
	const id = entryIdOf(top, family);
	return id === top.dn ? '' : id;
};

const hash = (...parts: string[]): string =>
	createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/**
 * Active Directory: the DN of the domain controller's settings. OpenLDAP: the server id in the one contextCSN, because its change
 * positions (CSNs) are valid on every replica of a single provider; with several providers, the endpoint. Others: the endpoint.
 */
function serverIdOf(rootDse: RootDse, top: LdapEntry | undefined, url: string): string {
	const controller = rootDse.entry.first('dsServiceName');
	if (controller !== undefined) return controller;
	const serverIds = (top?.values('contextCSN') ?? []).map((csn) => csn.split('#')[2]);
	const [only] = serverIds;
	return serverIds.length === 1 && only !== undefined ? `sid=${only}` : url;
}

/** OpenLDAP tells its version in cn=Monitor alone. */
async function readMonitor(
	session: LdapSession,
	rootDse: RootDse,
	silenceMs: number,
): Promise<LdapEntry | undefined> {
	const context = rootDse.entry.first('monitorContext');
	return context === undefined || rootDse.vendorName !== undefined
		? undefined
		: readBase(session, context, ['monitoredInfo'], silenceMs);
}

const VENDORS: Record<DirectoryIdentity['family'], string> = {
	openldap: 'OpenLDAP',
	activeDirectory: 'Active Directory',
	'389ds': '389 Directory Server',
	opendj: 'OpenDJ',
	otds: 'OpenText Directory Services',
	ldap: 'LDAP directory',
};

function vendorOf(rootDse: RootDse, monitor: LdapEntry | undefined, family: LdapFamily): string {
	const told = [rootDse.vendorName, rootDse.vendorVersion].filter((part) => part !== undefined).join(' ');
	const version = /slapd ([\d.]+)/.exec(monitor?.first('monitoredInfo') ?? '')?.[1];
	if (told !== '') return told;
	return version === undefined ? VENDORS[family.family] : `${VENDORS[family.family]} ${version}`;
}
