import { existsSync } from 'node:fs';

import type { WatchScope } from '../../lib/directory/changes/event.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import type { Directory389 } from '../../sandbox/389ds/directory389';
import { directory389Binary, startDirectory389 } from '../../sandbox/389ds/directory389';
import type { Directory389Options } from '../../sandbox/389ds/dse.config';
import {
	Directory389Admin,
	directory389ContractServer,
	watcherSettings,
} from '../support/directory389Contract';
import { eventually } from '../support/eventually';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';
import { ContractReader } from './contractReader';

(existsSync(directory389Binary) ? describe : describe.skip)(
	'ChangeLogStrategy (skipped without the package 389-ds-base)',
	() => {
		describeChangeStrategy(() => directory389ContractServer({ changelog: true }), {
			skip: [
				{
					reason: 'a log is read record by record',
					tests: ['tells nothing by halves when a read breaks off, and loses nothing'],
				},
			],
			timeoutMs: 120_000,
		});

		describe('on a server of its own', () => {
			let server: Directory389;
			let admin: Directory389Admin;
			const opened: ContractReader[] = [];

			beforeAll(async () => {
				server = await startDirectory389({ changelog: true, lockoutDuration: 600 });
				admin = new Directory389Admin(server);
			}, 60_000);
			afterAll(async () => {
				await admin.close();
				await server.stop();
			});
			afterEach(async () => {
				for (const { session } of opened.splice(0)) await session.close();
			});

			async function reading(
				scope: Partial<WatchScope> = {},
				settings: Partial<LdapSettings> = {},
			): Promise<ContractReader> {
				const everything = { ...EVERYTHING, ...scope };
				const session = await openLdapWatch(watcherSettings(server, settings), everything);
				const reader = await ContractReader.from(session);
				opened.push(reader);
				return reader;
			}

			it('says why it was chosen', async () => {
				const { strategy } = await reading();
				expect(strategy).toMatchObject({ name: 'changeLog', reason: 'cn=changelog is readable' });
			});

			it('classifies a backlog from the log, not from the entry of today', async () => {
				const reader = await reading({ attributes: [] });
				const dn = await admin.addPerson('busy', { title: ['one'] });
				await admin.replace(dn, 'title', ['two']);
				await admin.disable(dn);
				await admin.replace(dn, 'title', ['three']);
				await admin.enable(dn);
				await admin.remove(dn);
				const changes = await reader.read();
				expect(changes.map(({ operation }) => operation)).toEqual([
					'created',
					...Array<string>(4).fill('modified'),
					'deleted',
				]);
				expect(changes.map(({ person }) => person?.username)).toEqual(Array(6).fill('busy'));
				expect(changes[1]?.attributes).toEqual([{ attribute: 'title', before: ['one'], after: ['two'] }]);
				expect(changes[3]?.attributes).toEqual([{ attribute: 'title', before: ['two'], after: ['three'] }]);
				expect(changes[2]?.account?.after.enabled).toBe(false);
				expect(changes[4]?.account).toMatchObject({ before: { enabled: false }, after: { enabled: true } });
			});

			it('tells a lock by failed logins, which moves no timestamp, until when, and its end', async () => {
				const dn = await admin.addPerson('locked');
				const reader = await reading();
				const before = await admin.connection.read(dn, ['modifyTimestamp']);
				await admin.lock(dn);
				const [locked, ...others] = await reader.read();
				expect(others).toEqual([]);
				const entry = await admin.connection.read(dn, ['modifyTimestamp', 'accountUnlockTime']);
				expect(entry?.first('modifyTimestamp')).toBe(before?.first('modifyTimestamp'));
				const until = entry?.first('accountUnlockTime') ?? '';
				expect(locked).toMatchObject({
					actor: null,
					account: { before: { locked: false }, after: { locked: true, enabled: true } },
				});
				expect(locked?.account?.lockedUntil?.replace(/[-:T]|\.000/g, '')).toBe(until);
				await admin.unlock(dn);
				const [unlocked] = await reader.read();
				expect(unlocked?.account).toEqual({
					before: { enabled: true, locked: true, passwordResetRequired: false },
					after: { enabled: true, locked: false, passwordResetRequired: false },
				});
				expect(unlocked?.lastModifier).toBe(server.adminDn);
			});

			it('knows no end of a lock that lasts for ever', async () => {
				const dn = await admin.addPerson('forever');
				const reader = await reading();
				await admin.replace(dn, 'accountUnlockTime', ['19700101000000Z']);
				const [{ account } = { account: undefined }] = await reader.read();
				expect(account?.after.locked).toBe(true);
				expect(account?.lockedUntil).toBeUndefined();
			});

			it('tells apart who joined and who left when a list of members is replaced', async () => {
				const [a, b, c] = [admin.personDn('a'), admin.personDn('b'), admin.personDn('c')];
				const group = await admin.addGroup('replaced', [a, b]);
				const reader = await reading();
				await admin.replace(group, 'member', [b, c]);
				await admin.removeMembers(group, [b.toUpperCase()]);
				const [replaced, removed] = await reader.read();
				expect(replaced?.members).toMatchObject({ added: [{ value: c }], removed: [{ value: a }] });
				expect(removed?.members).toMatchObject({ added: [], removed: [{ value: b }] });
			});

			it('says unknown where nothing was remembered, and knows from then on', async () => {
				const dn = await admin.addPerson('stranger', { title: ['old'] });
				const reader = await reading();
				const id = (await admin.connection.read(dn, ['nsUniqueId']))?.first('nsUniqueId') ?? '';
				reader.snapshots.write([{ entryId: id, snapshot: undefined }]);
				await admin.replace(dn, 'title', ['new']);
				await admin.disable(dn);
				const [title, disabled] = await reader.read();
				expect(title?.attributes).toEqual([{ attribute: 'title', before: 'unknown', after: ['new'] }]);
				expect(disabled?.account).toMatchObject({
					before: { enabled: 'unknown' },
					after: { enabled: false, locked: 'unknown' },
				});
				await admin.replace(dn, 'title', ['newer']);
				const [known] = await reader.read();
				expect(known?.attributes).toEqual([{ attribute: 'title', before: ['new'], after: ['newer'] }]);
			});

			it('tells who moves out of the base and forgets them, and knows who moves in', async () => {
				const inside = await admin.addPerson('inside');
				await admin.move(inside, 'outer');
				const base = `ou=outer,ou=people,${server.baseDn}`;
				const moved = `uid=inside,${base}`;
				const reader = await reading({}, { baseDn: base });
				const away = `uid=inside,ou=people,${server.baseDn}`;
				await admin.connection.rename(moved, away);
				expect(await reader.read()).toMatchObject([
					{ operation: 'renamed', previousDn: moved, dn: away, person: { username: 'inside' } },
				]);
				await admin.replace(away, 'title', ['elsewhere']);
				expect(await reader.read()).toEqual([]);
				await admin.connection.rename(away, moved);
				expect(await reader.read()).toMatchObject([{ operation: 'renamed', previousDn: away, dn: moved }]);
				await admin.replace(moved, 'title', ['back']);
				const [back] = await reader.read();
				expect(back?.attributes).toEqual([{ attribute: 'title', before: ['elsewhere'], after: ['back'] }]);
			});

			it('tells everybody below a renamed container in its turn', async () => {
				const people = [];
				for (const name of ['sub1', 'sub2'])
					people.push(await admin.move(await admin.addPerson(name), 'north'));
				const reader = await reading();
				const [first = ''] = people;
				await admin.replace(first, 'title', ['before']);
				await admin.renameUnit('north', 'south');
				const now = first.replace('ou=north', 'ou=south');
				await admin.replace(now, 'title', ['after']);
				const changes = await reader.read();
				expect(changes.map(({ operation }) => operation)).toEqual([
					'modified',
					'renamed',
					'renamed',
					'modified',
				]);
				expect(changes.map(({ dn }) => dn)).toEqual([first, ...changes.slice(1, 3).map(({ dn }) => dn), now]);
				expect(changes.slice(1, 3).map(({ dn }) => dn)).toContain(now);
				expect(changes.at(-1)?.attributes[0]?.before).toEqual(['before']);
				expect(new Set(changes.map(({ changeId }) => changeId)).size).toBe(4);
			});

			it('holds no hash of a password that the log does hold', async () => {
				const dn = await admin.addPerson('hashed');
				const reader = await reading({ attributes: [] });
				await admin.setPassword(dn, 'an0ther.s3cr3t');
				await admin.addPerson('hashed2', { userPassword: ['s3cr3t.too'] });
				const log = admin.connection.search({
					base: 'cn=changelog',
					scope: 'one',
					filter: { kind: 'equals', attribute: 'targetDn', value: dn },
					attributes: ['changes'],
				});
				let hashes = 0;
				for await (const record of log) if (/userpassword/i.test(record.first('changes') ?? '')) hashes++;
				expect(hashes).toBe(2);
				const changes = await reader.read();
				const kept = JSON.stringify([changes, reader.snapshots, reader.cursor]);
				expect(changes.map(({ person }) => person?.username)).toContain('hashed2');
				expect(kept).not.toMatch(/s3cr3t|SSHA|userpassword/i);
			});

			it('notices a trimmed log, also one that ends before the position, and another server', async () => {
				const { strategy, cursor } = await reading();
				if (typeof cursor !== 'object' || cursor === null || Array.isArray(cursor))
					throw new Error('no cursor');
				const reasonOf = async (changes: object): Promise<unknown> => {
					const verdict = await strategy.verify({ ...cursor, ...changes });
					return verdict.intact ? 'intact' : verdict.reason;
				};
				expect(await reasonOf({})).toBe('intact');
				expect(await reasonOf({ changeNumber: 9_999_999 })).toContain('ends at');
				expect(await reasonOf({ serverId: 'ldap://other:389' })).toContain('another server');
				expect(await reasonOf({ record: '0'.repeat(32) })).toContain('made anew');
			});
		});

		describe('where something is missing', () => {
			const closing: Array<() => Promise<unknown>> = [];
			afterEach(async () => {
				for (const close of closing.splice(0).reverse()) await close();
			});

			async function started(options: Directory389Options) {
				const server = await startDirectory389(options);
				closing.push(() => server.stop());
				const admin = new Directory389Admin(server);
				closing.push(() => admin.close());
				await admin.addPerson('first');
				const open = async () => {
					const session = await openLdapWatch(watcherSettings(server), EVERYTHING);
					closing.push(() => session.close());
					return session;
				};
				return { server, admin, open };
			}

			it.each([
				['no log', {}, 'keeps no changelog'],
				['a log that it may not read', { changelog: true, changelogReadable: false }, 'may not read it'],
				['a log without ids', { changelog: true, changelogIds: false }, 'nsuniqueid:targetUniqueId'],
			])(
				'falls back with %s, and says what to do',
				async (_what, options, reason) => {
					const { open } = await started(options);
					const { strategy } = await open();
					expect(strategy.name).not.toBe('changeLog');
					expect(strategy.reason).toContain(reason);
				},
				60_000,
			);

			it('notices that the server trimmed its log by age', async () => {
				const { server, admin, open } = await started({ changelog: true });
				const reader = await ContractReader.from(await open());
				for (const name of ['missed', 'newest']) await admin.addPerson(name);
				const plugin = 'cn=Retro Changelog Plugin,cn=plugins,cn=config';
				await admin.replace(plugin, 'nsslapd-changelogmaxage', ['1s']);
				await admin.replace(plugin, 'nsslapd-changelog-trim-interval', ['1']);
				await server.restart();
				const { last } = await admin.changeNumbers();
				await eventually('a trimmed log', async () =>
					(await admin.changeNumbers()).first >= last ? true : undefined,
				);
				await admin.addPerson('after');
				expect(await reader.strategy.verify(reader.cursor)).toMatchObject({ intact: false });
				const missed = await reader.reconcile();
				expect(missed.map(({ person }) => person?.username).sort()).toEqual(['after', 'missed', 'newest']);
			}, 60_000);
		});
	},
);
