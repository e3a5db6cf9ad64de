import { activeDirectoryComparison } from './activeDirectoryComparison';
import { contextOf, otherServer, seesDeletedObjects } from './activeDirectoryController';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { UsnChangedStrategy } from './usnChanged.strategy';

/** Active Directory, for logins that may not use DirSync. */
export const usnChangedCandidate: StrategyCandidate = {
	name: 'usnChanged',
	async offer({ connection, describer, comparison, scope, refusals }: StrategyContext): Promise<Offer> {
		if (describer.family.family !== 'activeDirectory') return otherServer(scope);
		const context = await contextOf(connection);
		if (context === undefined)
			return { fits: false, reason: 'the base DN lies in no naming context of the domain controller' };
		const seesDeleted = await seesDeletedObjects(connection, context);
		const deletions = seesDeleted
			? []
			: [
					'deleted objects may not be listed, so these are found by comparing everything every quarter of an hour',
				];
		const strategy = new UsnChangedStrategy(connection, activeDirectoryComparison(comparison), {
			context,
			seesDeleted,
			reason: [refusals.join('; ') || 'it was chosen', ...deletions].join('; '),
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};
