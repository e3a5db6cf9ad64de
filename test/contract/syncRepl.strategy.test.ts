import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { EntryChange } from '../../lib/directory/changes/changes.types';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { directory389Binary, startDirectory389 } from '../../sandbox/389ds/directory389';
import { ADMIN_DN, ADMIN_PASSWORD } from '../../sandbox/389ds/dse.config';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { watcherSettings } from '../support/directory389Contract';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { failureOf, ldapSettings } from '../support/ldap';
import { ldapContractServer } from '../support/ldapContract';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';
import { ContractReader } from './contractReader';

const SKIP = [
	{
		reason: 'it compares what it finds with what it remembers',
		tests: ['delivers every one of several changes between two reads'],
	},
	{
		reason: 'no real server breaks off a refresh when asked to',
		tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
	},
	{
		reason: 'slapd forgets no position: a test of its own gives it one that it refuses',
		tests: ['reconciles after its position became useless: loses nothing, tells nothing twice'],
	},
];

describe('SyncReplStrategy', () => {
	describeChangeStrategy(() => ldapContractServer({ accesslog: false }), { skip: SKIP });

	const opened: Array<() => Promise<unknown>> = [];
	/** Closed in the end, however the test ends; the last opened first. */
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});

	interface Running {
		slapd: Slapd;
		admin: DirectoryAdmin;
		open(scope?: Partial<WatchScope>, settings?: Partial<LdapSettings>): Promise<ContractReader>;
	}

	async function started(options: SlapdOptions = { accesslog: false }): Promise<Running> {
		const slapd = await startSlapd(options);
		opened.push(() => slapd.stop());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const open = async (scope: Partial<WatchScope> = {}, settings: Partial<LdapSettings> = {}) => {
			const session = await openLdapWatch(ldapSettings(slapd, settings), { ...EVERYTHING, ...scope });
			opened.push(() => session.close());
			return await ContractReader.from(session);
		};
		return { slapd, admin, open };
	}

	const dnsOf = (changes: EntryChange[]) =>
		changes.map(({ previousDn, dn }) => [previousDn, dn].join(' > ')).sort();
	const cookie = (text: string) => () => ({ cookie: Buffer.from(text).toString('base64') });
	const OTHER_SERVER = cookie('rid=000,sid=001,csn=20990101000000.000000Z#000000#001#000000');

	it('says why it was chosen', async () => {
		const { open } = await started();
		expect((await open()).strategy).toMatchObject({
			name: 'syncRepl',
			reason: 'the server shows no change log; the server synchronises content (RFC 4533)',
		});
	});

	it('is chosen where the log exists but may not be read', async () => {
		const { open } = await started({ seedLdif: OTHER_ACCOUNT });
		const other = { bindDn: 'cn=other,dc=example,dc=org', password: 'other' };
		expect((await open({}, other)).strategy).toMatchObject({
			name: 'syncRepl',
			reason:
				'cn=accesslog exists, but the service account may not read it; the server synchronises content (RFC 4533)',
		});
	});

	it('is left out where the login may not have everything at once', async () => {
		const { open, admin } = await started({ accesslog: false, sizeLimit: 5 });
		for (const name of ['a', 'b', 'c']) await admin.addPerson(name);
		const failure = await failureOf(open({ strategy: 'syncRepl' }));
		expect(failure.message).toContain('content synchronisation does not work for this login');
	});

	(existsSync(directory389Binary) ? it : it.skip)(
		'is left out on 389 Directory Server, which names entries by other ids there (skipped without 389-ds-base)',
		async () => {
			const server = await startDirectory389({ changelog: true });
			opened.push(() => server.stop());
			const manager = openLdapConnection(
				watcherSettings(server, { bindDn: ADMIN_DN, password: ADMIN_PASSWORD }),
			);
			await manager.modify('cn=Content Synchronization,cn=plugins,cn=config', [
				{ operation: 'replace', attribute: 'nsslapd-pluginEnabled', values: ['on'] },
			]);
			await manager.close();
			await server.restart();
			const open = openLdapWatch(watcherSettings(server), { ...EVERYTHING, strategy: 'syncRepl' });
			expect((await failureOf(open)).message).toMatch(/names .* by another id than the directory/);
		},
		60_000,
	);

	it('tells who is gone, below a new name, or elsewhere, and forgets who left the base DN', async () => {
		const { admin, open, slapd } = await started();
		const unit = `ou=unit,ou=people,${slapd.baseDn}`;
		await admin.connection.add(unit, { objectClass: ['organizationalUnit'], ou: ['unit'] });
		const names = { objectClass: ['inetOrgPerson'], cn: ['in'], sn: ['in'] };
		await admin.connection.add(`uid=in,${unit}`, { ...names, uid: ['in'] });
		const [gone, renamed, out] = [
			await admin.addPerson('gone'),
			await admin.addPerson('renamed'),
			await admin.addPerson('out'),
		];
		const reader = await open({}, { baseDn: `ou=people,${slapd.baseDn}` });
		await admin.remove(gone);
		await admin.connection.rename(renamed, admin.personDn('anew'));
		await admin.connection.rename(unit, `ou=ward,ou=people,${slapd.baseDn}`);
		await admin.connection.rename(out, `uid=out,ou=groups,${slapd.baseDn}`);
		const changes = await reader.read();
		expect(dnsOf(changes)).toEqual(
			[
				` > ${gone}`,
				`${renamed} > ${admin.personDn('anew')}`,
				`uid=in,${unit} > uid=in,ou=ward,ou=people,${slapd.baseDn}`,
				`${out} > uid=out,ou=groups,${slapd.baseDn}`,
			].sort(),
		);
		expect(changes.find(({ dn }) => dn === gone)?.operation).toBe('deleted');
		expect(await reader.read()).toEqual([]);
		await admin.replace(`uid=out,ou=groups,${slapd.baseDn}`, 'title', ['unseen']);
		expect(await reader.read()).toEqual([]);
	});

	it('tells who left the base DN with a container, where the server names what is gone instead of what is there', async () => {
		const { admin, open, slapd } = await started();
		const configuration = join(slapd.folder, 'slapd.conf');
		const text = await readFile(configuration, 'utf8');
		await writeFile(
			configuration,
			`${text.replace(/^syncprov-checkpoint.*$/m, '$&\nsyncprov-sessionlog 1000')}`,
		);
		await slapd.restart();
		const people = `ou=people,${slapd.baseDn}`;
		const unit = `ou=unit,${people}`;
		await admin.connection.add(unit, { objectClass: ['organizationalUnit'], ou: ['unit'] });
		const names = { objectClass: ['inetOrgPerson'], cn: ['in'], sn: ['in'] };
		await admin.connection.add(`uid=in,${unit}`, { ...names, uid: ['in'] });
		const stays = await admin.addPerson('stays');
		const reader = await open({}, { baseDn: people });
		const moved = `ou=unit,ou=groups,${slapd.baseDn}`;
		await admin.connection.rename(unit, moved);
		expect(dnsOf(await reader.read())).toEqual([`uid=in,${unit} > uid=in,${moved}`]);
		await admin.remove(`uid=in,${moved}`);
		await admin.replace(stays, 'title', ['later']);
		expect(dnsOf(await reader.read())).toEqual([` > ${stays}`]);
	});

	it('goes on after a restart of the server, deletions in between included', async () => {
		const { admin, open, slapd } = await started();
		const [goes, stays] = [await admin.addPerson('goes'), await admin.addPerson('stays')];
		const reader = await open();
		await admin.remove(goes);
		await slapd.kill();
		await slapd.restart();
		await admin.replace(stays, 'title', ['later']);
		expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
		const changes = await reader.read();
		expect(changes.map(({ operation, dn }) => [operation, dn]).sort()).toEqual([
			['deleted', goes],
			['modified', stays],
		]);
	});

	it.each([
		['of another server, or of a later state', OTHER_SERVER, 'cannot go on from its cookie (53)'],
		['that is garbage', cookie('garbage'), 'does not know the cookie'],
		['that is none', () => 17, 'holds no cookie'],
	])('refuses a cookie %s, and reconciles', async (_, alter, reason) => {
		const { admin, open } = await started();
		const [goes, stays] = [await admin.addPerson('goes'), await admin.addPerson('stays')];
		const reader = await open();
		await admin.remove(goes);
		await admin.replace(stays, 'title', ['missed']);
		await admin.addPerson('comes');
		reader.alterCursor(alter);
		expect(await reader.strategy.verify(reader.cursor)).toEqual({
			intact: false,
			reason: expect.stringContaining(reason) as string,
		});
		await expect(reader.read()).rejects.toThrow('cannot be read on from');
		const missed = await reader.reconcile();
		expect(missed.map(({ operation }) => operation).sort()).toEqual(['created', 'deleted', 'modified']);
		expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
		expect(await reader.read()).toEqual([]);
	});

	it('tells each once, in pages, although the consumer is killed between them', async () => {
		const { admin, open } = await started();
		const reader = await open();
		for (let index = 0; index < 1200; index++) await admin.addPerson(`p${index}`);
		const told: string[] = [];
		const stop = new Error('killed');
		let pages = 0;
		const handOff = async (changes: EntryChange[]) => {
			expect(changes.length).toBeLessThanOrEqual(500);
			if (++pages === 2) throw stop;
			told.push(...changes.map(({ dn }) => dn));
		};
		await expect(reader.read(handOff)).rejects.toBe(stop);
		await reader.read(handOff);
		expect(new Set(told).size).toBe(1200);
		expect(told).toHaveLength(1200);
	}, 30_000);

	it('loses nothing when the server is killed while pages are handed on', async () => {
		const { admin, open, slapd } = await started();
		const reader = await open();
		for (let index = 0; index < 1200; index++) await admin.addPerson(`p${index}`);
		const told: string[] = [];
		const note = async (changes: EntryChange[]) => void told.push(...changes.map(({ dn }) => dn));
		await failureOf(
			reader.read(async (changes) => {
				await note(changes);
				await slapd.kill();
			}),
		);
		await slapd.restart();
		// After a crash slapd withholds its last write until there is another one.
		await admin.addPerson('another');
		await reader.read(note);
		expect(new Set(told).size).toBe(1201);
		expect(told).toHaveLength(1201);
	}, 30_000);

	it('holds back a mass deletion until it is accepted', async () => {
		const { admin, open, slapd } = await started();
		const dns = [];
		for (let index = 0; index < 30; index++) dns.push(await admin.addPerson(`p${index}`));
		const reader = await open();
		for (const dn of dns) await admin.remove(dn);
		const failure = await failureOf(reader.read());
		expect(failure.code).toBe('deletions-held-back');
		const [acceptedAbsence] = /\b[0-9a-f]{8}\b/.exec(failure.advice) ?? [];
		await reader.session.close();
		reader.session = await openLdapWatch(ldapSettings(slapd), { ...EVERYTHING, acceptedAbsence });
		opened.push(() => reader.session.close());
		expect(await reader.read()).toHaveLength(30);
	});

	it('asks for no password', async () => {
		const { admin, open, slapd } = await started();
		const reader = await open({ attributes: [] }, { bindDn: slapd.adminDn, password: slapd.adminPassword });
		await admin.addPerson('open', { userPassword: ['s3cr3t'] });
		const changes = await reader.read();
		expect(changes).toHaveLength(1);
		expect(JSON.stringify([changes, reader.snapshots])).not.toMatch(/s3cr3t|userPassword/i);
	});
});

const OTHER_ACCOUNT = `
dn: cn=other,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: other
userPassword: other
pwdPolicySubentry: cn=services,ou=policies,dc=example,dc=org
`;
