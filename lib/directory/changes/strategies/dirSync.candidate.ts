import { DIR_SYNC } from '../../ldap/adControls';
import { activeDirectoryComparison } from './activeDirectoryComparison';
import { contextOf, seesDeletedObjects } from './activeDirectoryController';
import type { Offer, StrategyCandidate, StrategyContext } from './candidate.types';
import { DirSyncStrategy, tryDirSync } from './dirSync.strategy';

const INSUFFICIENT_ACCESS_RIGHTS = 50;

/** Active Directory, for logins that may replicate, and for all others with object security. */
export const dirSyncCandidate: StrategyCandidate = {
	name: 'dirSync',
	async offer({ connection, describer, comparison, scope }: StrategyContext): Promise<Offer> {
		const { supportedControls } = await connection.rootDse();
		if (describer.family.family !== 'activeDirectory' || !supportedControls.includes(DIR_SYNC))
			return { fits: false, reason: '' };
		const context = await contextOf(connection);
		if (context === undefined)
			return { fits: false, reason: 'the base DN lies in no naming context of the domain controller' };
		const refused = await tryDirSync(connection, { context, objectSecurity: false });
		if (refused && refused.code !== INSUFFICIENT_ACCESS_RIGHTS)
			return { fits: false, reason: `DirSync is refused (result ${refused.code})` };
		const objectSecurity = refused !== undefined;
		const without = objectSecurity ? await tryDirSync(connection, { context, objectSecurity }) : undefined;
		if (without) return { fits: false, reason: `this login may not use DirSync (result ${without.code})` };
		const seesDeleted = !objectSecurity || (await seesDeletedObjects(connection, context));
		const strategy = new DirSyncStrategy(connection, activeDirectoryComparison(comparison), {
			context,
			objectSecurity,
			seesDeleted,
			reason: reasonOf(objectSecurity, seesDeleted),
			acceptedAbsence: scope.acceptedAbsence,
		});
		return { fits: true, strategy };
	},
};

function reasonOf(objectSecurity: boolean, seesDeleted: boolean): string {
	if (!objectSecurity) return 'the service account may replicate changes';
	const scope = 'the domain controller tells changes of what the service account may read';
	return seesDeleted
		? scope
		: `${scope}; deletions are found by comparing everything every quarter of an hour`;
}
