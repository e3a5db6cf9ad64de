import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { detections } from './detections';
import { ModifyTimestampStrategy } from './modifyTimestamp.strategy';

const BY_ABSENCE =
	'A deletion shows by absence, at a complete walk every 15 minutes. An entry moved to where the service account sees nothing may look the same.';

/** Fits every directory. */
export const modifyTimestampCandidate: StrategyCandidate = {
	name: 'modifyTimestamp',
	async offer({ connection, comparison, scope, refusals }: StrategyContext): Promise<Offer> {
		const byAbsence = { sight: 'net', reason: BY_ABSENCE } as const;
		const strategy = new ModifyTimestampStrategy(connection, comparison, {
			reason: refusals.join('; ') || 'it was chosen',
			detects: detections('net', { 'user.deleted': byAbsence, 'group.deleted': byAbsence }),
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};
