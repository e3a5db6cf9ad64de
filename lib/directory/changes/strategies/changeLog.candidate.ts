import { DomainError } from '../../../domain.errors';
import type { LdapConnection, LdapEntry, RootDse } from '../../ldap/ldap.types';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { ChangeLogStrategy } from './changeLog.strategy';
import { boundsOf, LOG_BASE } from './changeLogReader';
import { detections } from './detections';

const OTHER_SERVER = 'only 389 Directory Server keeps such a changelog';
const NO_LOG =
	'the server keeps no changelog: an administrator can switch the Retro Changelog plug-in on, with "nsslapd-attribute: nsuniqueid:targetUniqueId", and restart it';
const NOT_READABLE = `${LOG_BASE} exists, but the service account may not read it: give it read, search and compare there by an aci (the log holds password hashes)`;
const NO_IDS = `${LOG_BASE} does not say which entry was changed: add "nsslapd-attribute: nsuniqueid:targetUniqueId" to the Retro Changelog plug-in and restart the server`;

/** Where 389 DS keeps a log of writes and this login may read it. */
export const changeLogCandidate: StrategyCandidate = {
	name: 'changeLog',
	async offer(context: StrategyContext): Promise<Offer> {
		if (context.describer.family.family !== '389ds')
			return { fits: false, reason: context.scope.strategy === 'changeLog' ? OTHER_SERVER : '' };
		const obstacle = await obstacleTo(context.connection);
		if (obstacle !== undefined) return { fits: false, reason: obstacle };
		const { connection, comparison, locks, scope } = context;
		const strategy = new ChangeLogStrategy(connection, comparison, {
			reason: `${LOG_BASE} is readable`,
			detects: detections('each'),
			locks,
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};

async function obstacleTo(connection: LdapConnection): Promise<string | undefined> {
	if (!hasLog(await connection.rootDse())) return NO_LOG;
	const { last } = await boundsOf(connection);
	if (!(await readable(connection, LOG_BASE, ['objectClass']))) return NOT_READABLE;
	if (last === 0) return undefined;
	// The newest record shows whether ids are logged; one that is trimmed meanwhile shows nothing.
	const record = await readable(connection, `changenumber=${last},${LOG_BASE}`, [
		'targetDn',
		'targetUniqueId',
	]);
	if (!record) return undefined;
	if (record.first('targetDn') === undefined) return NOT_READABLE;
	return record.first('targetUniqueId') === undefined ? NO_IDS : undefined;
}

const hasLog = ({ entry, namingContexts }: RootDse): boolean =>
	[...entry.values('changeLog'), ...namingContexts].some((name) => name.toLowerCase() === LOG_BASE);

async function readable(
	connection: LdapConnection,
	dn: string,
	attributes: string[],
): Promise<LdapEntry | undefined> {
	try {
		return await connection.read(dn, attributes);
	} catch (error) {
		if (error instanceof DomainError && error.failure === 'permission-denied') return undefined;
		throw error;
	}
}
