import { DomainError } from '../../../domain.errors';
import type { DirectoryClient } from '../../directory.client';
import type { Group } from '../../directory.types';
import { openOtdsDirectory } from '../../otds/otdsDirectory';
import type { OtdsSettings } from '../../otds/otds.types';
import { uuidOfDn } from '../../otds/otdsObject';
import type { MemberDescription, MemberValue } from '../changes.types';
import type { WatchScope } from '../event.types';
import type { DirectoryWatch } from '../openWatch';
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
		const source = new OtdsSnapshotSource(connection, scope);
		const strategy = new SnapshotStrategy(
			source,
			'OTDS tells no changes: everything is read and compared',
			source.scopeKey,
			() => new Date(),
		);
		return {
			identity,
			strategy,
			watchedGroups: withoutRoles(await findGroups(client, scope.groups)),
			privilegedGroups: withoutRoles(await findGroups(client, scope.privilegedGroups ?? [])) ?? [],
			directMembers: async () => undefined,
			hadDeviceBefore: async () => false,
			describeMember: async (member) => {
				const person = strategy.members.get(member.value);
				return person ? { is: 'person', person } : await readMember(client, member, source.asked);
			},
			samples: new OtdsSamples(connection, source),
			close: () => directory.close(),
		};
	} catch (error) {
		await directory.close();
		throw error;
	}
}

/** OTDS names the groups of a person, never their roles: watching one would be waiting for ever. @throws DomainError */
function withoutRoles(groups: Group[] | undefined): Group[] | undefined {
	const role = groups?.find(({ kind }) => kind !== 'group');
	if (role === undefined) return groups;
	throw new DomainError(`"${role.name}" is a role: OTDS does not tell who gets or loses one`, {
		advice: 'Remove it from Watched Groups, or watch the group through which people get the role.',
		recovery: 'abort',
		failure: 'configuration-invalid',
	});
}

/** Whom no page in hand tells of. */
async function readMember(
	client: DirectoryClient,
	{ value }: MemberValue,
	asked: readonly string[],
): Promise<MemberDescription> {
	if (uuidOfDn(value) === undefined) return { is: 'unknown' };
	const person = await client.person({ by: 'dn', value }, [...asked]);
	if (person) return { is: 'person', person };
	return { is: (await client.group({ by: 'dn', value })) ? 'group' : 'unknown' };
}
