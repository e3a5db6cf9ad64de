import { ActiveDirectoryComparison } from '../../../lib/directory/changes/strategies/activeDirectoryComparison';
import type { ActiveDirectoryStrategy } from '../../../lib/directory/changes/strategies/activeDirectory.strategy';
import { DirSyncStrategy } from '../../../lib/directory/changes/strategies/dirSync.strategy';
import { EntryDescriber } from '../../../lib/directory/changes/strategies/entryDescription';
import { UsnChangedStrategy } from '../../../lib/directory/changes/strategies/usnChanged.strategy';
import type { EntryChange, Snapshot } from '../../../lib/directory/changes/changes.types';
import { DIR_SYNC } from '../../../lib/directory/ldap/adControls';
import { activeDirectory } from '../../../lib/directory/ldap/families/activeDirectory.family';
import type { LdapFilter } from '../../../lib/directory/ldap/filter';
import type { LdapConnection, LdapSearch } from '../../../lib/directory/ldap/ldap.types';
import { ReceivedEntry } from '../../../lib/directory/ldap/ldapEntry';
import type { ServerMessage } from '../../../lib/directory/ldap/serverMessage';
import { uuidOfGuid } from '../../../lib/directory/uuid';
import { DomainError } from '../../../lib/domain.errors';
import { scriptedSettings } from '../../support/scriptedLdap';
import { SnapshotMemory } from '../../support/snapshotMemory';

const BASE = 'dc=example,dc=org';
const HIGHEST = 2_000;
const CURSOR = {
	server: 'CN=NTDS Settings,CN=DC1',
	invocation: '',
	mark: '',
	sweptAt: '2030-01-01T00:00:00.000Z',
};
const guidOf = (number: number): Buffer => Buffer.alloc(16, number);

const entry = (attributes: Record<string, Array<string | Buffer>>, dn = `cn=x,${BASE}`): ReceivedEntry =>
	new ReceivedEntry(
		dn,
		Object.entries(attributes).map(([name, values]) => ({
			name,
			values: values.map((value) => Buffer.from(value)),
		})),
	);
const named = (found: ReceivedEntry): ServerMessage => ({ kind: 'entry', id: 1, entry: found, size: 0 });
const result = (code: number, value?: Buffer): ServerMessage => ({
	kind: 'result',
	id: 1,
	result: { code, matchedDn: '', diagnostic: '', referrals: [] },
	controls: value ? [{ oid: DIR_SYNC, critical: false, value }] : [],
	size: 0,
});
const ANSWER = Buffer.from('300a0201000201000402abcd', 'hex');

/** A domain controller that answers controlled searches with `messages`, and others with nothing. */
function connectionOf(
	messages: (request: LdapSearch) => ServerMessage[],
	server: () => string = () => CURSOR.server,
): LdapConnection {
	const root = entry({}, '');
	const unused = async (): Promise<never> => {
		throw new Error('nothing is written here');
	};
	return {
		settings: scriptedSettings(['ldap://dc1.example.org'], { baseDn: BASE }),
		identity: unused,
		rootDse: async () => ({
			namingContexts: [BASE],
			defaultNamingContext: BASE,
			supportedControls: [],
			supportedExtensions: [],
			entry: root,
		}),
		search: async function* () {},
		messages: async function* (request) {
			yield* messages(request);
		},
		readMany: async () => new Map(),
		read: async (dn) =>
			dn === ''
				? entry({
						dsServiceName: [server()],
						highestCommittedUSN: [String(HIGHEST)],
						currentTime: ['20300101000000.0Z'],
					})
				: undefined,
		add: unused,
		modify: unused,
		remove: unused,
		rename: unused,
		close: async () => {},
	};
}

function comparisonOf(connection: LdapConnection): ActiveDirectoryComparison {
	const scope = { events: new Set<never>(), base: '', conditions: [], groups: [], attributes: ['title'] };
	const describer = new EntryDescriber(connection, activeDirectory, scope, new Map());
	return new ActiveDirectoryComparison(connection, describer, ['title'], new Set(), {
		endOf: async () => undefined,
	});
}
const options = { context: BASE, seesDeleted: true, reason: 'a test' };

async function read(
	strategy: ActiveDirectoryStrategy,
	mark: string,
	memory = new SnapshotMemory(),
): Promise<EntryChange[]> {
	const changes: EntryChange[] = [];
	for await (const page of strategy.read({ ...CURSOR, mark }, memory)) {
		memory.write(page.snapshots);
		changes.push(...page.changes);
	}
	return changes;
}

