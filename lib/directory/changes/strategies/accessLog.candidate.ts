import { DomainError } from '../../../domain.errors';
import { equals, present } from '../../ldap/filter';
import type { LdapConnection, RootDse } from '../../ldap/ldap.types';
import type { Detections } from '../changes.types';
import { AccessLogStrategy } from './accessLog.strategy';
import { LOG_BASE } from './accessLogSearch';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { detections } from './detections';

const NO_OLD_VALUES =
	'The access log keeps no values from before: set "logold (objectClass=*)" in the accesslog overlay of the server.';

/**
 * What is removed is not named by its record: an account that is no longer disabled or locked, or an entry that is gone. Values that
 * are set speak for themselves, and a record of a move names both places.
 */
const UNSEEN_WITHOUT_OLD_VALUES: Partial<Detections> = {
	'user.enabled': { sight: 'no', reason: NO_OLD_VALUES },
	'user.unlocked': { sight: 'no', reason: NO_OLD_VALUES },
	'user.deleted': { sight: 'no', reason: NO_OLD_VALUES },
	'group.deleted': { sight: 'no', reason: NO_OLD_VALUES },
};

/** Where OpenLDAP keeps a log of writes and this login may read it. */
export const accessLogCandidate: StrategyCandidate = {
	name: 'accessLog',
	async offer(context: StrategyContext): Promise<Offer> {
		const log = await accessLogOf(context.connection);
		return log.readable
			? { fits: true, strategy: await accessLog(context) }
			: { fits: false, reason: log.reason };
	},
};

async function accessLog(context: StrategyContext): Promise<AccessLogStrategy> {
	const { connection, describer, scope, locks, comparison } = context;
	const keepsOld = await keepsOldValues(connection);
	const watched = new Set(scope.attributes.map((name) => name.toLowerCase()));
	return new AccessLogStrategy(
		{ connection, describer, watched, locks, wantsDevices: comparison.wantsDevices },
		keepsOld ? `${LOG_BASE} is readable` : `${LOG_BASE} is readable, without values from before`,
		detections('each', keepsOld ? {} : UNSEEN_WITHOUT_OLD_VALUES),
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
