import type { JsonValue } from '../../lib/directory/changes/changes.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { LdapSettings } from '../../lib/directory/ldap/ldap.types';
import type { SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { adminSettings, ldapSettings } from '../support/ldap';
import { ldapContractServer } from '../support/ldapContract';
import { SnapshotMemory } from '../support/snapshotMemory';
import { describeChangeStrategy, EVERYTHING } from './changeStrategy.contract';

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

/** The complete walk of each quarter of an hour is due. */
const longAgo = (cursor: JsonValue): JsonValue =>
	typeof cursor === 'object' && cursor !== null && !Array.isArray(cursor)
		? { ...cursor, sweptAt: '2000-01-01T00:00:00.000Z' }
		: cursor;

describe('ModifyTimestampStrategy', () => {
	describeChangeStrategy(() => ldapContractServer({ accesslog: false }), { skip: SKIP, longAgo });

	const opened: Array<() => Promise<unknown>> = [];
	/** Closed in the end, however the test ends; the last opened first. */
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});

	async function started(options: SlapdOptions, changes: Partial<LdapSettings> = {}) {
		const slapd = await startSlapd(options);
		opened.push(() => slapd.stop());
		const session = await openLdapWatch(ldapSettings(slapd, changes), EVERYTHING);
		opened.push(() => session.close());
		return { slapd, session };
	}

	it('says why it was chosen', async () => {
		const { session } = await started({ accesslog: false });
		expect(session.strategy).toMatchObject({
			name: 'modifyTimestamp',
			reason: 'the server shows no change log',
		});
	});

	it('is chosen where the log exists but may not be read', async () => {
		const other = { bindDn: 'cn=other,dc=example,dc=org', password: 'other' };
		const { session } = await started({ seedLdif: OTHER_ACCOUNT }, other);
		expect(session.strategy).toMatchObject({
			name: 'modifyTimestamp',
			reason: 'cn=accesslog exists, but the service account may not read it',
		});
	});

	it('neither keeps nor tells a password that its login may read', async () => {
		const { slapd } = await started({ accesslog: false });
		const session = await openLdapWatch(adminSettings(slapd), { ...EVERYTHING, attributes: [] });
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

const OTHER_ACCOUNT = `
dn: cn=other,dc=example,dc=org
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: other
userPassword: other
`;
