import type { PersonQuery } from '../../lib/directory/directory.types';
import { openLdapDirectory } from '../../lib/directory/ldap/ldapDirectory';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { adminSettings, failureOf, ldapSettings } from '../support/ldap';

const BASE = 'dc=example,dc=org';
const PEOPLE = `ou=people,${BASE}`;
const GROUPS = `ou=groups,${BASE}`;
/** More than are read one by one. */
const CROWD = 300;

const person = (uid: string, lines: string[] = []): string =>
	[
		`dn: uid=${uid},${PEOPLE}`,
		'objectClass: inetOrgPerson',
		`uid: ${uid}`,
		`cn: ${uid} Example`,
		`sn: Example`,
		...lines,
		'',
	].join('\n');
const group = (cn: string, members: string[]): string =>
	[
		`dn: cn=${cn},${GROUPS}`,
		'objectClass: groupOfNames',
		`cn: ${cn}`,
		...members.map((dn) => `member: ${dn}`),
		'',
	].join('\n');
const uidOf = (uid: string): string => `uid=${uid},${PEOPLE}`;
const cnOf = (cn: string): string => `cn=${cn},${GROUPS}`;

const seed = (): string =>
	[
		person('anna', [
			'title: Nurse',
			'departmentNumber: Surgery',
			'mail: anna@example.org',
			'preferredLanguage: de-CH',
			'l: Bern',
			`manager: ${uidOf('boris')}`,
			'userPassword: anna-secret',
			'displayName: Anna Ärztin',
		]),
		person('boris', [
			'title: Nurse',
			'departmentNumber: Radiology',
			'mail: boris@example.org',
			'mail: shared@example.org',
		]),
		person('chloe', ['title: Porter', 'mail: shared@example.org']),
		person('disabled', ['title: Nurse', 'pwdAccountLockedTime: 000001010000Z']),
		person('locked', ['title: Clerk', 'pwdAccountLockedTime: 20260101000000Z']),
		person('a)(uid=*', ['title: Odd\\, "one"']),
		...[...Array(CROWD).keys()].map((n) => person(`Crowd${n}`, [`employeeNumber: ${n}`, `uid: other${n}`])),
		group('Ward North', [uidOf('anna').toUpperCase(), uidOf('disabled'), `uid = gone , ${PEOPLE}`]),
		group('Ward Staff', [cnOf('Ward North'), uidOf('boris')]),
		group('Nurses', [cnOf('Ward Staff'), uidOf('chloe')]),
		group('Circle One', [cnOf('Circle Two'), uidOf('anna')]),
		group('Circle Two', [cnOf('Circle One'), uidOf('boris')]),
		group(
			'Crowd',
			[...Array(CROWD).keys()].map((n) =>
				n % 2 === 0 ? uidOf(`crowd${n}`) : uidOf(`crowd${n}`).toUpperCase(),
			),
		),
		`dn: ${cnOf('Posix')}\nobjectClass: posixGroup\ncn: Posix\ngidNumber: 7\nmemberUid: anna\nmemberUid: a)(uid=*\nmemberUid: nobody\n`,
		`dn: ${cnOf('Posix Crowd')}\nobjectClass: posixGroup\ncn: Posix Crowd\ngidNumber: 8\n${[...Array(CROWD).keys()].map((n) => `memberUid: ${n % 2 === 0 ? 'crowd' : 'Other'}${n}\n`).join('')}`,
		`dn: cn=Nurses,ou=policies,${BASE}\nobjectClass: organizationalRole\ncn: Nurses\n`,
	].join('\n');