const personCalled = (name: string): Snapshot => ({
	dn: `cn=${name},${BASE}`,
	kind: 'person',
	name,
	account: { enabled: true, locked: false, passwordResetRequired: false },
	attributes: {},
	members: [],
});

/** The bounds of uSNChanged in a filter. */
function boundsOf(filter: LdapFilter): { from: number; to: number } {
	const parts = filter.kind === 'and' ? filter.filters : [];
	const bound = (kind: LdapFilter['kind']): number => {
		const part = parts.find((one) => one.kind === kind);
		return part && 'value' in part ? Number(part.value) : Number.NaN;
	};
	return { from: bound('greaterOrEqual'), to: bound('lessOrEqual') };
}

describe('UsnChangedStrategy', () => {
	it('asks for half of the deleted objects at a time where they are too many for one answer', async () => {
		const deletedAt = [5, 700, 1_999];
		const memory = new SnapshotMemory();
		deletedAt.forEach((_, index) =>
			memory.write([{ entryId: uuidOfGuid(guidOf(index + 1)), snapshot: personCalled(`gone${index}`) }]),
		);
		const connection = connectionOf(({ filter }) => {
			const { from, to } = boundsOf(filter);
			const found = deletedAt.flatMap((usn, index) =>
				usn >= from && usn <= to
					? [named(entry({ objectGUID: [guidOf(index + 1)], uSNCreated: ['1'] }))]
					: [],
			);
			return found.length > 1 ? [...found.slice(0, 1), result(4)] : [...found, result(0)];
		});
		const changes = await read(
			new UsnChangedStrategy(connection, comparisonOf(connection), options),
			'1',
			memory,
		);
		expect(changes.map(({ operation, dn }) => [operation, dn])).toEqual([
			['deleted', `cn=gone0,${BASE}`],
			['deleted', `cn=gone1,${BASE}`],
			['deleted', `cn=gone2,${BASE}`],
		]);
	});

	it('takes a number above what the domain controller counts for a restore, and garbage for a gap', async () => {
		const connection = connectionOf(() => []);
		const strategy = new UsnChangedStrategy(connection, comparisonOf(connection), options);
		expect(await strategy.verify({ ...CURSOR, mark: String(HIGHEST) })).toEqual({ intact: true });
		for (const mark of [String(HIGHEST + 1), '', '-1', '1e3', 'garbage'])
			expect(await strategy.verify({ ...CURSOR, mark })).toMatchObject({ intact: false });
	});
});

describe('DirSyncStrategy', () => {
	const answering = (messages: ServerMessage[]): DirSyncStrategy => {
		const connection = connectionOf(() => messages);
		return new DirSyncStrategy(connection, comparisonOf(connection), options);
	};

	it('refuses what is no answer, and tells nothing of it', async () => {
		const hostile: ServerMessage[][] = [
			[],
			[result(0)],
			[result(0, Buffer.from('3000', 'hex'))],
			[result(12)],
			[named(entry({ title: ['x'] })), result(0, ANSWER)],
		];
		for (const messages of hostile)
			await expect(read(answering(messages), 'abcd')).rejects.toThrow(DomainError);
	});

	it('passes over entries that nobody knows and nobody can find', async () => {
		const rows = [
			named(entry({ objectGUID: [guidOf(1)], title: [] })),
			named(entry({ objectGUID: [Buffer.from('short')], isDeleted: ['TRUE'] })),
			named(entry({ objectGUID: [guidOf(2)], isDeleted: ['TRUE'], 'member;range=0-0': ['no DN'] })),
		];
		expect(await read(answering([...rows, result(0, ANSWER)]), 'abcd')).toEqual([]);
	});

	it('tells nothing when another domain controller answers in the middle', async () => {
		const servers = [CURSOR.server, 'CN=NTDS Settings,CN=DC2'];
		const connection = connectionOf(
			() => [named(entry({ objectGUID: [guidOf(1)], isDeleted: ['TRUE'] })), result(0, ANSWER)],
			() => servers.shift() ?? 'CN=NTDS Settings,CN=DC2',
		);
		const memory = new SnapshotMemory();
		memory.write([{ entryId: uuidOfGuid(guidOf(1)), snapshot: personCalled('ann') }]);
		const strategy = new DirSyncStrategy(connection, comparisonOf(connection), options);
		await expect(read(strategy, 'abcd', memory)).rejects.toMatchObject({
			message: expect.stringContaining('DC2 instead of DC1') as string,
			recovery: 'retry',
		});
	});
});
