import { openOtdsDirectory } from '../../otds/otdsDirectory';
import type { OtdsConnection, OtdsSettings } from '../../otds/otds.types';
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
			watchedGroups: await findGroups(client, scope.groups),
			describeMember: async (member) => {
				const person = strategy.members.get(member.value);
				return person ? { is: 'person', person } : await readMember(connection, source, member);
			},
			samples: new OtdsSamples(connection, source),
			close: () => directory.close(),
		};
	} catch (error) {
		await directory.close();
		throw error;
	}
}

/** A DN begins with the class and the uuid of what it names. */
async function readMember(
	connection: OtdsConnection,
	source: OtdsSnapshotSource,
	{ value }: MemberValue,
): Promise<MemberDescription> {
	const uuid = uuidOfDn(value);
	if (uuid === undefined) return { is: 'unknown' };
	const user = await connection.object('users', uuid);
	if (user) return { is: 'person', person: source.seenUser(user).person };
	return { is: (await connection.object('groups', uuid)) ? 'group' : 'unknown' };
}