describe('A directory over LDAP', () => {
	let slapd: Slapd;
	let directory: LdapDirectory;
	let admin: LdapDirectory;
	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: seed() });
		directory = openLdapDirectory(ldapSettings(slapd));
		admin = openLdapDirectory(adminSettings(slapd));
	});
	afterAll(async () => {
		await directory.close();
		await admin.close();
		await slapd.stop();
	});

	const find = async (query: PersonQuery): Promise<Record<string, string>> => {
		const found: Record<string, string> = {};
		for await (const { person: match, why } of directory.client.persons(query))
			found[match.username ?? match.dn] = why;
		return found;
	};
	const membersOf = (
		name: string,
		nested: boolean,
		rest: PersonQuery = {},
	): Promise<Record<string, string>> =>
		find({ ...rest, memberOf: { groups: [{ by: 'name', value: name }], nested } });

	describe('persons', () => {
		it('are described in domain terms', async () => {
			const anna = await directory.client.person({ by: 'username', value: 'anna' }, [
				'employeeNumber',
				'title',
			]);
			expect(anna).toEqual({
				id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
				dn: uidOf('anna'),
				username: 'anna',
				displayName: 'Anna Ärztin',
				mail: 'anna@example.org',
				department: 'Surgery',
				title: 'Nurse',
				location: 'Bern',
				manager: uidOf('boris'),
				locale: 'de-CH',
				enabled: true,
				locked: false,
				attributes: { title: ['Nurse'] },
			});
		});

		it('tell disabled from locked', async () => {
			const disabled = await directory.client.person({ by: 'username', value: 'disabled' });
			expect(disabled).toMatchObject({ enabled: false, locked: false });
			const locked = await directory.client.person({ by: 'username', value: 'locked' });
			expect(locked).toMatchObject({ enabled: true, locked: true });
		});

		it('never carry a password, even for an account that may read it', async () => {
			const anna = await admin.client.person({ by: 'username', value: 'anna' }, [
				'userPassword',
				'USERPASSWORD;x-y',
			]);
			expect(JSON.stringify(anna)).not.toContain('anna-secret');
			expect(anna?.attributes).toEqual({});
		});

		it.each([
			['dn', uidOf('anna')],
			['dn', `UID = Anna , ${PEOPLE}`],
			['username', 'ANNA'],
			['mail', 'anna@example.org'],
			['name', 'Anna Ärztin'],
			['auto', uidOf('anna')],
			['auto', 'anna'],
			['auto', ' anna@example.org '],
		] as const)('are found by %s %s', async (by, value) => {
			expect((await directory.client.person({ by, value }))?.username).toBe('anna');
		});

		it('are found by id, also automatically', async () => {
			const anna = await directory.client.person({ by: 'username', value: 'anna' });
			for (const by of ['id', 'auto'] as const) {
				expect((await directory.client.person({ by, value: anna?.id ?? '' }))?.username).toBe('anna');
			}
		});

		it('are not found by hostile text, and what looks like a filter is a name', async () => {
			for (const value of [
				'*',
				'(uid=*)',
				'anna)(uid=*',
				'\0',
				'\\2a',
				uidOf('nobody'),
				'ou=x',
				'foo=bar',
				'00000000-0000-0000-0000-000000000000',
			]) {
				expect(await directory.client.person({ by: 'auto', value })).toBeUndefined();
			}
			expect((await directory.client.person({ by: 'auto', value: 'a)(uid=*' }))?.dn).toContain('a)(uid');
			expect((await failureOf(directory.client.person({ by: 'auto', value: ' ' }))).failure).toBe(
				'configuration-invalid',
			);
		});

		it('are not guessed when two answer to the name', async () => {
			const error = await failureOf(directory.client.person({ by: 'auto', value: 'shared@example.org' }));
			expect(error).toMatchObject({ failure: 'configuration-invalid', recovery: 'skip' });
			expect(error.message).toContain(uidOf('boris'));
		});

		it('that are groups are not found', async () => {
			expect(await directory.client.person({ by: 'dn', value: cnOf('Nurses') })).toBeUndefined();
			expect(await directory.client.group({ by: 'dn', value: uidOf('anna') })).toBeUndefined();
		});
	});

	describe('an audience', () => {
		it('of direct members, with what no longer exists left out', async () => {
			expect(await membersOf('Ward North', false)).toEqual({
				anna: 'member of Ward North',
				disabled: 'member of Ward North',
			});
			expect(await membersOf('Nurses', false)).toEqual({ chloe: 'member of Nurses' });
		});

		it('of nested members says through which groups', async () => {
			expect(await membersOf('Nurses', true)).toEqual({
				chloe: 'member of Nurses',
				boris: 'member of Nurses through Ward Staff',
				anna: 'member of Nurses through Ward Staff and Ward North',
				disabled: 'member of Nurses through Ward Staff and Ward North',
			});
		});

		it('ends when groups contain each other', async () => {
			expect(await membersOf('Circle One', true)).toEqual({
				anna: 'member of Circle One',
				boris: 'member of Circle One through Circle Two',
			});
		});

		it('of a group that names usernames', async () => {
			expect(Object.keys(await membersOf('Posix', false))).toEqual(['anna', 'a)(uid=*']);
		});

		it('of several groups holds everybody once', async () => {
			const groups = ['Ward North', 'Circle One', 'Posix'].map((value) => ({ by: 'name' as const, value }));
			const found: string[] = [];
			for await (const { person: match } of directory.client.persons({
				memberOf: { groups, nested: false },
			})) {
				found.push(match.username ?? '');
			}
			expect(found.sort()).toEqual(['a)(uid=*', 'anna', 'disabled']);
		});

		it('of a big group, read in one pass', async () => {
			const found = await membersOf('Crowd', false);
			expect(Object.keys(found)).toHaveLength(CROWD);
			expect(Object.keys(await membersOf('Posix Crowd', false))).toHaveLength(CROWD);
			expect(
				await membersOf('Crowd', true, {
					conditions: [{ attribute: 'employeeNumber', operator: 'equals', value: '17' }],
				}),
			).toEqual({
				Crowd17: 'member of Crowd and employeeNumber is 17',
			});
		});

		it('meets all conditions', async () => {
			const nurses = { attribute: 'title', operator: 'equals', value: 'nurse' } as const;
			const surgery = { attribute: 'departmentNumber', operator: 'equals', value: 'Surgery' } as const;
			expect(await find({ conditions: [nurses, surgery] })).toEqual({
				anna: 'title is nurse and departmentNumber is Surgery',
			});
			expect(Object.keys(await find({ conditions: [nurses], onlyEnabled: true }))).toEqual(['anna', 'boris']);
			expect(
				Object.keys(await membersOf('Nurses', true, { conditions: [nurses], onlyEnabled: true })),
			).toEqual(['boris', 'anna']);
			expect(await find({ conditions: [{ ...nurses, value: '*' }] })).toEqual({});
			expect(Object.keys(await find({ conditions: [{ ...nurses, value: 'Odd\\, "one"' }] }))).toEqual([
				'a)(uid=*',
			]);
		});

		it('stops at the limit', async () => {
			expect(Object.keys(await find({ limit: 3 }))).toHaveLength(3);
			expect(Object.keys(await membersOf('Crowd', false, { limit: 2 }))).toHaveLength(2);
			expect(await find({ limit: 0 })).toEqual({});
		});

		it.each([
			['an attribute that does not exist', 'tittle', 'Nurse'],
			['a secret', 'userPassword', 'anna-secret'],
			['filter syntax', 'title=*)(uid', 'x'],
			['an empty value', 'title', ''],
		])('refuses a condition on %s', async (_name, attribute, value) => {
			const error = await failureOf(find({ conditions: [{ attribute, operator: 'equals', value }] }));
			expect(error).toMatchObject({ failure: 'configuration-invalid' });
			expect(error.message).not.toContain('anna-secret');
		});

		it('refuses a group that does not exist', async () => {
			expect(await failureOf(membersOf('No Such Group', true))).toMatchObject({ failure: 'not-found' });
		});
	});

	describe('groups', () => {
		const names = async (nameContains?: string, limit?: number): Promise<string[]> => {
			const found: string[] = [];
			for await (const { name } of directory.client.groups({ nameContains, limit })) found.push(name);
			return found;
		};

		it('are found by a part of the name', async () => {
			expect(await names('ward')).toEqual(['Ward North', 'Ward Staff']);
			expect(await names()).toHaveLength(8);
			expect(await names('', 2)).toHaveLength(2);
			expect(await names('*')).toEqual([]);
			expect(await names(')(cn=*')).toEqual([]);
		});

		it.each(['Nurses', cnOf('Nurses'), 'NURSES'])('are found as %s', async (value) => {
			expect(await directory.client.group({ by: 'auto', value })).toMatchObject({
				dn: cnOf('Nurses'),
				name: 'Nurses',
				kind: 'group',
			});
		});
	});

	it('lists the user attributes of the schema, without secrets', async () => {
		const attributes = await directory.client.attributes();
		const names = attributes.map(({ name }) => name);
		expect(names).toEqual(expect.arrayContaining(['departmentNumber', 'mail', 'title']));
		expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other, 'en')));
		for (const hidden of ['userPassword', 'entryUUID', 'pwdAccountLockedTime'])
			expect(names).not.toContain(hidden);
		expect(attributes.find(({ name }) => name === 'employeeNumber')?.description).toMatch(/numerical/);
	});

	describe('entry tree', () => {
		it('may lie outside the base DN, where people are looked for', async () => {
			const narrow = openLdapDirectory({ ...adminSettings(slapd), baseDn: PEOPLE });
			const path = [{ attribute: 'cn', value: 'outside' }];
			try {
				expect(await narrow.tree.add(path, `ou=devices,${BASE}`, fields)).toBe('added');
				expect((await narrow.tree.read(path, `ou=devices,${BASE}`, ['cn']))?.dn).toBe(
					`cn=outside,ou=devices,${BASE}`,
				);
				expect(await narrow.tree.remove(path, `ou=devices,${BASE}`)).toBe('removed');
			} finally {
				await narrow.close();
			}
		});

		const device = (value: string) => [{ attribute: 'cn', value }];
		const fields = { objectClass: ['device'], owner: [uidOf('anna')], description: ['{"a":1}'] };

		it('adds once, reads, replaces and removes', async () => {
			const { tree } = directory;
			const path = device('a,b+"c"');
			expect(await tree.add(path, 'ou=devices', fields)).toBe('added');
			expect(await tree.add(path, 'ou=devices', fields)).toBe('exists');
			expect(await tree.add(path, `OU=Devices,${BASE}`, fields)).toBe('exists');
			const entry = await tree.read(path, 'ou=devices', ['cn', 'Owner', 'description']);
			expect(entry?.attributes).toEqual({
				cn: ['a,b+"c"'],
				owner: [uidOf('anna')],
				description: ['{"a":1}'],
			});
			await tree.replace(path, 'ou=devices', { description: ['x', 'y'], owner: [] });
			expect((await tree.read(path, 'ou=devices', ['*']))?.attributes).toMatchObject({
				description: ['x', 'y'],
			});
			expect((await tree.read(path, 'ou=devices', ['owner']))?.attributes).toEqual({});
			expect(await tree.remove(path, 'ou=devices')).toBe('removed');
			expect(await tree.remove(path, 'ou=devices')).toBe('absent');
			expect(await tree.read(path, 'ou=devices', ['cn'])).toBeUndefined();
		});

		it('adds an entry once when many try at the same moment', async () => {
			const outcomes = await Promise.all(
				[...Array(8)].map(() => directory.tree.add(device('race'), 'ou=devices', fields)),
			);
			expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1);
			await directory.tree.remove(device('race'), 'ou=devices');
		});

		it('narrows children to hundreds of values, each child once', async () => {
			const owners = [...Array(250).keys()].map((n) => uidOf(`crowd${n}`));
			for (const n of [0, 120, 249])
				await directory.tree.add(device(`d${n}`), 'ou=devices', { ...fields, owner: [owners[n] ?? ''] });
			await directory.tree.add(device('both'), 'ou=devices', {
				...fields,
				owner: [owners[1] ?? '', owners[201] ?? ''],
			});
			await directory.tree.add(device('other'), 'ou=devices', fields);
			const found: string[] = [];
			for await (const { attributes } of directory.tree.children('ou=devices', ['cn'], {
				attribute: 'owner',
				values: owners,
			})) {
				found.push(...(attributes.cn ?? []));
			}
			expect(found.sort()).toEqual(['both', 'd0', 'd120', 'd249']);
			const none: unknown[] = [];
			for await (const child of directory.tree.children('ou=devices', ['cn'], {
				attribute: 'owner',
				values: [],
			}))
				none.push(child);
			expect(none).toEqual([]);
		});

		it('says how to make a subtree that is missing', async () => {
			const error = await failureOf(directory.tree.add(device('x'), 'ou=phones', fields));
			expect(error).toMatchObject({ code: '32', failure: 'configuration-invalid' });
			expect(error.advice).toContain(`dn: ou=phones,${BASE}`);
			const children = directory.tree.children('ou=phones', ['cn'])[Symbol.asyncIterator]();
			expect((await failureOf(children.next())).advice).toContain('organizationalUnit');
		});
	});
});
