import { DIR_SYNC } from '../../ldap/adControls';
import { activeDirectoryComparison } from './activeDirectoryComparison';
import { contextOf, otherServer, seesDeletedObjects } from './activeDirectoryController';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { DirSyncStrategy, tryDirSync } from './dirSync.strategy';

/** Active Directory, with object security: any login may, and nobody is handed more than they may read. */
export const dirSyncCandidate: StrategyCandidate = {
	name: 'dirSync',
	async offer({ connection, describer, comparison, scope }: StrategyContext): Promise<Offer> {
		const { supportedControls } = await connection.rootDse();
		if (describer.family.family !== 'activeDirectory') return otherServer(scope);
		if (!supportedControls.includes(DIR_SYNC))
			return { fits: false, reason: 'the domain controller offers no DirSync' };
		const context = await contextOf(connection);
		if (context === undefined)
			return { fits: false, reason: 'the base DN lies in no naming context of the domain controller' };
		const refused = await tryDirSync(connection, context);
		if (refused) return { fits: false, reason: `this login may not use DirSync (result ${refused.code})` };
		const seesDeleted = await seesDeletedObjects(connection, context);
		const strategy = new DirSyncStrategy(connection, activeDirectoryComparison(comparison), {
			context,
			seesDeleted,
			reason: reasonOf(seesDeleted),
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};

function reasonOf(seesDeleted: boolean): string {
	const reason = 'the domain controller tells changes of what the service account may read';
	return seesDeleted
		? reason
		: `${reason}; it may not list deleted objects, so these are found by comparing everything every quarter of an hour`;
}
