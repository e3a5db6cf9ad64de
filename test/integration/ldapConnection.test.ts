import { Client } from 'ldapts';

import { buildDn } from '../../lib/directory/distinguishedName';
import type { LdapFilter } from '../../lib/directory/ldap/filter';
import { and, contains, equals, not, or, present } from '../../lib/directory/ldap/filter';
import type {
	LdapConnection,
	LdapEntry,
	LdapSearch,
	LdapSettings,
} from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { LdapSession } from '../../lib/directory/ldap/ldapSession';
import { DomainError } from '../../lib/domain.errors';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { adminSettings, failureOf, ldapSettings } from '../support/ldap';

const PEOPLE = 'ou=people,dc=example,dc=org';
const GROUPS = 'ou=groups,dc=example,dc=org';
const CROWD = 3000;

const crowdLdif = (): string =>
	[...Array(CROWD).keys()]
		.map(
			(n) =>
				`dn: uid=u${n},${PEOPLE}\nobjectClass: inetOrgPerson\nuid: u${n}\ncn: User ${n}\nsn: ${n}\nuserPassword: u${n}-password\n`,
		)
		.join('\n');

describe('LdapConnection and slapd', () => {
	let slapd: Slapd;
	let admin: LdapConnection;
	let watcher: LdapConnection;
	const opened: LdapConnection[] = [];
	const others: Slapd[] = [];
	const startOther = async (options: SlapdOptions = {}): Promise<Slapd> => {
		const other = await startSlapd(options);
		others.push(other);
		return other;
	};
	const connect = (settings: LdapSettings): LdapConnection => {
		const connection = openLdapConnection(settings);
		opened.push(connection);
		return connection;
	};
	beforeAll(async () => {
		// A certificate for the address alone: a check against "localhost" would fail.
		slapd = await startSlapd({ tls: { hostNames: ['127.0.0.1'] }, seedLdif: crowdLdif() });
		admin = connect(adminSettings(slapd));
		watcher = connect(ldapSettings(slapd));
	});
	afterAll(async () => {
		await Promise.all(opened.map((connection) => connection.close()));
		await Promise.all([slapd, ...others].map((server) => server.stop()));
	});

	const crowd: LdapSearch = {
		base: PEOPLE,
		scope: 'one',
		filter: equals('objectClass', 'inetOrgPerson'),
		attributes: ['uid'],
	};
	const all = async (connection: LdapConnection, request: LdapSearch): Promise<LdapEntry[]> => {
		const entries: LdapEntry[] = [];
		for await (const entry of connection.search(request)) entries.push(entry);
		return entries;
	};
	const addPerson = (uid: string, attributes: Record<string, Array<string | Buffer>> = {}): Promise<void> =>
		admin.add(buildDn([{ attribute: 'uid', value: uid }], PEOPLE), {
			objectClass: ['inetOrgPerson'],
			uid: [uid],
			cn: [uid],
			sn: [uid],
			...attributes,
		});

	describe('identity', () => {
		it('tells family, version and endpoint, the same for each connection', async () => {
			const identity = await watcher.identity();
			expect(identity).toMatchObject({ family: 'openldap', endpoint: slapd.url, serverId: 'sid=001' });
			expect(identity.vendor).toMatch(/^OpenLDAP 2\./);
			expect(await admin.identity()).toMatchObject({ directoryId: identity.directoryId });
			const other = await startOther();
			const elsewhere = connect(ldapSettings(other));
			expect((await elsewhere.identity()).directoryId).not.toBe(identity.directoryId);
			await elsewhere.close();
		});

		it('keeps the identity when the server comes back, and logs in again', async () => {
			const before = await watcher.identity();
			await slapd.restart();
			expect(await watcher.identity()).toEqual(before);
			await slapd.kill();
			expect((await failureOf(watcher.identity())).code).toBe('ECONNREFUSED');
			await slapd.restart();
			expect(await watcher.identity()).toEqual(before);
			expect(await watcher.read('ou=devices,dc=example,dc=org', ['ou'])).toBeDefined();
		});
	});

	describe('search', () => {
		it.each([undefined, 7, 500, CROWD])('finds everybody, %s a page', async (pageSize) => {
			const entries = await all(watcher, { ...crowd, pageSize });
			expect(new Set(entries.map(({ dn }) => dn)).size).toBe(CROWD);
		});

		it('lets searches run inside one another, paged and unpaged', async () => {
			let outer = 0;
			for await (const entry of watcher.search({ ...crowd, pageSize: 1000 })) {
				if (outer++ % 1000 !== 0) continue;
				const uid = entry.first('uid') ?? '';
				const inner = await all(watcher, { ...crowd, filter: equals('uid', uid), pageSize: 5 });
				expect(inner.map(({ dn }) => dn)).toEqual([entry.dn]);
				expect(await watcher.read(entry.dn, ['uid'])).toBeDefined();
			}
			expect(outer).toBe(CROWD);
		});

		it('abandons what is left early: the server stops sending and the session goes on', async () => {
			const session = await LdapSession.open(slapd.url, ldapSettings(slapd));
			for await (const message of session.search(crowd)) {
				expect(message.kind).toBe('entry');
				break;
			}
			const after = [];
			for await (const message of session.search({ ...crowd, filter: equals('uid', 'u42') }))
				after.push(message.kind);
			expect(after).toEqual(['entry', 'result']);
			expect(session.failure).toBeUndefined();
			session.close();
		});

		it('stops after sizeLimit entries without an error', async () => {
			expect(await all(watcher, { ...crowd, sizeLimit: 3 })).toHaveLength(3);
			expect(await all(watcher, { ...crowd, sizeLimit: 3, pageSize: 2 })).toHaveLength(3);
		});

		it('reads many at once, each as alone, whatever some of them are', async () => {
			const dns = [...Array(120).keys()].map((n) => `uid=u${n},${PEOPLE}`);
			const strange = [`uid=nobody,${PEOPLE}`, 'no DN at all', ''];
			const found = await watcher.readMany([...dns, ...strange], ['cn']);
			expect(dns.map((dn) => found.get(dn)?.first('cn'))).toEqual(dns.map((_, n) => `User ${n}`));
			expect(strange.slice(0, 2).map((dn) => found.get(dn))).toEqual([undefined, undefined]);
			expect((await watcher.read(`uid=u7,${PEOPLE}`, ['cn']))?.first('cn')).toBe('User 7');
		});

		it('names a base that does not exist', async () => {
			const error = await failureOf(all(watcher, { ...crowd, base: 'ou=nowhere,dc=example,dc=org' }));
			expect(error).toMatchObject({ code: '32', failure: 'not-found' });
			expect(error.message).toContain('ou=nowhere,dc=example,dc=org');
		});

		it('finds bytes above 0x7f, and options in names (ldapts trap 8)', async () => {
			const bytes = Buffer.from([0x00, 0x80, 0xff, 0x28, 0x2a, 0x29, 0x5c, 0xc3]);
			await addPerson('binary', {
				userPassword: [bytes],
				jpegPhoto: [bytes, Buffer.from([0xff])],
				'cn;lang-de': ['Bär'],
			});
			const entry = await watcher.read(`uid=binary,${PEOPLE}`, ['jpegPhoto', 'cn;lang-de', 'entryUUID']);
			expect(entry?.buffers('JPEGPHOTO')).toEqual([bytes, Buffer.from([0xff])]);
			expect(entry?.values('CN;lang-de')).toEqual(['Bär']);
			expect(await all(watcher, { ...crowd, filter: equals('cn;lang-de', 'bär') })).toHaveLength(1);
			// The one standard attribute that compares bytes; only the rootdn may search it.
			expect(await all(admin, { ...crowd, filter: equals('userPassword', bytes) })).toHaveLength(1);
			// OIDs are names as well: 0.9.2342.19200300.100.1.1 is uid.
			const byOid = equals('0.9.2342.19200300.100.1.1', 'binary');
			expect(await all(watcher, { ...crowd, filter: byOid })).toHaveLength(1);
		});

		it('keeps searching beyond 10 seconds of server time (ldapts trap 7)', async () => {
			const { SearchRequest } = await import('ldapts');
			const sent: number[] = [];
			const spy = jest.spyOn(SearchRequest.prototype, 'writeMessage').mockImplementation(function (
				this: InstanceType<typeof SearchRequest>,
				writer,
			) {
				sent.push(this.timeLimit);
				spy.mockRestore();
				return this.writeMessage(writer);
			});
			await watcher.read(PEOPLE, ['ou']);
			expect(sent).toEqual([0]);
		});
	});

	describe('a size limit of the server', () => {
		it('is an error that tells how many entries came', async () => {
			const limited = await startOther({ sizeLimit: 3 });
			const connection = connect(ldapSettings(limited));
			const error = await failureOf(
				all(connection, { ...crowd, base: limited.baseDn, scope: 'sub', filter: present('objectClass') }),
			);
			expect(error).toMatchObject({ code: '4', failure: 'configuration-invalid' });
			expect(error.message).toContain('after 3 entries');
			await connection.close();
		});
	});

	describe('hostile values', () => {
		const HOSTILE = [
			'a)(uid=*',
			'*',
			'back\\slash',
			'nul\0inside',
			'\0',
			'#hash',
			' leading and trailing ',
			'comma, plus+ "quotes" <angle> ; equals=',
			'Ünïcødé 患者 \u{1F489}',
			'line\nbreak\r',
			'\\2a\\28',
		];

		it.each(HOSTILE)('%j survives a filter', async (value) => {
			await addPerson(`h${HOSTILE.indexOf(value)}`, { description: [value] });
			const [found, ...others] = await all(watcher, {
				...crowd,
				attributes: ['description'],
				filter: equals('description', value),
			});
			expect(others).toEqual([]);
			expect(found?.values('description')).toEqual([value]);
		});

		it.each(HOSTILE)('%j survives a DN', async (value) => {
			const dn = buildDn(
				[
					{ attribute: 'cn', value },
					{ attribute: 'ou', value: 'hostile, ou' },
				],
				GROUPS,
			);
			const container = buildDn([{ attribute: 'ou', value: 'hostile, ou' }], GROUPS);
			if ((await admin.read(container, ['1.1'])) === undefined) {
				await admin.add(container, { objectClass: ['organizationalUnit'], ou: ['hostile, ou'] });
			}
			await admin.add(dn, { objectClass: ['device'], cn: [value] });
			expect((await watcher.read(dn, ['cn']))?.values('cn')).toContain(value);
			await admin.remove(dn);
			expect(await watcher.read(dn, ['cn'])).toBeUndefined();
		});

		it('never lets a value change what is searched', async () => {
			const filters: LdapFilter[] = [
				equals('uid', 'u1)(objectClass=*'),
				contains('uid', '*'),
				and(equals('uid', '*'), not(equals('uid', 'x'))),
				or(equals('uid', '(|'), equals('uid', '\0')),
			];
			for (const filter of filters) expect(await all(watcher, { ...crowd, filter })).toEqual([]);
		});

		it('refuses what cannot be the name of an attribute, and goes on', async () => {
			for (const attribute of ['uid)(cn', 'uid=*', '', 'uid\0', 'ü', 'a b']) {
				expect((await failureOf(all(watcher, { ...crowd, filter: equals(attribute, 'x') }))).failure).toBe(
					'configuration-invalid',
				);
				expect((await failureOf(watcher.read(PEOPLE, [attribute]))).failure).toBe('configuration-invalid');
			}
			expect(await watcher.read(PEOPLE, ['ou'])).toBeDefined();
		});
	});

	describe('writing', () => {
		it('adds, changes, renames, moves and removes', async () => {
			const dn = `cn=Ward\\, North,${GROUPS}`;
			await admin.add(dn, {
				objectClass: ['groupOfNames'],
				cn: ['Ward, North'],
				member: [`uid=u1,${PEOPLE}`],
			});
			await admin.modify(dn, [
				{ operation: 'add', attribute: 'member', values: [`uid=u2,${PEOPLE}`] },
				{ operation: 'replace', attribute: 'description', values: ['north'] },
			]);
			expect((await admin.read(dn, ['member', 'description']))?.values('member')).toHaveLength(2);
			const renamed = `cn=Ward\\, South,${GROUPS}`;
			await admin.rename(dn, renamed);
			expect((await admin.read(renamed, ['cn']))?.values('cn')).toEqual(['Ward, South']);
			const moved = `cn=Ward\\, South,${PEOPLE}`;
			await admin.rename(renamed, moved);
			expect(await admin.read(renamed, ['cn'])).toBeUndefined();
			await admin.remove(moved);
			expect(await admin.read(moved, ['cn'])).toBeUndefined();
		});

		it.each([
			['68', 'skip', () => addPerson('u1')],
			[
				'20',
				'skip',
				() => admin.modify(`uid=u1,${PEOPLE}`, [{ operation: 'add', attribute: 'cn', values: ['User 1'] }]),
			],
			[
				'16',
				'skip',
				() =>
					admin.modify(`uid=u1,${PEOPLE}`, [
						{ operation: 'delete', attribute: 'cn', values: ['somebody else'] },
					]),
			],
			[
				'65',
				'skip',
				() => admin.modify(`uid=u1,${PEOPLE}`, [{ operation: 'delete', attribute: 'sn', values: [] }]),
			],
			[
				'17',
				'skip',
				() =>
					admin.modify(`uid=u1,${PEOPLE}`, [
						{ operation: 'add', attribute: 'nosuchattribute', values: ['x'] },
					]),
			],
			[
				'21',
				'skip',
				() =>
					admin.modify(`uid=u1,${PEOPLE}`, [
						{ operation: 'replace', attribute: 'manager', values: ['no dn'] },
					]),
			],
			['34', 'skip', () => admin.remove('no dn')],
			['66', 'skip', () => admin.remove(PEOPLE)],
			['32', 'skip', () => admin.remove(`uid=nobody,${PEOPLE}`)],
			[
				'50',
				'abort',
				() => watcher.modify(`uid=u1,${PEOPLE}`, [{ operation: 'replace', attribute: 'cn', values: ['x'] }]),
			],
		] as const)('maps result code %s', async (code, recovery, write) => {
			const error = await failureOf(write());
			expect(error).toMatchObject({ code, recovery });
			expect(error.advice).not.toBe('');
		});
	});

	describe('logging in', () => {
		it('says so when the password is wrong, without showing it', async () => {
			const error = await failureOf(connect(ldapSettings(slapd, { password: 'wr0ng-passw0rd' })).identity());
			expect(error).toMatchObject({ code: '49', failure: 'credential-invalid', recovery: 'abort' });
			expect(error.advice).toContain('password');
			expect(`${error.message}${error.advice}${error.stack}`).not.toContain('wr0ng');
		});

		it('never works as nobody after a loss, where ldapts does by default (ldapts trap 5)', async () => {
			const devices = 'ou=devices,dc=example,dc=org';
			const plain = new Client({ url: slapd.url });
			await plain.bind(slapd.watcherDn, slapd.watcherPassword);
			const connection = connect(ldapSettings(slapd));
			await connection.identity();
			await slapd.restart();
			await expect(plain.search(devices, { scope: 'base' })).rejects.toMatchObject({ code: 32 });
			expect(await connection.read(devices, ['ou'])).toBeDefined();
			await plain.unbind();
		});

		it('shows devices and acknowledgments to the service account alone', async () => {
			const user = connect(ldapSettings(slapd, { bindDn: `uid=u7,${PEOPLE}`, password: 'u7-password' }));
			for (const name of ['devices', 'acknowledgments']) {
				const subtree = `ou=${name},dc=example,dc=org`;
				await watcher.add(`cn=mine,${subtree}`, { objectClass: ['device'], cn: ['mine'] });
				expect(await watcher.read(`cn=mine,${subtree}`, ['cn'])).toBeDefined();
				expect(await user.read(subtree, ['*'])).toBeUndefined();
				expect(await user.read(`cn=mine,${subtree}`, ['*'])).toBeUndefined();
				const under = {
					...crowd,
					base: 'dc=example,dc=org',
					scope: 'sub',
					filter: equals('cn', 'mine'),
				} as const;
				expect(await all(user, under)).toEqual([]);
				await expect(
					user.add(`cn=theirs,${subtree}`, { objectClass: ['device'], cn: ['theirs'] }),
				).rejects.toBeInstanceOf(DomainError);
				await watcher.remove(`cn=mine,${subtree}`);
			}
			expect(await user.read(PEOPLE, ['ou'])).toBeDefined();
		});
	});

	describe('TLS', () => {
		const secured = (changes: Partial<LdapSettings>): LdapSettings =>
			ldapSettings(slapd, { ca: slapd.caPem, ...changes });
		const ldaps = (): Partial<LdapSettings> => ({ urls: [slapd.ldapsUrl ?? ''], security: 'ldaps' });

		it('works over ldaps and StartTLS with the authority given (ldapts trap 10)', async () => {
			expect((await connect(secured(ldaps())).identity()).endpoint).toBe(slapd.ldapsUrl);
			expect((await connect(secured({ security: 'startTls' })).identity()).endpoint).toBe(slapd.url);
		});

		it('uses StartTLS again after a loss (ldapts trap 5)', async () => {
			const connection = connect(secured({ security: 'startTls' }));
			await connection.identity();
			await slapd.restart();
			expect(await connection.read('ou=devices,dc=example,dc=org', ['ou'])).toBeDefined();
		});

		it.each(['ldaps', 'startTls'] as const)(
			'refuses an authority it does not know over %s',
			async (security) => {
				const changes = { ...(security === 'ldaps' ? ldaps() : { security }), ca: undefined };
				const error = await failureOf(connect(secured(changes)).identity());
				expect(error).toMatchObject({ failure: 'credential-invalid', recovery: 'abort' });
				expect(error.advice).toContain('CA Certificate');
			},
		);

		it.each(['ldaps', 'startTls'] as const)(
			'refuses a certificate for another host over %s',
			async (security) => {
				const other = await startOther({ tls: { hostNames: ['elsewhere.example.org'] } });
				const urls = [security === 'ldaps' ? (other.ldapsUrl ?? '') : other.url];
				const settings = ldapSettings(other, { urls, security, ca: other.caPem });
				const error = await failureOf(connect(settings).identity());
				expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', failure: 'credential-invalid' });
				expect((await connect({ ...settings, verifyCertificate: false }).identity()).family).toBe('openldap');
			},
		);

		it('says that the port does not speak TLS', async () => {
			const urls = [slapd.url.replace('ldap:', 'ldaps:')];
			const error = await failureOf(connect(secured({ urls, security: 'ldaps' })).identity());
			expect(error.advice).toMatch(/port|Security/);
		});
	});

	it('names a host that is not known', async () => {
		const error = await failureOf(
			connect(ldapSettings(slapd, { urls: ['ldap://no-such-host.invalid:389'] })).identity(),
		);
		expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(error.code);
	});

	it('refuses to work once closed', async () => {
		const connection = openLdapConnection(ldapSettings(slapd));
		await connection.identity();
		await connection.close();
		expect((await failureOf(connection.read(PEOPLE, ['ou']))).recovery).toBe('abort');
		expect((await failureOf(all(connection, crowd))).recovery).toBe('abort');
	});
});
