import { SubtreeAcknowledgmentStore } from '../../lib/directory/acknowledgments/subtreeAcknowledgment.store';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import type { FoundPerson, Group, Person, PersonQuery } from '../../lib/directory/directory.types';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapDirectory } from '../../lib/directory/ldap/ldapDirectory';
import { withAllValues } from '../../lib/directory/ldap/rangedValues';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import type { Samba } from '../../sandbox/samba/samba';
import { sambaObstacle, startSamba } from '../../sandbox/samba/samba';
import { failureOf } from '../support/ldap';
import { SambaAdmin, sambaSettings } from '../support/sambaContract';
import type { SambaLogin } from '../support/sambaContract';

const obstacle = sambaObstacle();
/** Windows shows 1,500 values at once. Samba shows all, unless it is asked for a piece; then it answers alike. */
const CROWD = 25;

(obstacle === undefined ? describe : describe.skip)(
	`Active Directory, for which Samba stands in${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
	() => {
		let samba: Samba;
		let writer: SambaAdmin;
		let directory: LdapDirectory;
		let admin: LdapDirectory;
		let ann: string;

		const open = (login: SambaLogin, changes: Partial<LdapSettings> = {}): LdapDirectory =>
			openLdapDirectory(sambaSettings(samba, login, changes));
		const find = async (query: PersonQuery): Promise<FoundPerson[]> => {
			const found: FoundPerson[] = [];
			for await (const person of directory.client.persons(query)) found.push(person);
			return found;
		};
		const personOf = async (value: string): Promise<Person> => {
			const person = await directory.client.person({ by: 'username', value });
			if (person === undefined) throw new Error(`no ${value}`);
			return person;
		};
		const groupOf = async (value: string): Promise<Group> => {
			const group = await directory.client.group({ by: 'name', value });
			if (group === undefined) throw new Error(`no ${value}`);
			return group;
		};

		beforeAll(async () => {
			samba = await startSamba();
			writer = new SambaAdmin(samba);
			directory = open('watcher');
			admin = open('admin');
			ann = await writer.addPerson('ann', { department: ['Surgery'], mail: ['ann@example.org'] });
			const ben = await writer.addPerson('ben');
			await writer.disable(ben);
			const ward = await writer.addGroup('Ward', [ann, ben]);
			await writer.addGroup('Staff', [ward]);
		}, 120_000);
		afterAll(async () => {
			await directory?.close();
			await admin?.close();
			await writer?.close();
			await samba?.stop();
		});

		it('is recognised, and names its domain controller', async () => {
			expect(await directory.client.identity()).toMatchObject({
				family: 'activeDirectory',
				vendor: expect.stringContaining('Samba') as string,
				serverId: expect.stringMatching(/^CN=NTDS Settings,CN=DC1,/) as string,
			});
		});

		it('gets a user by name, mail address, id and DN', async () => {
			const person = await personOf('ann');
			expect(person).toMatchObject({
				dn: ann,
				username: 'ann',
				displayName: 'ann',
				department: 'Surgery',
				enabled: true,
				locked: false,
			});
			const others = [
				{ by: 'mail', value: 'ann@example.org' },
				{ by: 'id', value: person.id },
				{ by: 'dn', value: ann },
			] as const;
			for (const reference of others) {
				const found = await directory.client.person(reference);
				expect(found?.id).toBe(person.id);
			}
		});

		it('finds members, direct and nested, and who is disabled', async () => {
			const groups = [{ by: 'name', value: 'Staff' } as const];
			expect(await find({ memberOf: { groups, nested: false } })).toEqual([]);
			const found = await find({ memberOf: { groups, nested: true } });
			expect(found.map(({ person, why }) => [person.username, person.enabled, why]).sort()).toEqual([
				['ann', true, 'member of Staff through Ward'],
				['ben', false, 'member of Staff through Ward'],
			]);
			const enabled = await find({ memberOf: { groups, nested: true }, onlyEnabled: true });
			expect(enabled.map(({ person }) => person.username)).toEqual(['ann']);
		});

		it('completes a member list of which the server shows a piece', async () => {
			const people: string[] = [];
			for (let index = 0; index < CROWD; index++) people.push(await writer.addPerson(`crowd${index}`));
			const crowd = await writer.addGroup('Crowd', people);
			const { connection } = directory;
			const piece = await connection.read(crowd, ['member;range=0-9']);
			expect(piece?.names).toEqual(['member;range=0-9']);
			expect(piece?.values('member;range=0-9')).toHaveLength(10);
			const whole = piece && (await withAllValues(connection, piece));
			expect(whole?.values('member').sort()).toEqual(people.sort());
		}, 60_000);

		it('adds people to groups and removes them, and says when there was nothing to do', async () => {
			await writer.addGroup('Night', []);
			const [group, person] = [await groupOf('Night'), await personOf('ann')];
			const { client, connection } = admin;
			expect(await client.removeMember(group, person)).toBe('absent');
			expect(await client.addMember(group, person)).toBe('added');
			expect(await client.addMember(group, person)).toBe('exists');
			expect((await connection.read(group.dn, ['member']))?.values('member')).toEqual([ann]);
			expect(await client.removeMember(group, person)).toBe('removed');
			expect((await connection.read(group.dn, ['member']))?.values('member')).toEqual([]);
		});

		it('lets an account without the right change nothing, and says so', async () => {
			const { client } = directory;
			const failure = await failureOf(client.addMember(await groupOf('Ward'), await personOf('crowd0')));
			expect(failure).toMatchObject({ code: '50', failure: 'permission-denied' });
		});

		it('keeps devices', async () => {
			const store = new SubtreeDeviceStore(admin.tree, 'ou=devices');
			const person = await personOf('ann');
			const { status } = await store.register(person, { token: 'T_a:b', platform: 'ios' });
			expect(status).toBe('registered');
			expect((await store.register(person, { token: 'T_a:b', platform: 'ios' })).status).toBe('refreshed');
			expect((await store.devicesOf([person])).get(person.id)).toMatchObject([
				{ token: 'T_a:b', owner: ann },
			]);
		});

		it('keeps acknowledgments, the first answer winning', async () => {
			const store = new SubtreeAcknowledgmentStore(admin.tree, 'ou=acknowledgments', {
				keys: [Buffer.alloc(32, 1)],
			});
			const person = await personOf('ann');
			const at = '2030-01-01T00:00:00.000Z';
			expect(await store.record({ messageId: 'm1', person, action: 'approved', at })).toMatchObject({
				status: 'recorded',
			});
			const second = await store.record({ messageId: 'm1', person, action: 'rejected', at });
			expect(second).toMatchObject({ record: { action: 'approved', genuine: true } });
			expect(second.status).not.toBe('recorded');
		});

		it('says what a locked, a disabled and an unknown service account are told', async () => {
			const logIn = (name: string, password: string) => {
				const other = open('watcher', { bindDn: `CN=${name},OU=people,${samba.baseDn}`, password });
				return failureOf(other.client.identity().finally(() => other.close()));
			};
			const locked = await writer.addPerson('locked');
			await writer.lock(locked);
			const refusals = [
				await logIn('locked', 'wrong'),
				await logIn('ben', 'any'),
				await logIn('nobody', 'any'),
			];
			for (const refusal of refusals) {
				expect(refusal).toMatchObject({ failure: 'credential-invalid', recovery: 'abort' });
			}
			expect((await personOf('locked')).locked).toBe(true);
		});
	},
);
