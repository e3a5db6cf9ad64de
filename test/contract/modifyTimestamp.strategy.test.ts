import { existsSync } from 'node:fs';

import type { EntryChange, JsonValue } from '../../lib/directory/changes/changes.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import type { Directory389 } from '../../sandbox/389ds/directory389';
import { directory389Binary, startDirectory389 } from '../../sandbox/389ds/directory389';
import type { SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { WatchScope } from '../../lib/directory/changes/event.types';
import {
	Directory389Admin,
	directory389ContractServer,
	watcherSettings,
} from '../support/directory389Contract';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { adminSettings, failureOf, ldapSettings } from '../support/ldap';
import { ldapContractServer } from '../support/ldapContract';
import { SnapshotMemory } from '../support/snapshotMemory';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';
import { ContractReader } from './contractReader';

const SKIP = [
	{
		reason: 'it compares what it finds with what it remembers',
		tests: ['delivers every one of several changes between two reads'],
	},
	{
		reason: 'no real server breaks off a walk when asked to',
		tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
	},
	{
		reason: 'no position can be lost: everything is compared with what is remembered',
		tests: ['reconciles after its position became useless: loses nothing, tells nothing twice'],
	},
];

/** Content synchronisation would be better here. */
const CHOSEN = { strategy: 'modifyTimestamp' } as const;

const altered = (cursor: JsonValue, parts: Record<string, string>): JsonValue =>
	typeof cursor === 'object' && cursor !== null && !Array.isArray(cursor) ? { ...cursor, ...parts } : cursor;

/** The complete walk of each quarter of an hour is due. */
const longAgo = (cursor: JsonValue): JsonValue => altered(cursor, { sweptAt: '2000-01-01T00:00:00.000Z' });

describe('ModifyTimestampStrategy', () => {
	const opened: Array<() => Promise<unknown>> = [];
	/** Closed in the end, however the test ends; the last opened first. */
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});

	/** Our own clock, to be put forward by minutes: to be made before the session is. */
	function clock(): (minutes: number) => void {
		const real = Date.now.bind(Date);
		let ahead = 0;
		const spy = jest.spyOn(Date, 'now').mockImplementation(() => real() + ahead);
		opened.push(async () => spy.mockRestore());
		return (minutes) => {
			ahead += minutes * 60_000;
		};
	}

	describeChangeStrategy(() => ldapContractServer({ accesslog: false }, CHOSEN), { skip: SKIP, longAgo });

	(existsSync(directory389Binary) ? describe : describe.skip)(
		'on 389 Directory Server (skipped without the package 389-ds-base)',
		() => {
			describeChangeStrategy(directory389ContractServer, {
				skip: SKIP,
				longAgo,
				timeoutMs: 120_000,
			});

			describe('by a complete walk', () => {
				let server: Directory389;
				let admin: Directory389Admin;

				beforeAll(async () => {
					server = await startDirectory389();
					admin = new Directory389Admin(server);
				}, 60_000);
				afterAll(async () => {
					await admin.close();
					await server.stop();
				});

				async function reading(
					scope: Partial<WatchScope> = {},
					settings: Partial<LdapSettings> = {},
				): Promise<ContractReader> {
					const everything = { ...EVERYTHING, ...scope };
					const session = await openLdapWatch(watcherSettings(server, settings), everything);
					opened.push(() => session.close());
					return await ContractReader.from(session);
				}
				const walked = (reader: ContractReader): Promise<EntryChange[]> => {
					reader.alterCursor(longAgo);
					return reader.read();
				};

				it('says why it was chosen, and by what it knows of deletions', async () => {
					const { strategy } = await reading();
					expect(strategy.reason).toContain('keeps no changelog');
					expect(strategy.detects['user.deleted']).toMatchObject({ sight: 'net' });
					expect(strategy.detects['user.deleted'].reason).toContain('15 minutes');
				});

				it('is made every 15 minutes, not at each read', async () => {
					const dn = await admin.addPerson('rarely');
					const reader = await reading();
					await admin.remove(dn);
					expect(await reader.read()).toEqual([]);
					expect(await walked(reader)).toMatchObject([{ operation: 'deleted' }]);
					const again = await admin.addPerson('rarely');
					await reader.read();
					await admin.remove(again);
					expect(await reader.read()).toEqual([]);
				});

				it('names each of two locks by failed logins differently', async () => {
					const dn = await admin.addPerson('twice');
					const reader = await reading();
					const ids: string[] = [];
					for (let round = 0; round < 2; round++) {
						await admin.lock(dn);
						for (const { changeId, account } of await walked(reader)) {
							expect(account?.after.locked).toBe(true);
							ids.push(changeId);
						}
						await admin.unlock(dn);
						await walked(reader);
					}
					expect(new Set(ids).size).toBe(2);
				});

				it('forgets who moved out of the base, tells who is gone, and knows who moved in', async () => {
					const base = `ou=inner,ou=people,${server.baseDn}`;
					const [leaves, dies, comes] = ['leaves', 'dies', 'comes'];
					const inside = [];
					for (const name of [leaves, dies])
						inside.push(await admin.move(await admin.addPerson(name), 'inner'));
					const outside = await admin.addPerson(comes);
					const passes = clock();
					passes(60);
					const reader = await reading({}, { baseDn: base });
					await admin.connection.rename(inside[0] ?? '', admin.personDn(leaves));
					await admin.remove(inside[1] ?? '');
					const moved = await admin.move(outside, 'inner');
					// As if all this lay an hour before what was read last: then nobody is new.
					reader.alterCursor((cursor) => altered(cursor, { newest: '20990101000000Z' }));
					passes(60);
					expect(await reader.read()).toMatchObject([
						{ operation: 'deleted', person: { username: dies }, actor: null },
					]);
					await admin.replace(moved, 'title', ['arrived']);
					const [arrived] = await walked(reader);
					expect(arrived?.attributes).toEqual([{ attribute: 'title', before: [], after: ['arrived'] }]);
					expect(await walked(reader)).toEqual([]);
				});

				it('takes nobody for deleted whom the server only hides', async () => {
					const dn = await admin.addPerson('hidden');
					const reader = await reading();
					const aci = `(target="ldap:///${dn}")(targetattr="*")(version 3.0; acl "hide"; deny (all) userdn="ldap:///${server.watcherDn}";)`;
					await admin.connection.modify(server.baseDn, [
						{ operation: 'add', attribute: 'aci', values: [aci] },
					]);
					expect(await walked(reader)).toEqual([]);
					expect(JSON.stringify(reader.snapshots)).not.toContain('uid=hidden');
					await admin.connection.modify(server.baseDn, [
						{ operation: 'delete', attribute: 'aci', values: [aci] },
					]);
				});

				it('holds many deletions back until they are accepted, and tells them then', async () => {
					const many = await Promise.all(
						Array.from({ length: 30 }, (_, index) => admin.addPerson(`many${index}`)),
					);
					const reader = await reading();
					const guest = await admin.addPerson('meanwhile');
					for (const dn of many) await admin.remove(dn);
					const told: EntryChange[] = [];
					reader.alterCursor(longAgo);
					const failure = await failureOf(reader.read(async (changes) => told.push(...changes)));
					expect(failure.code).toBe('deletions-held-back');
					// What timestamps tell is told all the same.
					expect(told.map(({ dn }) => dn)).toEqual([guest]);
					const acceptedAbsence = /[0-9a-f]{8}/.exec(failure.advice)?.[0];
					reader.session = await openLdapWatch(watcherSettings(server), { ...EVERYTHING, acceptedAbsence });
					opened.push(() => reader.session.close());
					const deleted = await walked(reader);
					expect(deleted.map(({ operation, dn }) => [operation, dn]).sort()).toEqual(
						many.map((dn) => ['deleted', dn]).sort(),
					);
					expect(await walked(reader)).toEqual([]);
				});

				it('tells nothing when it breaks off', async () => {
					const dn = await admin.addPerson('survivor');
					const reader = await reading();
					await admin.remove(dn);
					const walk = reader.snapshots.entryIds.bind(reader.snapshots);
					reader.snapshots.entryIds = async function* () {
						await server.kill();
						yield* walk();
					};
					reader.alterCursor(longAgo);
					const told: EntryChange[] = [];
					await expect(reader.read(async (changes) => told.push(...changes))).rejects.toThrow();
					expect(told).toEqual([]);
					await server.restart();
					reader.snapshots.entryIds = walk;
					expect(await walked(reader)).toMatchObject([{ operation: 'deleted', dn }]);
				}, 30_000);
			});
		},
	);

	async function started(options: SlapdOptions, changes: Partial<LdapSettings> = {}) {
		const slapd = await startSlapd(options);
		opened.push(() => slapd.stop());
		const session = await openLdapWatch(ldapSettings(slapd, changes), { ...EVERYTHING, ...CHOSEN });
		opened.push(() => session.close());
		return { slapd, session };
	}

	it('says why it was chosen', async () => {
		const { session } = await started({ accesslog: false });
		expect(session.strategy).toMatchObject({
			name: 'modifyTimestamp',
			reason: 'it was chosen',
		});
	});

	it('sees what is written although some entry bears a time to come', async () => {
		const slapd = await startSlapd({ accesslog: false, seedLdif: FROM_THE_FUTURE });
		opened.push(() => slapd.stop());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const session = await openLdapWatch(ldapSettings(slapd), { ...EVERYTHING, ...CHOSEN });
		opened.push(() => session.close());
		const reader = await ContractReader.from(session);
		const dn = await admin.addPerson('new');
		expect((await reader.read()).map((change) => [change.operation, change.dn])).toEqual([['created', dn]]);
		await admin.replace(dn, 'title', ['later']);
		expect((await reader.read()).map((change) => [change.operation, change.dn])).toEqual([['modified', dn]]);
	});

	it('tells a creation that a replica hands on late, with a time before the newest one seen', async () => {
		const passes = clock();
		const { slapd, session } = await started({ accesslog: false });
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const reader = await ContractReader.from(session);
		const dn = await admin.addPerson('late');
		const soon = new Date(Date.now() + 600_000).toISOString().slice(0, 19).replace(/[-:T]/g, '');
		reader.alterCursor((cursor) => altered(cursor, { newest: `${soon}Z` }));
		passes(20);
		expect((await reader.read()).map((change) => [change.operation, change.dn])).toEqual([['created', dn]]);
	});

	it('neither keeps nor tells a password that its login may read', async () => {
		const { slapd } = await started({ accesslog: false });
		const session = await openLdapWatch(adminSettings(slapd), { ...EVERYTHING, ...CHOSEN, attributes: [] });
		opened.push(() => session.close());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const cursor = await session.strategy.position();
		await admin.addPerson('open', { userPassword: ['s3cr3t'] });
		const snapshots = new SnapshotMemory();
		const pages = [];
		for await (const page of session.strategy.read(cursor, snapshots)) pages.push(page);
		expect(pages[0]?.changes).toHaveLength(1);
		expect(JSON.stringify(pages)).not.toMatch(/s3cr3t|userPassword/i);
	});

	it('hands on many differences in pages, and each once', async () => {
		const { slapd, session } = await started({ accesslog: false });
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const snapshots = new SnapshotMemory();
		let cursor = await session.strategy.position();
		for (let index = 0; index < 1200; index++) await admin.addPerson(`p${index}`);
		const found: string[] = [];
		const sizes: number[] = [];
		for await (const page of session.strategy.read(cursor, snapshots)) {
			sizes.push(page.changes.length);
			found.push(...page.changes.map(({ dn }) => dn));
			snapshots.write(page.snapshots);
			cursor = page.cursor;
		}
		expect(sizes.length).toBeGreaterThan(1);
		expect(new Set(found).size).toBe(1200);
		expect(found).toHaveLength(1200);
		for await (const page of session.strategy.read(cursor, snapshots)) expect(page.changes).toEqual([]);
	});
});

const FROM_THE_FUTURE = `
dn: uid=future,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: future
cn: future
sn: future
modifyTimestamp: 20990101000000Z
`;
