import { digest } from '../eventId';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { detections } from './detections';
import { ModifyTimestampStrategy } from './modifyTimestamp.strategy';

const NO_DELETIONS =
	'A deleted entry leaves no trace here: only a change log tells of it (OpenLDAP: the accesslog overlay, readable by the service account).';

/** Fits every directory. */
export const modifyTimestampCandidate: StrategyCandidate = {
	name: 'modifyTimestamp',
	async offer({ connection, describer, scope, refusals }: StrategyContext): Promise<Offer> {
		const strategy = new ModifyTimestampStrategy(
			connection,
			describer,
			scope.attributes,
			refusals.join('; ') || 'it was chosen',
			detections('net', { 'user.deleted': { sight: 'no', reason: NO_DELETIONS } }),
			digest([connection.settings.baseDn, ...scope.attributes.map((name) => name.toLowerCase()).sort()]),
		);
		return { fits: true, strategy };
	},
};
