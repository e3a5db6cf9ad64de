import { AccessLogStrategy } from '../../lib/directory/changes/strategies/accessLog.strategy';
import { detections } from '../../lib/directory/changes/strategies/detections';
import { EntryDescriber } from '../../lib/directory/changes/strategies/entryDescription';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { ChangeStrategy, WatchSession } from '../../lib/directory/changes/changes.types';
import { familyOf } from '../../lib/directory/ldap/families';
import type { LdapConnection } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { ldapSettings } from '../support/ldap';
import { ldapContractServer } from '../support/ldapContract';
import { SnapshotMemory } from '../support/snapshotMemory';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';

const none = new SnapshotMemory();

describe('AccessLogStrategy', () => {
	describeChangeStrategy(ldapContractServer, {
		skip: [
			{
				reason: 'a log is read record by record',
				tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
			},
		],
	});

	describe('on a server of its own', () => {
		let slapd: Slapd;
		let admin: DirectoryAdmin;
		let session: WatchSession;
		const opened: LdapConnection[] = [];

		beforeAll(async () => {
			slapd = await startSlapd();
			admin = new DirectoryAdmin(slapd);
		});
		afterAll(async () => {
			await admin.close();
			await slapd.stop();
		});
		beforeEach(async () => {
			session = await openLdapWatch(ldapSettings(slapd), { ...EVERYTHING, attributes: [] });
		});
		afterEach(async () => {
			await session.close();
			for (const connection of opened.splice(0)) await connection.close();
		});

		/** With a clock of ours. */
		async function strategyAt(now: () => number): Promise<ChangeStrategy> {
			const connection = openLdapConnection(ldapSettings(slapd));
			opened.push(connection);
			const family = familyOf(await connection.rootDse(), 'auto');
			const describer = new EntryDescriber(connection, family, EVERYTHING, new Map());
			return new AccessLogStrategy(connection, describer, new Set(), '', detections('each'), true, now);
		}

		async function changesOf(work: () => Promise<unknown>) {
			const cursor = await session.strategy.position();
			await work();
			const changes = [];
			for await (const page of session.strategy.read(cursor, none)) changes.push(...page.changes);
			return changes;
		}

		it('takes the very first write to a directory whose log was empty for no gap', async () => {
			const before = await session.strategy.position();
			const [change] = await changesOf(() => admin.addPerson('first'));
			expect(change).toMatchObject({ operation: 'created', person: { username: 'first' } });
			expect(await session.strategy.verify(before)).toEqual({ intact: true });
		});

		it('follows the log while only logins are recorded, yet not at once', async () => {
			let now = 0;
			const strategy = await strategyAt(() => now);
			const cursor = await strategy.position();
			const cursors = async () => {
				await admin.logIn();
				const pages = [];
				for await (const page of strategy.read(cursor, none)) pages.push(page.cursor);
				return pages;
			};
			expect(await cursors()).toEqual([]);
			now += 4 * 60_000;
			expect(await cursors()).toEqual([]);
			now += 60_000;
			const [moved] = await cursors();
			expect(moved).not.toEqual(cursor);
			expect(await strategy.verify(moved ?? null)).toEqual({ intact: true });
		});

		it('says why it was chosen and who did a change', async () => {
			expect(session.strategy).toMatchObject({ name: 'accessLog', reason: 'cn=accesslog is readable' });
			const [change] = await changesOf(() => admin.addPerson('actor'));
			expect(change).toMatchObject({ actor: slapd.adminDn, lastModifier: slapd.adminDn });
		});

		it('classifies a backlog from the log, not from the entry of today', async () => {
			const changes = await changesOf(async () => {
				const dn = await admin.addPerson('busy', { title: ['one'] });
				await admin.replace(dn, 'title', ['two']);
				await admin.disable(dn);
				await admin.replace(dn, 'title', ['three']);
				await admin.enable(dn);
				await admin.remove(dn);
			});
			expect(changes.map(({ operation }) => operation)).toEqual([
				'created',
				'modified',
				'modified',
				'modified',
				'modified',
				'deleted',
			]);
			expect(changes.map(({ person }) => person?.username)).toEqual(Array(6).fill('busy'));
			expect(changes[1]?.attributes).toEqual([{ attribute: 'title', before: ['one'], after: ['two'] }]);
			expect(changes[3]?.attributes).toEqual([{ attribute: 'title', before: ['two'], after: ['three'] }]);
			expect(changes[2]?.account?.after.enabled).toBe(false);
			expect(changes[4]?.account).toMatchObject({ before: { enabled: false }, after: { enabled: true } });
		});

		it('keeps binary values exact, and long ones short', async () => {
			const photo = Buffer.from([0xff, 0xd8, 0x0a, 0x3a, 0x20, 0x00, 0x80]);
			const dn = await admin.addPerson('pictured', { jpegPhoto: [photo] });
			const [small, large] = await changesOf(async () => {
				await admin.replace(dn, 'jpegPhoto', [Buffer.from([1, 0x3a, 0x80])]);
				await admin.replace(dn, 'jpegPhoto', [Buffer.alloc(20_000, 0x80)]);
			});
			expect(small?.attributes).toEqual([
				{
					attribute: 'jpegPhoto',
					before: [photo.toString('base64')],
					after: [Buffer.from([1, 0x3a, 0x80]).toString('base64')],
				},
			]);
			expect(large?.attributes[0]?.after).toEqual([
				expect.stringMatching(/^\(20000 bytes, SHA-256 [0-9a-f]{16}…\)$/),
			]);
		});

		it('takes several operations on one attribute in one modify together', async () => {
			const dn = await admin.addPerson('mixed', { mail: ['a@x', 'b@x'] });
			const [change] = await changesOf(() =>
				admin.connection.modify(dn, [
					{ operation: 'delete', attribute: 'mail', values: ['A@x'] },
					{ operation: 'add', attribute: 'mail', values: ['c@x'] },
				]),
			);
			expect(change?.attributes).toEqual([
				{ attribute: 'mail', before: ['a@x', 'b@x'], after: ['b@x', 'c@x'] },
			]);
		});

		it('tells the members of a replaced list apart, of a new group and of a deleted one', async () => {
			const [a, b, c] = ['a', 'b', 'c'].map((uid) => admin.personDn(uid));
			if (!a || !b || !c) throw new Error('no names');
			const [added, replaced, removed] = await changesOf(async () => {
				const dn = await admin.addGroup('lists', [a, b]);
				await admin.replace(dn, 'member', [b, c]);
				await admin.remove(dn);
			});
			const values = (members: Array<{ value: string }> | undefined) => members?.map(({ value }) => value);
			expect(values(added?.members.added)).toEqual([a, b]);
			expect(values(replaced?.members.added)).toEqual([c]);
			expect(values(replaced?.members.removed)).toEqual([a]);
			expect(values(removed?.members.removed)).toEqual([b, c]);
		});

		it('reads on over many records and pages', async () => {
			const changes = await changesOf(async () => {
				const dn = await admin.addPerson('many');
				for (let index = 0; index < 1100; index++) await admin.replace(dn, 'title', [String(index)]);
			});
			expect(changes).toHaveLength(1101);
			expect(new Set(changes.map(({ changeId }) => changeId)).size).toBe(1101);
		});

		it('holds few records of large groups at a time', async () => {
			const members = Array.from({ length: 20_000 }, (_, index) => admin.personDn(`crowd${index}`));
			const dn = await admin.addGroup('crowd', members);
			const cursor = await session.strategy.position();
			for (let index = 0; index < 12; index++) await admin.addMembers(dn, [admin.personDn(`late${index}`)]);
			const pages = [];
			for await (const { changes } of session.strategy.read(cursor, none)) pages.push(changes);
			expect(pages.map(({ length }) => length)).toEqual([5, 5, 2]);
			const added = pages.flat().flatMap(({ members: { added: joined } }) => joined);
			expect(added.map(({ value }) => value)).toEqual(
				Array.from({ length: 12 }, (_, index) => admin.personDn(`late${index}`)),
			);
		});

		it('notices a log that begins after, or ends before, its position', async () => {
			await admin.addPerson('position');
			const { strategy } = session;
			const now = (await strategy.position()) as {
				csn: Record<string, string>;
				begins: Record<string, string>;
			};
			const [server = ''] = Object.keys(now.csn);
			const at = (time: string) => ({ ...now, csn: { [server]: `${time}.000000Z#000000#${server}#000000` } });
			expect(await strategy.verify(at('20000101000000'))).toMatchObject({
				intact: false,
				reason: expect.stringContaining('begins at') as string,
			});
			expect(await strategy.verify(at('20990101000000'))).toMatchObject({
				intact: false,
				reason: expect.stringContaining('ends at') as string,
			});
		});
	});
});
