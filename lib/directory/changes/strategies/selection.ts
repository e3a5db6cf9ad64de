import { DomainError } from '../../../domain.errors';
import { equals, present } from '../../ldap/filter';
import type { LdapConnection, RootDse } from '../../ldap/ldap.types';
import type { ChangeStrategy, Detections } from '../changes.types';
import type { WatchScope } from '../event.types';
import { digest } from '../eventId';
import { AccessLogStrategy, LOG_BASE } from './accessLog.strategy';
import { detections } from './detections';
import type { EntryDescriber } from './entryDescription';
import { ModifyTimestampStrategy } from './modifyTimestamp.strategy';

const NO_OLD_VALUES =
	'The access log keeps no values from before: set "logold (objectClass=*)" in the accesslog overlay of the server.';
const NO_DELETIONS =
	'A deleted entry leaves no trace here: only a change log tells of it (OpenLDAP: the accesslog overlay, readable by the service account).';

/** The best way this server and this login offer, and why. What the root DSE shows is tried out, not believed. */
export async function selectStrategy(
	connection: LdapConnection,
	describer: EntryDescriber,
	scope: WatchScope,
): Promise<ChangeStrategy> {
	const log = await accessLogOf(connection);
	if (log.readable) return await accessLog(connection, describer, scope);
	return new ModifyTimestampStrategy(
		connection,
		describer,
		scope.attributes,
		log.reason,
		detections('net', { 'user.deleted': { sight: 'no', reason: NO_DELETIONS } }),
		digest([connection.settings.baseDn, ...scope.attributes.map((name) => name.toLowerCase()).sort()]),
	);
}

async function accessLog(
	connection: LdapConnection,
	describer: EntryDescriber,
	scope: WatchScope,
): Promise<ChangeStrategy> {
	const keepsOld = await keepsOldValues(connection);
	const unseen: Partial<Detections> = keepsOld
		? {}
		: {
				'user.enabled': { sight: 'no', reason: NO_OLD_VALUES },
				'user.deleted': { sight: 'no', reason: NO_OLD_VALUES },
			};
	return new AccessLogStrategy(
		connection,
		describer,
		new Set(scope.attributes.map((name) => name.toLowerCase())),
		keepsOld ? `${LOG_BASE} is readable` : `${LOG_BASE} is readable, without values from before`,
		detections('each', unseen),
		keepsOld,
	);
}

type LogOutcome = { readable: true } | { readable: false; reason: string };

async function accessLogOf(connection: LdapConnection): Promise<LogOutcome> {
	if (!hasAccessLog(await connection.rootDse()))
		return { readable: false, reason: 'the server shows no change log' };
	const root = await unlessForbidden(() => connection.read(LOG_BASE, ['objectClass']));
	if (root) return { readable: true };
	return {
		readable: false,
		reason: `${LOG_BASE} exists, but the service account may not read it`,
	};
}

const hasAccessLog = ({ namingContexts }: RootDse): boolean =>
	namingContexts.some((context) => context.toLowerCase() === LOG_BASE);

async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
	try {
		return await read();
	} catch (error) {
		if (error instanceof DomainError && error.failure === 'permission-denied') return undefined;
		throw error;
	}
}

/** An empty log tells nothing: then the overlay is taken to be set up as it should be. */
async function keepsOldValues(connection: LdapConnection): Promise<boolean> {
	const has = async (attribute: 'reqOld' | 'reqMod'): Promise<boolean> => {
		const filter = {
			kind: 'and' as const,
			filters: [equals('objectClass', 'auditModify'), present(attribute)],
		};
		const search = connection.search({ base: LOG_BASE, scope: 'sub', filter, attributes: ['1.1'] });
		for await (const _entry of search) return true;
		return false;
	};
	return (await has('reqOld')) || !(await has('reqMod'));
}
