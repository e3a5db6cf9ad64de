import type { DirectoryFamily } from '../../lib/directory/directory.types';
import { entryIdOf, familyOf, groupOf, personAttributes, personOf } from '../../lib/directory/ldap/families';
import { openLdap } from '../../lib/directory/ldap/families/openLdap.family';
import type { LdapEntry, RootDse } from '../../lib/directory/ldap/ldap.types';
import { ReceivedEntry } from '../../lib/directory/ldap/ldapEntry';
import { guidOfUuid, isUuid, uuidOfGuid } from '../../lib/directory/uuid';

const entryOf = (attributes: Record<string, Array<string | Buffer>>, dn = 'cn=x,dc=example'): LdapEntry =>
	new ReceivedEntry(
		dn,
		Object.entries(attributes).map(([name, values]) => ({
			name,
			values: values.map((value) => Buffer.from(value)),
		})),
	);
const rootDse = (attributes: Record<string, string[]>): RootDse => {
	const entry = entryOf(attributes, '');
	return {
		namingContexts: [],
		supportedControls: [],
		supportedExtensions: [],
		vendorName: entry.first('vendorName'),
		vendorVersion: entry.first('vendorVersion'),
		entry,
	};
};
const conventions = { managerAttribute: 'manager', localeAttribute: 'preferredLanguage' };
const chosen = (family: DirectoryFamily) => familyOf(rootDse({}), family);

describe('server families', () => {
	it.each([
		['openldap', { objectClass: ['top', 'OpenLDAProotDSE'] }],
		[
			'activeDirectory',
			{
				supportedCapabilities: ['1.2.840.113556.1.4.800'],
				vendorName: ['Samba Team (https://www.samba.org)'],
			},
		],
		['389ds', { vendorName: ['389 Project'], vendorVersion: ['389-Directory/2.3.1 B2023'] }],
		['opendj', { vendorName: ['ForgeRock AS.'], vendorVersion: ['ForgeRock Directory Services 7.3'] }],
		['ldap', { vendorName: ['Somebody'] }],
		['ldap', {}],
	] as const)('recognises %s', (family, attributes) => {
		expect(familyOf(rootDse(attributes as Record<string, string[]>), 'auto').family).toBe(family);
	});

	it('believes the administrator more than the server', () => {
		expect(familyOf(rootDse({ objectClass: ['OpenLDAProotDSE'] }), '389ds').family).toBe('389ds');
	});

	it.each([
		['openldap', {}, true, false, false],
		['openldap', { pwdAccountLockedTime: ['000001010000Z'] }, false, false, false],
		['openldap', { PWDACCOUNTLOCKEDTIME: ['20260101000000Z'] }, true, true, false],
		['openldap', { pwdReset: ['TRUE'] }, true, false, true],
		['389ds', { nsAccountLock: ['true'] }, false, false, false],
		['389ds', { accountUnlockTime: ['19700101000000Z'] }, true, true, false],
		['389ds', { passwordExpirationTime: ['19700101000000Z'] }, true, false, true],
		['opendj', { 'ds-pwp-account-disabled': ['true'] }, false, false, false],
		[
			'activeDirectory',
			{ userAccountControl: ['512'], pwdLastSet: ['133'], lockoutTime: ['0'] },
			true,
			false,
			false,
		],
		['activeDirectory', { userAccountControl: ['514'], pwdLastSet: ['133'] }, false, false, false],
		[
			'activeDirectory',
			{ userAccountControl: ['512'], pwdLastSet: ['0'], lockoutTime: ['133'] },
			true,
			true,
			true,
		],
		// A lock-out that timed out leaves lockoutTime in place: the computed attribute knows better.
		[
			'activeDirectory',
			{
				userAccountControl: ['512'],
				pwdLastSet: ['1'],
				lockoutTime: ['133'],
				'msDS-User-Account-Control-Computed': ['0'],
			},
			true,
			false,
			false,
		],
		[
			'activeDirectory',
			{
				userAccountControl: ['512'],
				pwdLastSet: ['1'],
				'msDS-User-Account-Control-Computed': [String(0x80_0010)],
			},
			true,
			true,
			true,
		],
		['activeDirectory', {}, 'unknown', false, 'unknown'],
		['ldap', {}, 'unknown', 'unknown', 'unknown'],
		['ldap', { nsAccountLock: ['true'] }, false, 'unknown', 'unknown'],
	] as const)('%s %j', (family, attributes, enabled, locked, passwordResetRequired) => {
		const entry = entryOf(attributes as Record<string, string[]>);
		expect(chosen(family).accountState((name) => entry.values(name))).toEqual({
			enabled,
			locked,
			passwordResetRequired,
		});
	});

	it('asks by name for all that decides the state', () => {
		for (const family of ['openldap', 'activeDirectory', '389ds', 'opendj', 'ldap'] as const) {
			const asked: string[] = [];
			chosen(family).accountState((name) => {
				asked.push(name);
				return [];
			});
			expect(personAttributes(chosen(family), conventions)).toEqual(expect.arrayContaining(asked));
		}
	});
});

