import { familyOf } from '../../ldap/families';
import type { LdapSettings } from '../../ldap/ldap.types';
import { openDirectory } from '../../openDirectory';
import type { WatchScope } from '../event.types';
import type { DirectoryWatch } from '../openWatch';
import { ActiveDirectoryComparison } from './activeDirectoryComparison';
import { powerfulGroups, withPrimaryMembers } from './activeDirectoryGroups';
import { accessLogWakeUp } from './accessLogWakeUp';
import { readClassHierarchy } from './classHierarchy';
import { EntryComparison } from './entryComparison';
import { EntryDescriber } from './entryDescription';
import { lockoutDuration } from './lockoutDuration';
import { lockPolicy } from './lockPolicy';
import { SampleEntries } from './sampleEntry';
import { checkScope } from './scopeCheck';
import { selectStrategy } from './selection';
import { findGroups } from './watchedGroups';

/** Ways of reading that tell who did it. */
const RECORDS_AUTHORS = new Set(['accessLog']);

/** One connection, the strategy that fits the server and this login, and the watched groups found by name. */
export async function openLdapWatch(settings: LdapSettings, scope: WatchScope): Promise<DirectoryWatch> {
	const { client, connection } = await openDirectory(settings);
	try {
		const identity = await connection.identity();
		await checkScope(connection, scope);
		const family = familyOf(await connection.rootDse(), settings.family);
		const describer = new EntryDescriber(connection, family, scope, await readClassHierarchy(connection));
		const locks = lockPolicy(family, lockoutDuration(connection, family.family));
		const isActiveDirectory = family.family === 'activeDirectory';
		const comparison = isActiveDirectory
			? new ActiveDirectoryComparison(connection, describer, scope.attributes, scope.events, locks)
			: new EntryComparison(describer, scope.attributes, scope.events, locks);
		const strategy = await selectStrategy({ connection, describer, scope, comparison, locks });
		return {
			identity,
			strategy,
			watchedGroups: await findGroups(client, scope.groups),
			privilegedGroups: wantsPrivileged(scope)
				? ((await findGroups(client, scope.privilegedGroups ?? [], 'privileged')) ??
					(isActiveDirectory ? await powerfulGroups(connection, describer) : []))
				: [],
			ownDn: RECORDS_AUTHORS.has(strategy.name) ? settings.bindDn : undefined,
			wakeUp: strategy.name === 'accessLog' ? await accessLogWakeUp(connection) : undefined,
			describeMember: (member) => describer.member(member),
			expectMembers: (expected) => describer.expect(expected),
			directMembers: async (group) => {
				const named = await describer.directMembers(group);
				return named && isActiveDirectory ? await withPrimaryMembers(connection, describer, named) : named;
			},
			groups: () => describer.groups(),
			hadDeviceBefore: (owner, at) => describer.hadDeviceBefore(owner, at),
			samples: new SampleEntries(connection, describer, () => new Date()),
			close: () => connection.close(),
		};
	} catch (error) {
		await connection.close();
		throw error;
	}
}

const wantsPrivileged = ({ events }: WatchScope): boolean =>
	events.has('security.privilegedAccessGranted') || events.has('security.privilegedAccessRevoked');
