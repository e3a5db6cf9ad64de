import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Group, Person } from '../../lib/directory/directory.types';
import { openLdapDirectory } from '../../lib/directory/ldap/ldapDirectory';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import { Directory } from '../../nodes/Directory/Directory.node';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { dnOf, groupDn, HOSTILE_NAME, hospitalLdif } from '../support/hospital';
import { adminSettings, failureOf, ldapSettings } from '../support/ldap';
import type { NodeRun, NodeRunResult } from '../support/n8nRun';
import { runInN8n } from '../support/n8nRun';

const moreGroups = (): string =>
	[
		`dn: ${groupDn('Unique')}\nobjectClass: groupOfUniqueNames\ncn: Unique\nuniqueMember: ${dnOf('ann')}\n`,
		`dn: ${groupDn('Posix')}\nobjectClass: posixGroup\ncn: Posix\ngidNumber: 7\nmemberUid: ANN\n`,
		`dn: ${groupDn('Alone')}\nobjectClass: groupOfNames\ncn: Alone\nmember: ${dnOf('ann')}\n`,
	].join('\n');

describe('group membership on OpenLDAP', () => {
	let slapd: Slapd;
	let admin: LdapDirectory;

	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: `${hospitalLdif()}\n${moreGroups()}` });
		admin = openLdapDirectory(adminSettings(slapd));
	});
	afterAll(async () => {
		await admin?.close();
		await slapd?.stop();
	});

	async function person(uid: string): Promise<Person> {
		const found = await admin.client.person({ by: 'username', value: uid });
		if (found === undefined) throw new Error(`no ${uid}`);
		return found;
	}
	async function group(name: string): Promise<Group> {
		const found = await admin.client.group({ by: 'name', value: name });
		if (found === undefined) throw new Error(`no ${name}`);
		return found;
	}
	const values = async (name: string, attribute: string): Promise<string[]> =>
		(await admin.connection.read((await group(name)).dn, [attribute]))?.values(attribute) ?? [];

	it.each([
		['groupOfNames', 'Nurses', 'member', dnOf('cid')],
		['a group with a hostile name', HOSTILE_NAME, 'member', dnOf('cid')],
		['groupOfUniqueNames', 'Unique', 'uniqueMember', dnOf('cid')],
		['posixGroup', 'Posix', 'memberUid', 'cid'],
	])('is added and removed once in %s', async (_class, name, attribute, value) => {
		const [asked, cid] = [await group(name), await person('cid')];
		const before = await values(name, attribute);
		expect(await admin.client.removeMember(asked, cid)).toBe('absent');
		expect(await admin.client.addMember(asked, cid)).toBe('added');
		expect(await admin.client.addMember(asked, cid)).toBe('exists');
		expect((await values(name, attribute)).sort()).toEqual([...before, value].sort());
		expect(await admin.client.removeMember(asked, cid)).toBe('removed');
		expect(await values(name, attribute)).toEqual(before);
	});

	it('knows a member of a posixGroup however the group spells them', async () => {
		const [asked, ann] = [await group('Posix'), await person('ann')];
		expect(await admin.client.addMember(asked, ann)).toBe('exists');
		expect(await admin.client.removeMember(asked, ann)).toBe('removed');
		expect(await values('Posix', 'memberUid')).toEqual([]);
	});

	it('keeps the last member of a group that must have one, and says so', async () => {
		const error = await failureOf(admin.client.removeMember(await group('Alone'), await person('ann')));
		expect(error).toMatchObject({
			message: expect.stringContaining('must have a member') as string,
			advice: expect.stringContaining('Add somebody else first') as string,
			...{ recovery: 'skip', code: '65' },
		});
		expect(await values('Alone', 'member')).toEqual([dnOf('ann')]);
	});

	it('refuses a person without a username where members are usernames, and a group that is gone', async () => {
		const nobody: Person = { ...(await person('dan')), dn: dnOf('nobody'), username: undefined };
		const posix = await failureOf(admin.client.addMember(await group('Posix'), nobody));
		expect(posix.message).toContain('has no username');
		const gone = { ...(await group('Alone')), dn: groupDn('Gone') };
		expect((await failureOf(admin.client.addMember(gone, nobody))).failure).toBe('not-found');
	});

	it('refuses an entry that is no group', async () => {
		const { dn } = await person('bob');
		const odd: Group = { id: 'x', dn, name: 'bob', kind: 'group' };
		const error = await failureOf(admin.client.addMember(odd, await person('ann')));
		expect(error.message).toContain('no list of members');
	});

	it('says what right is missing', async () => {
		const watcher = openLdapDirectory(ldapSettings(slapd));
		const error = await failureOf(watcher.client.addMember(await group('Nurses'), await person('cid')));
		await watcher.close();
		expect(error).toMatchObject({ failure: 'permission-denied', code: '50' });
		expect(await values('Nurses', 'member')).not.toContain(dnOf('cid'));
	});

	describe('through the Directory node', () => {
		const run = async (
			operation: string,
			parameters: INodeParameters,
			items: IDataObject[],
			rest: Partial<NodeRun> = {},
		): Promise<NodeRunResult> => {
			const credentials: NonNullable<NodeRun['credentials']> = {
				ldapDirectoryApi: {
					...{ urls: slapd.url, security: 'none', bindDn: slapd.adminDn, password: slapd.adminPassword },
					...{ baseDn: slapd.baseDn, family: 'auto', devicesDn: 'ou=devices' },
					...{
						acknowledgmentsDn: 'ou=acknowledgments',
						connectTimeoutSeconds: 5,
						operationTimeoutSeconds: 10,
					},
				},
			};
			const all = { authentication: 'ldap', resource: 'group', operation, ...parameters };
			return runInN8n({ node: new Directory(), parameters: all, items, credentials, ...rest });
		};
		const named = (value: string): INodeParameters => ({ group: { __rl: true, mode: 'name', value } });
		const jsonOf = ({ outputs }: NodeRunResult, output = 0): IDataObject[] =>
			(outputs[output] ?? []).map(({ json }) => json);

		it('adds and removes the user of an event, in its chain', async () => {
			const dan = await person('dan');
			const nurses = await group('Nurses');
			const items = [{ user: { id: dan.id }, correlationId: 'c', eventId: 'e' }];
			const expected = {
				group: { id: nurses.id, dn: groupDn('Nurses'), name: 'Nurses', kind: 'group' },
				user: { id: dan.id, dn: dnOf('dan'), username: 'dan', displayName: 'dan Lee' },
				...{ correlationId: 'c', eventId: 'e' },
			};
			const statuses: Array<[string, string]> = [
				['addMember', 'added'],
				['addMember', 'alreadyMember'],
				['removeMember', 'removed'],
				['removeMember', 'notMember'],
			];
			for (const [operation, status] of statuses) {
				const result = await run(operation, named('Nurses'), items);
				expect(jsonOf(result)).toEqual([{ ...expected, status }]);
				expect(result.outputs[0]?.[0]?.pairedItem).toEqual({ item: 0 });
			}
		});

		it('takes the group from the list and by DN', async () => {
			const doctors = await group('Doctors');
			for (const [mode, value] of [
				['list', doctors.id],
				['dn', doctors.dn],
			]) {
				const parameters = { group: { __rl: true, mode, value }, user: 'cid' } as INodeParameters;
				expect(jsonOf(await run('addMember', parameters, [{}]))[0]?.status).toBe('alreadyMember');
			}
		});

		it('fails for each item on its own where an expression went wrong', async () => {
			const items = [
				{ group: 'Nobodies', user: 'ann' },
				{ group: '', user: 'ann' },
				{ group: { a: 1 }, user: 'ann' },
				{ group: '*)(cn=*', user: 'ann' },
				{ group: 'Nurses', user: 'nobody' },
				{ group: 'Nurses' },
				{ group: 'Nurses', user: 'ann' },
			];
			const parameters = {
				group: { __rl: true, mode: 'name', value: '={{ $json.group }}' },
				user: '={{ $json.user }}',
			};
			const result = await run('addMember', parameters, items, { onError: 'continueErrorOutput' });
			expect(jsonOf(result)).toEqual([expect.objectContaining({ status: 'alreadyMember' })]);
			expect(jsonOf(result, 1).map(({ error }) => error)).toEqual([
				'The group "Nobodies" does not exist in the directory',
				'The field "group" is empty',
				'The field "group" holds an object or a list, not text',
				'The group "*)(cn=*" does not exist in the directory',
				'There is no person "nobody" in the directory',
				'The field "user" is empty',
			]);
		});
	});
});
