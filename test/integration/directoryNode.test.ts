import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { Directory } from '../../nodes/Directory/Directory.node';
import { openDirectory } from '../../lib/directory/openDirectory';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { dnOf, groupDn, hospitalLdif, HOSTILE_NAME } from '../support/hospital';
import { adminSettings } from '../support/ldap';
import type { NodeRun, NodeRunResult } from '../support/n8nRun';
import { runInN8n } from '../support/n8nRun';

const TRIGGER = 'n8n-nodes-directory-push.acknowledgmentTrigger';

describe('the Directory node in n8n, on OpenLDAP', () => {
	let slapd: Slapd;
	let credentials: NonNullable<NodeRun['credentials']>;

	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: hospitalLdif() });
		credentials = {
			ldapDirectoryApi: {
				...{ urls: slapd.url, security: 'none', bindDn: slapd.watcherDn, password: slapd.watcherPassword },
				...{ baseDn: slapd.baseDn, family: 'auto', devicesDn: 'ou=devices' },
				...{ acknowledgmentsDn: 'ou=acknowledgments', connectTimeoutSeconds: 5, operationTimeoutSeconds: 10 },
			},
			acknowledgmentSigningApi: {
				secret: 'a secret of more than thirty-two characters',
				publicUrl: 'https://n8n.example.org/webhook/acknowledgments',
			},
		};
	});
	afterAll(async () => slapd?.stop());

	const run = async (
		action: string,
		parameters: INodeParameters,
		items: IDataObject[] = [{}],
		rest: Partial<NodeRun> = {},
	): Promise<NodeRunResult> => {
		const [resource = '', operation = ''] = action.split('/');
		const all = { authentication: 'ldap', resource, operation, ...parameters };
		return runInN8n({ node: new Directory(), parameters: all, items, credentials, ...rest });
	};
	const jsonOf = ({ outputs }: NodeRunResult, output = 0): IDataObject[] =>
		(outputs[output] ?? []).map(({ json }) => json);
	const idOf = async (uid: string): Promise<string> => {
		const [found] = jsonOf(await run('user/get', { userBy: 'username', user: uid }));
		return (found?.recipient as { id: string }).id;
	};
	const groups = (...names: string[]): INodeParameters => ({
		groups: { values: names.map((value) => ({ group: { __rl: true, mode: 'name', value } })) },
	});
	const usernames = (result: NodeRunResult): string[] =>
		jsonOf(result).map(({ recipient }) => (recipient as { username: string }).username);

	describe('Device', () => {
		it('registers for a user, and again without doubling', async () => {
			const parameters = {
				user: '={{ $json.mail }}',
				token: '={{ $json.token }}',
				platform: 'web',
				app: 'ward',
			};
			const items = [{ mail: 'bob@example.org', token: 'tok:bob', correlationId: 'c-1' }];
			const first = jsonOf(await run('device/register', parameters, items));
			expect(first).toEqual([
				{
					device: expect.objectContaining({
						token: 'tok:bob',
						platform: 'web',
						app: 'ward',
						owner: dnOf('bob'),
					}) as object,
					status: 'registered',
					user: { id: await idOf('bob'), dn: dnOf('bob'), displayName: 'bob Lee' },
					correlationId: 'c-1',
				},
			]);
			expect(jsonOf(await run('device/register', parameters, items))[0]?.status).toBe('refreshed');
		});

		it('refuses a platform, a token and a user that an expression got wrong, each for its item only', async () => {
			const items = [
				{ user: 'ann', token: 't', platform: 'toaster' },
				{ user: 'ann', platform: 'web' },
				{ user: 'nobody', token: 't', platform: 'web' },
				{ token: 't', platform: 'web' },
				{ user: { a: 1 }, token: 't', platform: 'web' },
				{ user: 'ann', token: 'tok:ann', platform: 'web' },
			];
			const result = await run(
				'device/register',
				{ user: '={{ $json.user }}', token: '={{ $json.token }}', platform: '={{ $json.platform }}' },
				items,
				{ onError: 'continueErrorOutput' },
			);
			expect(jsonOf(result)).toEqual([expect.objectContaining({ status: 'registered' })]);
			expect(jsonOf(result, 1).map(({ error }) => error)).toEqual([
				'"toaster" is not a platform',
				'The device token is empty',
				'There is no person "nobody" in the directory',
				'The field "user" is empty',
				'The field "user" holds an object or a list, not text',
			]);
		});

		it('gets the devices of one user, and of everyone up to a limit', async () => {
			expect(jsonOf(await run('device/getMany', { user: 'bob' }))).toEqual([
				{ device: expect.objectContaining({ token: 'tok:bob' }) as object },
			]);
			expect(jsonOf(await run('device/getMany', { devicesOf: 'everyone', returnAll: true }))).toHaveLength(2);
			expect(jsonOf(await run('device/getMany', { devicesOf: 'everyone', limit: 1 }))).toHaveLength(1);
			expect(jsonOf(await run('device/getMany', { user: 'dan' }))).toEqual([]);
		});
	});

	describe('Audience → Find', () => {
		it('puts out one recipient an item, in the chain of its event, and says how many there are', async () => {
			const items = [{ correlationId: 'c-7', eventId: 'e-7' }];
			const result = await run('audience/find', { ...groups('Nurses', 'Doctors') }, items);
			expect(usernames(result).sort()).toEqual(['ann', 'bob', 'cid']);
			for (const json of jsonOf(result)) expect(json).toMatchObject({ correlationId: 'c-7', eventId: 'e-7' });
			expect(result.hints).toEqual([
				{ message: '3 people, 1 without a device', type: 'info', location: 'outputPane' },
			]);
			expect(result.outputs[0]?.[0]?.pairedItem).toEqual({ item: 0 });
		});

		it('takes groups from the list, by name and by DN', async () => {
			const group = async (value: INodeParameters) =>
				usernames(await run('audience/find', { groups: { values: [{ group: value }] } }));
			const client = await openDirectory(adminSettings(slapd));
			const doctors = await client.client.group({ by: 'name', value: 'Doctors' });
			await client.close();
			expect(await group({ __rl: true, mode: 'list', value: doctors?.id ?? '' })).toEqual(['bob', 'cid']);
			expect(await group({ __rl: true, mode: 'dn', value: groupDn('Doctors') })).toEqual(['bob', 'cid']);
			expect(await group({ __rl: true, mode: 'name', value: HOSTILE_NAME })).toEqual(['ann']);
		});

		it('narrows by condition, device and limit', async () => {
			const conditions = { values: [{ attribute: 'departmentNumber', value: '={{ 12 }}' }] };
			expect(usernames(await run('audience/find', { conditions, options: { limit: 1 } }))).toHaveLength(1);
			const options = { attributes: ['departmentNumber'] };
			const [found] = jsonOf(
				await run('audience/find', { ...groups('Nurses'), conditions, onlyWithDevice: true, options }),
			);
			expect(found?.recipient).toMatchObject({ attributes: { departmentNumber: ['12'] } });
		});

		it.each<[string, INodeParameters, string]>([
			['no rule', {}, 'The audience has no rule'],
			['a group that does not exist', groups('Nurses', 'Surgeons'), 'The group "Surgeons" does not exist'],
			['a group an expression left empty', groups('={{ $json.none }}'), 'A group of the audience is empty'],
			[
				'a prototype name for an attribute',
				{ conditions: { values: [{ attribute: '__proto__', value: 'x' }] } },
				'"__proto__" is not the name of an attribute',
			],
			[
				'a limit of nothing',
				{ ...groups('Nurses'), options: { limit: '={{ "x" }}' } },
				'is not a positive whole number',
			],
		])('fails with advice for %s', async (_case, parameters, message) => {
			const { error } = await run('audience/find', parameters);
			expect(error?.message).toContain(message);
			expect(error?.description).toBeTruthy();
		});

		it('warns when nobody is found', async () => {
			const conditions = { values: [{ attribute: 'l', value: 'Nowhere' }] };
			expect((await run('audience/find', { conditions })).hints).toEqual([
				{ message: '0 people', type: 'warning', location: 'outputPane' },
			]);
		});
	});

	describe('User → Get', () => {
		it('takes the user of an event as it is and puts out what Find does', async () => {
			const items = [{ user: { id: await idOf('bob') }, correlationId: 'c', eventId: 'e' }];
			expect(jsonOf(await run('user/get', {}, items))).toEqual([
				{
					recipient: expect.objectContaining({
						dn: dnOf('bob'),
						devices: [expect.objectContaining({ token: 'tok:bob' })],
					}) as object,
					correlationId: 'c',
					eventId: 'e',
				},
			]);
		});

		it.each([dnOf('ann'), 'ann', 'ann@example.org'])('finds %s', async (user) => {
			expect(usernames(await run('user/get', { user }))).toEqual(['ann']);
		});

		it('fails when there is no such person, or puts out nothing if so chosen', async () => {
			for (const user of [
				'*)(uid=*',
				'*',
				'\\00',
				'<script>',
				'__proto__',
				'cn=admin,dc=elsewhere',
				'x'.repeat(10_000),
			]) {
				const { error } = await run('user/get', { user });
				expect(error?.message).toContain('There is no person');
				const quiet = await run('user/get', { user, ifNotFound: 'nothing' });
				expect(quiet.error).toBeUndefined();
				expect(jsonOf(quiet)).toEqual([]);
			}
		});

		it('says that nobody was found, and why a masked sample finds nobody', async () => {
			const parameters = { user: '={{ $json.user }}', ifNotFound: 'nothing' };
			const one = await run('user/get', parameters, [{ user: 'ann' }, { user: 'nobody' }]);
			expect(one.hints).toEqual([
				{ message: '1 person was not found in the directory.', type: 'warning', location: 'outputPane' },
			]);
			const sample = await run('user/get', parameters, [{ user: 'a••••••', sample: true }]);
			expect(sample.hints[0]?.message).toContain('switch off Mask Sample');
			expect((await run('user/get', parameters, [{ user: 'ann' }])).hints).toEqual([]);
		});

		it('never returns a password, not even to an account that may read it', async () => {
			const login = { bindDn: slapd.adminDn, password: slapd.adminPassword };
			const ldapDirectoryApi = { ...credentials.ldapDirectoryApi, ...login };
			const attributes = ['userPassword', 'USERPASSWORD', 'userPassword;x-a', '2.5.4.35', 'l'];
			const result = await run('user/get', { user: 'ann', options: { attributes } }, [{}], {
				credentials: { ...credentials, ldapDirectoryApi },
			});
			const text = JSON.stringify([result.outputs, result.error]);
			expect(text).not.toContain('a-secret');
			expect(text).not.toContain(Buffer.from('a-secret').toString('base64'));
		});
	});

	it('declares every token it puts out as sensitive', async () => {
		const declared = new Directory().description.sensitiveOutputFields ?? [];
		const found = jsonOf(await run('audience/find', groups('Nurses')));
		const devices = jsonOf(await run('device/getMany', { devicesOf: 'everyone' }));
		const registered = jsonOf(await run('device/register', { user: 'bob', token: 'tok:bob' }));
		for (const json of [...found, ...devices, ...registered]) {
			for (const path of declared) hide(json, path.split('.'));
			expect(JSON.stringify(json)).not.toContain('tok:');
		}
	});

	describe('Acknowledgment → Record', () => {
		const tap = async (uid: string, changes: IDataObject = {}): Promise<IDataObject> => ({
			acknowledgment: {
				...{ messageId: 'm-1', recipientId: await idOf(uid), action: 'acknowledged', device: 'web' },
				...{ at: '2030-01-01T08:00:00.000Z', comment: 'on my <way>', correlationId: 'c-9', eventId: null },
				...changes,
			},
			correlationId: 'c-9',
			eventId: null,
		});
		const record = async (item: IDataObject, rest: Partial<NodeRun> = {}) =>
			run('acknowledgment/record', {}, [item], { sourceType: TRIGGER, ...rest });

		it('records what the trigger emits, and tells it so', async () => {
			const result = await record(await tap('ann'));
			const personId = await idOf('ann');
			expect(jsonOf(result)).toEqual([
				{
					acknowledgment: {
						...{
							status: 'recorded',
							messageId: 'm-1',
							personId,
							personDn: dnOf('ann'),
							displayName: 'ann Lee',
						},
						...{ action: 'acknowledged', at: '2030-01-01T08:00:00.000Z', correlationId: 'c-9' },
						...{ comment: 'on my <way>', device: 'web', genuine: true },
					},
					correlationId: 'c-9',
				},
			]);
			expect(result.responses).toEqual([
				expect.objectContaining({
					body: {
						acknowledgment: expect.objectContaining({
							status: 'recorded',
							recipientId: personId,
						}) as object,
					},
				}),
			]);
			expect(await recordsOf('m-1')).toHaveLength(1);
		});

		it('lets the first answer win', async () => {
			const result = await record(await tap('ann', { action: 'rejected', at: '2030-01-02T08:00:00.000Z' }));
			expect(jsonOf(result)[0]?.acknowledgment).toMatchObject({
				...{ status: 'alreadyRecorded', action: 'acknowledged', at: '2030-01-01T08:00:00.000Z' },
			});
		});

		it.each<[string, IDataObject, string]>([
			['a person who is gone', { recipientId: '00000000-0000-4000-8000-000000000000' }, 'There is no person'],
			['a hostile person id', { recipientId: '*)(entryUUID=*' }, 'There is no person'],
			['no message', { messageId: null }, 'The field "messageId" is empty'],
			['an unknown answer', { action: '__proto__' }, 'is not an answer that can be recorded'],
			['a time that is none', { at: 'yesterday' }, 'is not a time'],
		])('records nothing and tells nobody for %s', async (_case, changes, message) => {
			const result = await record(await tap('bob', { messageId: 'm-2', ...changes }));
			expect(result.error?.message).toContain(message);
			expect(result.responses).toEqual([]);
			expect(await recordsOf('m-2')).toEqual([]);
		});

		it('fails without a signing secret, and records nothing', async () => {
			const unsigned = { ...credentials, acknowledgmentSigningApi: { secret: '', publicUrl: '' } };
			const result = await record(await tap('bob', { messageId: 'm-3' }), { credentials: unsigned });
			expect(result.error?.message).toContain('Secret');
			expect(result.responses).toEqual([]);
			expect(await recordsOf('m-3')).toEqual([]);
		});

		it('tells nobody "already recorded" where somebody else wrote the record', async () => {
			const elsewhere = {
				...credentials,
				acknowledgmentSigningApi: { secret: 'a secret of somebody else, just as long', publicUrl: '' },
			};
			const item = await tap('bob', { messageId: 'm-5' });
			await record(item, { credentials: elsewhere });
			const result = await record(item);
			expect(result.error?.message).toContain('not written with this secret');
			expect(result.responses).toEqual([]);
		});

		it('fails for now while the directory is down, and records once it is back', async () => {
			const item = await tap('bob', { messageId: 'm-4' });
			await slapd.kill();
			const down = await record(item, { onError: 'continueErrorOutput' });
			await slapd.restart();
			expect(jsonOf(down)).toEqual([]);
			expect(jsonOf(down, 1)[0]).toMatchObject({
				details: { recovery: 'retry', failure: 'temporarily-unavailable' },
			});
			expect(down.responses).toEqual([]);
			expect(jsonOf(await record(item))[0]?.acknowledgment).toMatchObject({ status: 'recorded' });
		});

		async function recordsOf(messageId: string): Promise<string[]> {
			const admin = await openDirectory(adminSettings(slapd));
			const found: string[] = [];
			for await (const { dn } of admin.tree.children('ou=acknowledgments', ['ou'])) {
				if (dn.includes(messageId)) found.push(dn);
			}
			await admin.close();
			return found;
		}
	});

	it('gives advice when the login is refused, for every item but trying once', async () => {
		const ldapDirectoryApi = { ...credentials.ldapDirectoryApi, password: 'wrong' };
		const refused = { credentials: { ...credentials, ldapDirectoryApi } };
		const { error } = await run('user/get', { user: 'ann' }, [{}], refused);
		expect(error?.description).toBeTruthy();
		expect(JSON.stringify(error)).not.toContain('wrong');
		const result = await run('user/get', { user: 'ann' }, [{}, {}], {
			...refused,
			onError: 'continueErrorOutput',
		});
		expect(jsonOf(result)).toEqual([]);
		expect(jsonOf(result, 1).map(({ details }) => (details as IDataObject).failure)).toEqual([
			'credential-invalid',
			'credential-invalid',
		]);
	});
});

/** The path grammar of n8n's field redaction: dots, and `[*]` for every element of a list. */
function hide(value: unknown, [head = '', ...rest]: string[]): void {
	if (typeof value !== 'object' || value === null) return;
	const record = value as Record<string, unknown>;
	const list = head.endsWith('[*]') ? record[head.slice(0, -3)] : undefined;
	if (Array.isArray(list)) list.forEach((element) => hide(element, rest));
	else if (rest.length > 0) hide(record[head], rest);
	else if (head in record) record[head] = 'hidden';
}
