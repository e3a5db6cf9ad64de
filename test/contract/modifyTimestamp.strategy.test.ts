import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { ldapSettings } from '../support/ldap';
import { SnapshotMemory } from '../support/snapshotMemory';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';

describe('ModifyTimestampStrategy', () => {
	describeChangeStrategy(
		{ start: () => startSlapd({ accesslog: false }) },
		(server, scope) => openLdapWatch(ldapSettings(server), scope),
		{
			skip: [
				{
					reason: 'it compares what it finds with what it remembers',
					tests: ['delivers every one of several changes between two reads'],
				},
				{ reason: 'a deleted entry has no timestamp', tests: ['tells a deletion'] },
			],
		},
	);

	it('says why it was chosen', async () => {
		const slapd = await startSlapd({ accesslog: false });
		const session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
		expect(session.strategy).toMatchObject({
			name: 'modifyTimestamp',
			reason: 'the server shows no change log',
		});
		await session.close();
		await slapd.stop();
	});

	it('is chosen where the log exists but may not be read', async () => {
		const slapd = await startSlapd({ seedLdif: OTHER_ACCOUNT });
		const session = await openLdapWatch(
			ldapSettings(slapd, { bindDn: `cn=other,${slapd.baseDn}`, password: 'other' }),
			EVERYTHING,
		);
		expect(session.strategy).toMatchObject({
			name: 'modifyTimestamp',
			reason: 'cn=accesslog exists, but the service account may not read it',
		});
		await session.close();
		await slapd.stop();
	});

	it('hands on many differences in pages, and each once', async () => {
		const slapd = await startSlapd({ accesslog: false });
		const admin = new DirectoryAdmin(slapd);
		const session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
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
		await session.close();
		await admin.close();
		await slapd.stop();
	});
});

const OTHER_ACCOUNT = `
dn: cn=other,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: other
userPassword: other
`;
