import { DomainError } from '../../../domain.errors';
import type { Group } from '../../directory.types';
import { membersOf } from '../../otds/otdsGroups';
import { isOutOfSight, lookUp } from '../../otds/otdsLookup';
import { openOtdsDirectory } from '../../otds/otdsDirectory';
import type { OtdsConnection, OtdsObject, OtdsSettings } from '../../otds/otds.types';
import type { Detection, Detections } from '../changes.types';
import type { WatchScope } from '../event.types';
import type { DirectoryWatch } from '../openWatch';
import { detections } from './detections';
import { OtdsMembers } from './otdsMembers';
import type { FoundRole } from './otdsRoles';
import { OtdsSamples } from './otdsSample';
import { checkOtdsScope } from './otdsScopeCheck';
import { OtdsSnapshotSource } from './otdsSnapshot.source';
import { SnapshotStrategy } from './snapshot.strategy';
import { findGroups } from './watchedGroups';

/** One login, and the snapshot strategy over everything it sees. */
export async function openOtdsWatch(settings: OtdsSettings, scope: WatchScope): Promise<DirectoryWatch> {
	const directory = openOtdsDirectory(settings);
	const { client, connection } = directory;
	try {
		const identity = await connection.identity();
		await checkOtdsScope(connection, scope);
		const watchedGroups = await findGroups(client, scope.groups);
		const privilegedGroups = (await findGroups(client, scope.privilegedGroups ?? [], 'privileged')) ?? [];
		const roles = await rolesAmong(connection, [...(watchedGroups ?? []), ...privilegedGroups]);
		const source = new OtdsSnapshotSource(connection, scope, roles);
		const strategy = new SnapshotStrategy(source, {
			reason: 'OTDS tells no changes: everything is read and compared',
			scopeKey: source.scopeKey,
			detects: detectionsOf(settings),
			now: () => new Date(),
			acceptedAbsence: scope.acceptedAbsence,
		});
		const members = new OtdsMembers(connection, source, roles, () => strategy.members);
		return {
			identity,
			strategy,
			watchedGroups,
			privilegedGroups,
			directMembers: (group) => members.direct(group),
			// Told by comparison: whoever had a device before is not told.
			hadDeviceBefore: async () => false,
			groups: () => members.groups(),
			describeMember: (member) => members.describe(member),
			samples: new OtdsSamples(connection, source),
			close: () => directory.close(),
		};
	} catch (error) {
		await directory.close();
		throw error;
	}
}

/** Where devices live elsewhere, the directory of people tells nothing of them. */
const detectionsOf = ({ devicesAttribute }: OtdsSettings): Detections =>
	detections('net', devicesAttribute === '' ? { 'user.firstDeviceRegistered': DEVICES_ELSEWHERE } : {});

const DEVICES_ELSEWHERE: Detection = {
	sight: 'no',
	reason:
		'The credential names no Devices Attribute. Devices that a Record Directory keeps are not seen here: watch that directory with a Directory Trigger of its own.',
};

/** OTDS names the groups of a person, never their roles: these are read role by role. @throws DomainError for one that cannot be */
async function rolesAmong(connection: OtdsConnection, groups: readonly Group[]): Promise<FoundRole[]> {
	const wanted = new Map(groups.filter(({ kind }) => kind !== 'group').map((group) => [group.id, group]));
	const roles: FoundRole[] = [];
	for (const group of wanted.values()) {
		const object = await readableRole(connection, group);
		if (object === undefined) throw unreadable(group);
		roles.push({ group, object });
	}
	return roles;
}

async function readableRole(connection: OtdsConnection, group: Group): Promise<OtdsObject | undefined> {
	if (group.kind !== 'role') return undefined;
	try {
		const object = await lookUp(connection, 'roles', { by: 'dn', value: group.dn });
		if (object) await membersOf(connection, 'roles', object);
		return object;
	} catch (error) {
		if (!isOutOfSight(error)) throw error;
		return undefined;
	}
}

const unreadable = ({ name, kind }: Group): DomainError =>
	new DomainError(
		kind === 'role'
			? `OTDS does not list the members of the role "${name}"`
			: `"${name}" is an access role: OTDS does not tell who gets or loses one`,
		{
			advice:
				'Watch the group through which people get the role, or let the login administer the partition of the role.',
			recovery: 'abort',
			failure: 'configuration-invalid',
		},
	);
