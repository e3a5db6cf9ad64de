import { AccessLogStrategy } from '../../lib/directory/changes/strategies/accessLog.strategy';
import { detections } from '../../lib/directory/changes/strategies/detections';
import { EntryDescriber } from '../../lib/directory/changes/strategies/entryDescription';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { lockPolicy } from '../../lib/directory/changes/strategies/lockPolicy';
import type { ChangeStrategy, EntryChange, WatchSession } from '../../lib/directory/changes/changes.types';
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
			{
				reason: 'it remembers no entries: what a trimmed log lost is reported, and cannot be made up for',
				tests: ['reconciles after its position became useless: loses nothing, tells nothing twice'],
			},
		],
	});

	describe('without values from before in the log', () => {
		let slapd: Slapd;
		let admin: DirectoryAdmin;
		let session: WatchSession;

		beforeAll(async () => {
			slapd = await startSlapd({ logold: false });
			admin = new DirectoryAdmin(slapd);
			// An empty log tells nothing of its settings.
			await admin.addPerson('first').then((dn) => admin.replace(dn, 'title', ['x']));
			session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
		});
		afterAll(async () => {
			await session.close();
			await admin.close();
			await slapd.stop();
		});

		it('says what it cannot see, and what to do about it', () => {
			const { detects } = session.strategy;
			const unseen = Object.entries(detects).filter(([, { sight }]) => sight === 'no');
			expect(unseen.map(([kind]) => kind).sort()).toEqual([
				'group.deleted',
				'user.deleted',
				'user.enabled',
				'user.unlocked',
			]);
			for (const [, { reason }] of unseen) expect(reason).toContain('logold (objectClass=*)');
		});

		it('sees what it says it sees', async () => {
			const dn = await admin.addPerson('seen');
			const cursor = await session.strategy.position();
			await admin.replace(dn, 'pwdReset', ['TRUE']);
			await admin.replace(dn, 'pwdAccountLockedTime', ['20300101000000Z']);
			await admin.replace(dn, 'pwdAccountLockedTime', []);
			await admin.disable(dn);
			await admin.connection.rename(dn, admin.personDn('moved'));
			const changes: EntryChange[] = [];
			for await (const page of session.strategy.read(cursor, none)) changes.push(...page.changes);
			const unknown = { enabled: 'unknown', locked: 'unknown', passwordResetRequired: 'unknown' };
			expect(changes.map(({ account }) => account?.before)).toEqual([...Array(4).fill(unknown), undefined]);
			expect(changes.map(({ account }) => account?.after)).toEqual([
				{ ...unknown, passwordResetRequired: true },
				{ ...unknown, enabled: true, locked: true },
				{ ...unknown, enabled: true, locked: false },
				{ ...unknown, enabled: false, locked: false },
				undefined,
			]);
			expect(changes.at(-1)).toMatchObject({ previousDn: dn, person: { username: 'moved' } });
		});
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
			const locks = lockPolicy(family, () => Promise.resolve(undefined));
			const watch = { connection, describer, watched: new Set<string>(), locks, wantsDevices: false };
			return new AccessLogStrategy(watch, '', detections('each'), true, now);
		}

		async function addUnit(name: string, parent: string): Promise<string> {
			await admin.connection.add(`ou=${name},${parent}`, { objectClass: ['organizationalUnit'], ou: [name] });
			return `ou=${name},${parent}`;
		}

		async function addPersonAt(rdn: string, parent: string): Promise<void> {
			const uid = rdn.slice('uid='.length);
			const names = { uid: [uid], cn: [uid], sn: [uid] };
			await admin.connection.add(`${rdn},${parent}`, { objectClass: ['inetOrgPerson'], ...names });
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
		}, 30_000);

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
		}, 30_000);

		it('tells a person who is renamed and moved, with both DNs', async () => {
			const dn = await admin.addPerson('moving');
			const unit = await addUnit('moves', `ou=people,${slapd.baseDn}`);
			const changes = await changesOf(async () => {
				await admin.connection.rename(dn, admin.personDn('moved'));
				await admin.connection.rename(admin.personDn('moved'), `uid=moved,${unit}`);
			});
			expect(changes).toMatchObject([
				{ operation: 'renamed', previousDn: dn, dn: admin.personDn('moved'), actor: slapd.adminDn },
				{ operation: 'renamed', previousDn: admin.personDn('moved'), dn: `uid=moved,${unit}` },
			]);
			expect(changes.map(({ person }) => person?.username)).toEqual(['moved', 'moved']);
			expect(changes.map(({ attributes }) => attributes)).toEqual([[], []]);
		});

		it('tells a watched attribute that a rename changed, without inventing its other values', async () => {
			const dn = await admin.addPerson('watched');
			const watching = await openLdapWatch(ldapSettings(slapd), { ...EVERYTHING, attributes: ['uid'] });
			const cursor = await watching.strategy.position();
			await admin.connection.rename(dn, admin.personDn('unwatched'));
			const pages = [];
			for await (const page of watching.strategy.read(cursor, none)) pages.push(page);
			await watching.close();
			expect(pages[0]?.changes[0]?.attributes).toEqual([
				{ attribute: 'uid', before: 'unknown', after: 'unknown' },
			]);
		});

		it('tells a renamed group', async () => {
			const dn = await admin.addGroup('old name', [admin.personDn('x')]);
			const [change] = await changesOf(() =>
				admin.connection.rename(dn, `cn=new name,ou=groups,${slapd.baseDn}`),
			);
			expect(change).toMatchObject({ previousDn: dn, group: { name: 'new name' } });
		});

		const dnsOf = (changes: EntryChange[]) =>
			changes.map(({ previousDn, dn }) => [previousDn, dn].join(' > ')).sort();

		it('tells each person and group below a container that is renamed, and names each change for good', async () => {
			const people = `ou=people,${slapd.baseDn}`;
			const unit = await addUnit('ward', people);
			const inner = await addUnit('night', unit);
			await addPersonAt('uid=w1', unit);
			await addPersonAt('uid=w2', inner);
			await admin.connection.add(`cn=crew,${unit}`, {
				objectClass: ['groupOfNames'],
				cn: ['crew'],
				member: [`uid=w1,${unit}`],
			});
			const cursor = await session.strategy.position();
			await admin.connection.rename(unit, `ou=clinic,${people}`);
			const read = async () => {
				const changes: EntryChange[] = [];
				for await (const page of session.strategy.read(cursor, none)) changes.push(...page.changes);
				return changes;
			};
			const changes = await read();
			expect(dnsOf(changes)).toEqual([
				`cn=crew,${unit} > cn=crew,ou=clinic,${people}`,
				`uid=w1,${unit} > uid=w1,ou=clinic,${people}`,
				`uid=w2,${inner} > uid=w2,ou=night,ou=clinic,${people}`,
			]);
			expect(changes.every(({ operation }) => operation === 'renamed')).toBe(true);
			const ids = changes.map(({ changeId }) => changeId);
			expect(new Set(ids).size).toBe(3);
			expect((await read()).map(({ changeId }) => changeId)).toEqual(ids);
		});

		it('tells who was below a moved container then, not who is today', async () => {
			const people = `ou=people,${slapd.baseDn}`;
			const unit = await addUnit('first', people);
			for (const name of ['stays', 'leaves', 'ends']) await addPersonAt(`uid=${name}`, unit);
			await addPersonAt('uid=arrives', people);
			const changes = await changesOf(async () => {
				await admin.connection.rename(unit, `ou=second,${people}`);
				await admin.connection.rename(`uid=leaves,ou=second,${people}`, `uid=leaves,${people}`);
				await admin.connection.rename(`uid=arrives,${people}`, `uid=arrives,ou=second,${people}`);
				await admin.remove(`uid=ends,ou=second,${people}`);
				await addPersonAt('uid=born', `ou=second,${people}`);
				await admin.connection.rename(`ou=second,${people}`, `ou=third,${people}`);
			});
			const second = `ou=second,${people}`;
			const third = `ou=third,${people}`;
			const moves = changes.filter(({ operation }) => operation === 'renamed');
			expect(dnsOf(moves)).toEqual(
				[
					`uid=stays,${unit} > uid=stays,${second}`,
					`uid=leaves,${unit} > uid=leaves,${second}`,
					`uid=ends,${unit} > uid=ends,${second}`,
					`uid=leaves,${second} > uid=leaves,${people}`,
					`uid=arrives,${people} > uid=arrives,${second}`,
					`uid=stays,${second} > uid=stays,${third}`,
					`uid=arrives,${second} > uid=arrives,${third}`,
					`uid=born,${second} > uid=born,${third}`,
				].sort(),
			);
			expect(changes.every(({ person }) => person !== undefined)).toBe(true);
		});

		it('tells a large container in pages, and goes on after the last one that was committed', async () => {
			const people = `ou=people,${slapd.baseDn}`;
			const unit = await addUnit('large', people);
			for (let index = 0; index < 1100; index++) await addPersonAt(`uid=l${index}`, unit);
			let cursor = await session.strategy.position();
			await admin.connection.rename(unit, `ou=larger,${people}`);
			const told: string[] = [];
			for (let round = 0; round < 2; round++) {
				for await (const page of session.strategy.read(cursor, none)) {
					expect(page.changes.length).toBeLessThanOrEqual(500);
					told.push(...page.changes.map(({ previousDn }) => previousDn ?? ''));
					cursor = JSON.parse(JSON.stringify(page.cursor)) as typeof cursor;
					if (round === 0) break;
				}
			}
			expect(told).toHaveLength(1100);
			expect(new Set(told).size).toBe(1100);
		}, 30_000);

		it('tells who is moved into or out of the base DN, and nothing else outside of it', async () => {
			const inside = await addUnit('inside', slapd.baseDn);
			const outside = await addUnit('outside', slapd.baseDn);
			const unit = await addUnit('unit', inside);
			await addPersonAt('uid=goes', inside);
			await addPersonAt('uid=comes', outside);
			await addPersonAt('uid=along', unit);
			const watching = await openLdapWatch(ldapSettings(slapd, { baseDn: inside }), EVERYTHING);
			const cursor = await watching.strategy.position();
			await admin.replace(`uid=goes,${inside}`, 'title', ['before']);
			await admin.replace(`uid=comes,${outside}`, 'title', ['unseen']);
			await admin.connection.rename(`uid=goes,${inside}`, `uid=goes,${outside}`);
			await admin.connection.rename(`uid=comes,${outside}`, `uid=comes,${inside}`);
			await admin.connection.rename(unit, `ou=unit,${outside}`);
			await admin.replace(`uid=goes,${outside}`, 'title', ['unseen']);
			const changes: EntryChange[] = [];
			for await (const page of watching.strategy.read(cursor, none)) changes.push(...page.changes);
			await watching.close();
			expect(changes.map(({ person, dn, operation }) => [operation, person?.username, dn])).toEqual([
				['modified', 'goes', `uid=goes,${inside}`],
				['renamed', 'goes', `uid=goes,${outside}`],
				['renamed', 'comes', `uid=comes,${inside}`],
				['renamed', 'along', `uid=along,ou=unit,${outside}`],
			]);
		});

		it('tells lock, reset and deactivation apart, and claims nothing of what a record leaves alone', async () => {
			const dn = await admin.addPerson('state');
			const changes = await changesOf(async () => {
				await admin.replace(dn, 'pwdReset', ['TRUE']);
				await admin.replace(dn, 'pwdAccountLockedTime', ['20300101000000Z']);
				await admin.replace(dn, 'pwdAccountLockedTime', []);
				await admin.disable(dn);
			});
			const [reset, locked, unlocked, disabled] = changes.map(({ account }) => account);
			expect(reset).toEqual({
				before: { enabled: 'unknown', locked: 'unknown', passwordResetRequired: false },
				after: { enabled: 'unknown', locked: 'unknown', passwordResetRequired: true },
			});
			const free = { enabled: true, locked: false, passwordResetRequired: 'unknown' };
			expect(locked).toEqual({ before: free, after: { ...free, locked: true } });
			expect(unlocked).toEqual({ before: { ...free, locked: true }, after: free });
			expect(disabled).toEqual({ before: free, after: { ...free, enabled: false } });
		});

		it('says when a lock ends, by the policy of the person before that of everybody', async () => {
			const policy = (name: string, seconds: string) =>
				admin.connection.add(`cn=${name},ou=policies,${slapd.baseDn}`, {
					objectClass: ['device', 'pwdPolicy'],
					cn: [name],
					pwdAttribute: ['userPassword'],
					pwdLockout: ['TRUE'],
					pwdLockoutDuration: [seconds],
				});
			await admin.replace(`cn=default,ou=policies,${slapd.baseDn}`, 'pwdLockoutDuration', ['600']);
			const everybody = await admin.addPerson('everybody');
			const lock = (dn: string) => admin.replace(dn, 'pwdAccountLockedTime', ['20300101000000Z']);
			const [byDefault] = await changesOf(() => lock(everybody));
			await policy('short', '60');
			await policy('ever', '0');
			const ofPolicy = (name: string) =>
				admin.addPerson(name, { pwdPolicySubentry: [`cn=${name},ou=policies,${slapd.baseDn}`] });
			const [short, ever] = [await ofPolicy('short'), await ofPolicy('ever')];
			await session.close();
			session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
			const others = await changesOf(async () => {
				for (const dn of [short, ever, everybody]) await lock(dn);
			});
			await admin.replace(`cn=default,ou=policies,${slapd.baseDn}`, 'pwdLockoutDuration', ['0']);
			expect(byDefault?.account).toMatchObject({ lockedUntil: '2030-01-01T00:10:00.000Z' });
			// Which of three different policies is the default, this login may not read: nothing is made up.
			expect(others.map(({ account }) => account?.lockedUntil)).toEqual([
				'2030-01-01T00:01:00.000Z',
				undefined,
				undefined,
			]);
		});

		it('tells a device that was added, and whose it is', async () => {
			const owner = await admin.addPerson('owner');
			const device = { objectClass: ['device'], cn: ['phone'], owner: [owner], description: ['{}'] };
			const [change] = await changesOf(() =>
				admin.connection.add(`cn=phone,ou=devices,${slapd.baseDn}`, device),
			);
			expect(change?.device).toEqual({ owner: { value: owner, is: 'dn' } });
			await session.close();
			session = await openLdapWatch(ldapSettings(slapd), {
				...EVERYTHING,
				events: new Set(['user.created']),
			});
			expect(
				await changesOf(() =>
					admin.connection.add(`cn=tablet,ou=devices,${slapd.baseDn}`, { ...device, cn: ['tablet'] }),
				),
			).toEqual([]);
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
