import { DomainError } from '../../../domain.errors';
import type { ChangeStrategy } from '../changes.types';
import type { StrategyName } from '../event.types';
import { accessLogCandidate } from './accessLog.candidate';
import type { StrategyCandidate, StrategyContext } from './candidate.types';
import { changeLogCandidate } from './changeLog.candidate';
import { dirSyncCandidate } from './dirSync.candidate';
import { modifyTimestampCandidate } from './modifyTimestamp.candidate';
import { syncReplCandidate } from './syncRepl.candidate';
import { usnChangedCandidate } from './usnChanged.candidate';

/** The best first: a log tells each transition, the others the net of what happened between two reads. The last one fits everywhere. */
const CANDIDATES: readonly StrategyCandidate[] = [
	accessLogCandidate,
	changeLogCandidate,
	dirSyncCandidate,
	usnChangedCandidate,
	syncReplCandidate,
	modifyTimestampCandidate,
];

/** As the field Read Changes By names them. */
const TITLES: Record<StrategyName, string> = {
	accessLog: 'Access Log',
	changeLog: 'Change Log',
	dirSync: 'DirSync',
	usnChanged: 'USN Changed',
	syncRepl: 'Sync Replication',
	modifyTimestamp: 'Modification Time',
};

/** The way that was chosen by hand, else the best this server and this login offer. @throws DomainError when it does not fit */
export async function selectStrategy(context: Omit<StrategyContext, 'refusals'>): Promise<ChangeStrategy> {
	const chosen = context.scope.strategy;
	const refusals: string[] = [];
	for (const candidate of CANDIDATES) {
		if (chosen !== undefined && candidate.name !== chosen) continue;
		const offer = await candidate.offer({ ...context, refusals });
		if (offer.fits) return offer.strategy;
		if (offer.reason !== '') refusals.push(offer.reason);
	}
	throw new DomainError(
		`This directory cannot be read by ${chosen === undefined ? 'any known way' : `the way "${TITLES[chosen]}"`}: ${refusals.join('; ')}`,
		{
			advice:
				'Set Read Changes By under Options to Best Available, or have the directory set up for that way of reading.',
			recovery: 'abort',
			failure: 'configuration-invalid',
		},
	);
}