describe('people and groups', () => {
	const GUID = '3f79048f-42cd-4c77-8426-835cd9f8a3ad';

	it('have the id that the family calls stable', () => {
		expect(guidOfUuid(GUID).toString('hex')).toBe('8f04793fcd42774c8426835cd9f8a3ad');
		const entry = entryOf({ objectGUID: [guidOfUuid(GUID)], entryUUID: ['e'], nsUniqueId: ['n'] });
		expect(entryIdOf(entry, chosen('activeDirectory'))).toBe(GUID);
		expect(entryIdOf(entry, chosen('openldap'))).toBe('e');
		expect(entryIdOf(entry, chosen('389ds'))).toBe('n');
		expect(entryIdOf(entryOf({}), chosen('ldap'))).toBe('cn=x,dc=example');
		expect(uuidOfGuid(Buffer.from('short'))).toBe('73686f7274');
		expect([GUID, '61cf0e01-c3ac11ee-8a27bd4f-30c6a1e0', 'x'].map(isUuid)).toEqual([true, true, false]);
	});

	it('leave absent fields out, and give binary values as base64', () => {
		const photo = Buffer.from([0xff, 0xd8, 0x00]);
		const entry = entryOf({
			entryUUID: ['e'],
			cn: ['X'],
			mail: [''],
			jpegPhoto: [photo],
			objectGUID: ['0123456789abcdef'],
		});
		const person = personOf(entry, chosen('openldap'), conventions, [
			'jpegPhoto',
			'objectGUID',
			'title',
			'CN',
		]);
		expect(person).toEqual({
			id: 'e',
			dn: 'cn=x,dc=example',
			displayName: 'X',
			enabled: true,
			locked: false,
			attributes: {
				jpegPhoto: [photo.toString('base64')],
				objectGUID: ['MDEyMzQ1Njc4OWFiY2RlZg=='],
				CN: ['X'],
			},
		});
	});

	it('never hold a secret', () => {
		const secrets = [
			...['userPassword', 'UNICODEPWD', 'userPassword;lang-de', 'pwdHistory', 'ms-Mcs-AdmPwd'],
			...['2.5.4.35', '2.5.4.35;binary', 'userPKCS12', 'unhashed#user#password'],
		];
		const entry = entryOf(Object.fromEntries(secrets.map((name) => [name, ['hush']])));
		expect(personOf(entry, chosen('openldap'), conventions, secrets).attributes).toEqual({});
		expect(personAttributes(chosen('openldap'), conventions, secrets)).toEqual(
			personAttributes(chosen('openldap'), conventions),
		);
		const careless = { managerAttribute: 'userPassword', localeAttribute: '2.5.4.35' };
		expect(personAttributes(chosen('openldap'), careless).some((name) => /password|2\.5/i.test(name))).toBe(
			false,
		);
	});

	it('are named by their conventions', () => {
		const entry = entryOf({ boss: ['cn=b'], lang: ['fr-CH'] });
		const own = { managerAttribute: 'boss', localeAttribute: 'lang' };
		expect(personOf(entry, chosen('openldap'), own)).toMatchObject({ manager: 'cn=b', locale: 'fr-CH' });
	});

	it('describe groups', () => {
		const entry = entryOf({ entryUUID: ['g'], cn: ['Nurses'], description: ['all'] });
		expect(groupOf(entry, chosen('openldap'))).toEqual({
			id: 'g',
			dn: 'cn=x,dc=example',
			name: 'Nurses',
			kind: 'group',
			description: 'all',
		});
	});
});

describe('when a lock of OpenLDAP ends', () => {
	const endOf = (lockedSince: string[], lockoutMs: number | undefined) =>
		openLdap.lockedUntil?.((name) => (name === 'pwdAccountLockedTime' ? lockedSince : []), lockoutMs);

	it('is told by its beginning and the policy', () => {
		expect(endOf(['20300101000000Z'], 60_000)).toBe(Date.UTC(2030, 0, 1, 0, 1));
		expect(endOf(['20300101000000.5Z'], 60_000)).toBe(Date.UTC(2030, 0, 1, 0, 1));
	});

	it.each([
		['nobody is locked', [], 60_000],
		['an administrator disabled the account', ['000001010000Z'], 60_000],
		['the policy keeps locks for ever', ['20300101000000Z'], 0],
		['the policy is not known', ['20300101000000Z'], undefined],
		['the time is none', ['yesterday'], 60_000],
		['the time is huge', ['9'.repeat(500)], 60_000],
	])('is not known where %s', (_, lockedSince, lockoutMs) => {
		expect(endOf(lockedSince, lockoutMs)).toBeUndefined();
	});
});
