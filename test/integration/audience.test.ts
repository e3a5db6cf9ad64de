import { findAudience } from '../../lib/directory/audience/audience';
import type { AudienceRule } from '../../lib/directory/audience/audience.types';
import { SubtreeDeviceStore } from '../../lib/directory/devices/subtreeDevice.store';
import type { EntryReference } from '../../lib/directory/directory.types';
import type { LdapDirectory } from '../../lib/directory/openDirectory';
import { openDirectory } from '../../lib/directory/openDirectory';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { dnOf, groupDn, hospitalLdif, HOSTILE_GROUP_DN, HOSTILE_NAME } from '../support/hospital';
import { ldapSettings } from '../support/ldap';

const group = (by: EntryReference['by'], value: string): AudienceRule['groups'][number] => ({
	reference: { by, value },
	label: value,
});

describe('findAudience on OpenLDAP', () => {
	let slapd: Slapd;
	let directory: LdapDirectory;
	let devices: SubtreeDeviceStore;

	beforeAll(async () => {
		slapd = await startSlapd({ seedLdif: hospitalLdif() });
		directory = await openDirectory(ldapSettings(slapd));
		devices = new SubtreeDeviceStore(directory.tree, directory.conventions.devicesDn);
		for (const uid of ['bob', 'gone']) {
			const person = await directory.client.person({ by: 'username', value: uid });
			if (!person) throw new Error(`${uid} was not seeded`);
			await devices.register(person, { token: `token-of-${uid}`, platform: 'web' });
		}
	});
	afterAll(async () => {
		await directory?.close();
		await slapd?.stop();
	});

	async function usernames(rule: Partial<AudienceRule>): Promise<string[]> {
		const found: string[] = [];
		const whole: AudienceRule = {
			...{ groups: [], nested: false, conditions: [], attributes: [] },
			...{ onlyWithDevice: false, onlyEnabled: true },
			...rule,
		};
		for await (const { username } of findAudience({ client: directory.client, devices }, whole)) {
			found.push(username ?? '');
		}
		return found.sort();
	}
	const where = (attribute: string, value: string): AudienceRule['conditions'] => [
		{ attribute, operator: 'equals', value },
	];

	it('finds direct members, enabled ones only', async () => {
		expect(await usernames({ groups: [group('name', 'Nurses')] })).toEqual(['ann', 'bob']);
		expect(await usernames({ groups: [group('dn', groupDn('Staff'))] })).toEqual(['dan']);
	});

	it('finds members of groups inside, and disabled ones when asked to', async () => {
		const groups = [group('name', 'Staff')];
		expect(await usernames({ groups, nested: true })).toEqual(['ann', 'bob', 'dan']);
		expect(await usernames({ groups, nested: true, onlyEnabled: false })).toEqual([
			'ann',
			'bob',
			'dan',
			'gone',
		]);
	});

	it('is one entry a person over several groups', async () => {
		expect(await usernames({ groups: [group('name', 'Nurses'), group('name', 'Doctors')] })).toEqual([
			'ann',
			'bob',
			'cid',
		]);
	});

	it('narrows by attributes and by having a device', async () => {
		const groups = [group('name', 'Nurses')];
		expect(await usernames({ groups, conditions: where('l', 'Bonn') })).toEqual(['ann']);
		expect(await usernames({ conditions: where('departmentNumber', '12') })).toEqual(['ann', 'bob']);
		expect(await usernames({ conditions: where('departmentNumber', '12'), onlyWithDevice: true })).toEqual([
			'bob',
		]);
	});

	it('carries devices, asked-for attributes and the reason', async () => {
		const rule: AudienceRule = {
			groups: [group('name', 'Doctors')],
			...{ nested: false, onlyWithDevice: true, onlyEnabled: true },
			conditions: [],
			attributes: ['departmentNumber'],
		};
		const found = [];
		for await (const recipient of findAudience({ client: directory.client, devices }, rule))
			found.push(recipient);
		expect(found).toEqual([
			expect.objectContaining({
				dn: dnOf('bob'),
				mail: 'bob@example.org',
				attributes: { departmentNumber: ['12'] },
				devices: [expect.objectContaining({ token: 'token-of-bob', owner: dnOf('bob') })],
				why: expect.stringContaining('Doctors') as string,
			}),
		]);
	});

	it('takes names and values literally, however hostile', async () => {
		expect(await usernames({ groups: [group('name', HOSTILE_NAME)] })).toEqual(['ann']);
		expect(await usernames({ groups: [group('dn', HOSTILE_GROUP_DN)] })).toEqual(['ann']);
		expect(await usernames({ conditions: where('l', '*)(uid=*') })).toEqual(['cid']);
		for (const value of ['*', '*)(uid=*))(|(uid=*', 'B\\6fnn', '\\00', '\u0000', '"', '<script>']) {
			expect(await usernames({ conditions: where('l', value) })).toEqual([]);
		}
	});

	it.each(['*', 'Nurses)(cn=*', '\\00', '\u0000', '"Nurses"', '<script>', '__proto__', 'x'.repeat(10_000)])(
		'knows no group %.20j',
		async (name) => {
			await expect(usernames({ groups: [group('name', name)] })).rejects.toMatchObject({
				failure: 'not-found',
			});
		},
	);

	it('refuses a DN that is none, and knows no group outside the directory', async () => {
		await expect(usernames({ groups: [group('dn', 'not a dn')] })).rejects.toBeInstanceOf(Error);
		for (const dn of ['cn=Nurses,dc=elsewhere', 'cn=config', 'cn=monitor', dnOf('ann')]) {
			await expect(usernames({ groups: [group('dn', dn)] })).rejects.toBeInstanceOf(Error);
		}
	});

	it('refuses an attribute that does not exist, and never shows a secret one', async () => {
		await expect(usernames({ conditions: where('departmentNumbr', '12') })).rejects.toMatchObject({
			failure: 'configuration-invalid',
		});
		for (const name of ['userPassword', 'USERPASSWORD;lang-de', '2.5.4.35', '2.5.4.35;binary']) {
			await expect(usernames({ conditions: where(name, 'x') })).rejects.toMatchObject({
				message: expect.stringContaining('is a secret'),
			});
		}
	});
});
