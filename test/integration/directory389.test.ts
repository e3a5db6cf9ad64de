import { existsSync } from 'node:fs';

import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import type { FoundPerson, Person, PersonQuery } from '../../lib/directory/directory.types';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapDirectory } from '../../lib/directory/ldap/ldapDirectory';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import type { Directory389 } from '../../sandbox/389ds/directory389';
import { directory389Binary, startDirectory389 } from '../../sandbox/389ds/directory389';
import { failureOf } from '../support/ldap';
import { scriptedSettings } from '../support/scriptedLdap';

const installed = existsSync(directory389Binary);
const BASE = 'dc=example,dc=org';
const uidOf = (uid: string): string => `uid=${uid},ou=people,${BASE}`;
const cnOf = (cn: string): string => `cn=${cn},ou=groups,${BASE}`;

(installed ? describe : describe.skip)(
	'389 Directory Server (skipped without the package 389-ds-base)',
	() => {
		let server: Directory389;
		let directory: LdapDirectory;
		let admin: LdapDirectory;

		const open = (changes: Partial<LdapSettings> = {}): LdapDirectory =>
			openLdapDirectory(
				scriptedSettings([server.url], {
					bindDn: server.watcherDn,
					password: server.watcherPassword,
					connectTimeoutMs: 10_000,
					...changes,
				}),
			);
		const find = async (query: PersonQuery): Promise<FoundPerson[]> => {
			const found: FoundPerson[] = [];
			for await (const person of directory.client.persons(query)) found.push(person);
			return found;
		};
		const personOf = async (uid: string): Promise<Person> => {
			const person = await directory.client.person({ by: 'username', value: uid });
			if (person === undefined) throw new Error(`no ${uid}`);
			return person;
		};

		beforeAll(async () => {
			server = await startDirectory389();
			directory = open();
			admin = open({ bindDn: server.adminDn, password: server.adminPassword });
			const { connection } = admin;
			const person = { objectClass: ['inetOrgPerson'], sn: ['Lee'], userPassword: ['hush'] };
			await connection.add(uidOf('ann'), { ...person, uid: ['ann'], cn: ['Ann'], departmentNumber: ['12'] });
			await connection.add(uidOf('ben'), { ...person, uid: ['ben'], cn: ['Ben'], nsAccountLock: ['true'] });
			await connection.add(uidOf('locked'), { ...person, uid: ['locked'], cn: ['locked'] });
			const group = { objectClass: ['groupOfNames'] };
			const members = [uidOf('ann').toUpperCase(), uidOf('ben'), uidOf('gone')];
			await connection.add(cnOf('Ward'), { ...group, cn: ['Ward'], member: members });
			await connection.add(cnOf('Staff'), { ...group, cn: ['Staff'], member: [cnOf('ward'), cnOf('Staff')] });
		}, 60_000);
		afterAll(async () => {
			await directory?.close();
			await admin?.close();
			await server?.stop();
		});

		it('is recognised', async () => {
			expect(await directory.client.identity()).toMatchObject({
				family: '389ds',
				vendor: expect.stringContaining('389'),
				endpoint: server.url,
			});
		});

		it('finds members, direct and nested, and who is disabled', async () => {
			const groups = [{ by: 'name', value: 'Staff' } as const];
			expect(await find({ memberOf: { groups, nested: false } })).toEqual([]);
			const found = await find({ memberOf: { groups, nested: true } });
			expect(found.map(({ person, why }) => [person.username, person.enabled, why])).toEqual([
				['ann', true, 'member of Staff through Ward'],
				['ben', false, 'member of Staff through Ward'],
			]);
			const enabled = await find({ memberOf: { groups, nested: true }, onlyEnabled: true });
			expect(enabled.map(({ person }) => person.username)).toEqual(['ann']);
		});

		it('finds people by attribute and by id, and groups by a part of the name', async () => {
			const where = { attribute: 'departmentNumber', operator: 'equals', value: '12' } as const;
			expect((await find({ conditions: [where] })).map(({ person }) => person.dn)).toEqual([uidOf('ann')]);
			const { id } = await personOf('ann');
			expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{8}){3}$/);
			expect((await directory.client.person({ by: 'auto', value: id }))?.dn).toBe(uidOf('ann'));
			const names: string[] = [];
			for await (const { name } of directory.client.groups({ nameContains: 'ar' })) names.push(name);
			expect(names).toEqual(['Ward']);
		});

		it('shows no password by its number, although the server would', async () => {
			const { connection } = admin;
			expect((await connection.read(uidOf('ann'), ['2.5.4.35']))?.names).toEqual(['2.5.4.35']);
			const ann = await admin.client.person({ by: 'username', value: 'ann' }, ['2.5.4.35', 'userPassword']);
			expect(ann?.attributes).toEqual({});
		});

		it('adds people to groups and removes them, the last one as well', async () => {
			const { connection, client } = admin;
			const classes = { member: 'groupOfNames', uniqueMember: 'groupOfUniqueNames' };
			for (const [attribute, objectClass] of Object.entries(classes)) {
				await connection.add(cnOf(objectClass), { objectClass: [objectClass], cn: [objectClass] });
				const group = await client.group({ by: 'name', value: objectClass });
				if (group === undefined) throw new Error(`no ${objectClass}`);
				const ann = await personOf('ann');
				expect(await client.removeMember(group, ann)).toBe('absent');
				expect(await client.addMember(group, ann)).toBe('added');
				expect(await client.addMember(group, { ...ann, dn: ann.dn.toUpperCase() })).toBe('exists');
				expect((await connection.read(group.dn, [attribute]))?.values(attribute)).toEqual([ann.dn]);
				expect(await client.removeMember(group, { ...ann, dn: ann.dn.toUpperCase() })).toBe('removed');
				await connection.remove(group.dn);
			}
		});

		it('keeps devices', async () => {
			const store = new SubtreeDeviceStore(directory.tree, 'ou=devices');
			const ann = await personOf('ann');
			const statuses = await Promise.all(
				[1, 2, 3].map(async () => (await store.register(ann, { token: 'T_a:b', platform: 'ios' })).status),
			);
			expect(statuses.sort()).toEqual(['refreshed', 'refreshed', 'registered']);
			expect((await store.devicesOf([ann])).get(ann.id)).toMatchObject([{ token: 'T_a:b', owner: ann.dn }]);
		});

		it('keeps acknowledgments, the first answer winning', async () => {
			const keys = { keys: [Buffer.alloc(32, 1)] };
			const person = await personOf('ann');
			const answers = ['approved', 'rejected', 'approved', 'rejected'] as const;
			const others = answers.map(() => open());
			const outcomes = await Promise.all(
				answers.map((action, index) => {
					const tree = others[index]?.tree ?? directory.tree;
					const store = new SubtreeAcknowledgmentStore(tree, 'ou=acknowledgments', keys);
					return store.record({ messageId: 'm1', person, action, at: '2030-01-01T00:00:00.000Z' });
				}),
			);
			await Promise.all(others.map((other) => other.close()));
			expect(outcomes.filter(({ status }) => status === 'recorded')).toHaveLength(1);
			expect(new Set(outcomes.map(({ record }) => record.action)).size).toBe(1);
			expect(outcomes.every(({ record }) => record.genuine)).toBe(true);
		});

		it('says what a locked, a disabled and an unknown service account are told', async () => {
			const logIn = (uid: string, password = 'hush') => {
				const other = open({ bindDn: uidOf(uid), password });
				return failureOf(other.client.identity().finally(() => other.close()));
			};
			for (let count = 0; count < 3; count++) expect((await logIn('locked', 'wrong')).code).toBe('49');
			expect(await logIn('locked')).toMatchObject({
				code: '19',
				failure: 'credential-invalid',
				recovery: 'abort',
				message: expect.stringContaining('does not let this account log in'),
			});
			expect((await personOf('locked')).locked).toBe(true);
			expect(await logIn('ben')).toMatchObject({
				code: '53',
				failure: 'credential-invalid',
				recovery: 'abort',
			});
			expect(await logIn('nobody')).toMatchObject({ code: '49', failure: 'credential-invalid' });
		});
	},
);
