import { DomainError } from '../../../domain.errors';
import { SYNC_REQUEST } from '../../ldap/syncControls';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { detections } from './detections';
import { SyncRefresh } from './syncRefresh';
import { SyncReplStrategy } from './syncRepl.strategy';

const BY_ABSENCE =
	'A deletion shows by what the server no longer names. An entry moved to where the service account sees nothing looks the same.';

/** Where the server synchronises content (RFC 4533), names entries by the id that we know them by, and this login may have it all. */
export const syncReplCandidate: StrategyCandidate = {
	name: 'syncRepl',
	async offer(context: StrategyContext): Promise<Offer> {
		const { connection, comparison, scope, refusals } = context;
		const { supportedControls } = await connection.rootDse();
		if (!supportedControls.includes(SYNC_REQUEST)) {
			const isAsked = scope.strategy === 'syncRepl';
			return {
				fits: false,
				reason: isAsked ? 'the server offers no content synchronisation (RFC 4533)' : '',
			};
		}
		const obstacle = await obstacleOf(context);
		if (obstacle !== undefined) return { fits: false, reason: obstacle };
		const byAbsence = { sight: 'net', reason: BY_ABSENCE } as const;
		const strategy = new SyncReplStrategy(connection, comparison, {
			reason: [...refusals, 'the server synchronises content (RFC 4533)'].join('; '),
			detects: detections('net', { 'user.deleted': byAbsence, 'group.deleted': byAbsence }),
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};

/** A refresh of everything, of ids alone: a limit on the size of answers shows with nothing less. */
async function obstacleOf({ connection, comparison }: StrategyContext): Promise<string | undefined> {
	const { describer } = comparison;
	const ids = describer.family.idAttributes.map(({ attribute }) => attribute);
	let stranger: string | undefined;
	try {
		const { cookie } = await new SyncRefresh(connection, comparison).run(
			undefined,
			ids,
			async (entry, uuid) => {
				if (describer.idOf(entry).toLowerCase() !== uuid) stranger = entry.dn;
			},
		);
		if (cookie === undefined || cookie.length === 0)
			return 'content synchronisation gives no cookie to go on from';
	} catch (error) {
		if (!(error instanceof DomainError) || error.recovery === 'retry') throw error;
		return `content synchronisation does not work for this login: ${error.message}`;
	}
	return stranger === undefined
		? undefined
		: `content synchronisation names ${stranger} by another id than the directory`;
}
