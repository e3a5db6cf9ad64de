import { DomainError } from '../../lib/domain.errors';
import { LdapDirectoryClient } from '../../lib/directory/ldap/ldapDirectory.client';
import { present } from '../../lib/directory/ldap/filter';
import type { LdapConnection, LdapSearch, LdapSettings } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { LdapEntryTree } from '../../lib/directory/ldap/ldapEntry.tree';
import { LdapSession } from '../../lib/directory/ldap/ldapSession';
import type { ServerMessage } from '../../lib/directory/ldap/serverMessage';
import type { Script, ScriptedLdap } from '../support/scriptedLdap';
import {
	entry,
	intermediate,
	reference,
	result,
	scriptedSettings,
	startScriptedLdap,
} from '../support/scriptedLdap';

/** What no real server can be made to do on demand, done by one that speaks real BER. */
describe('LDAP against a scripted server', () => {
	const servers: ScriptedLdap[] = [];
	const connections: LdapConnection[] = [];
	const serve = async (script: Script): Promise<ScriptedLdap> => {
		const server = await startScriptedLdap(script);
		servers.push(server);
		return server;
	};
	const connect = (settings: LdapSettings): LdapConnection => {
		const connection = openLdapConnection(settings);
		connections.push(connection);
		return connection;
	};
	afterEach(async () => {
		await Promise.all(connections.splice(0).map((connection) => connection.close()));
		await Promise.all(servers.splice(0).map((server) => server.stop()));
	});

	const people: LdapSearch = {
		base: 'ou=people',
		scope: 'sub',
		filter: present('objectClass'),
		attributes: ['cn'],
	};
	const dnsOf = async (connection: LdapConnection, request: LdapSearch): Promise<string[]> => {
		const dns: string[] = [];
		for await (const found of connection.search(request)) dns.push(found.dn);
		return dns;
	};
	const failureOf = async (work: Promise<unknown>): Promise<DomainError> => {
		const error: unknown = await work.then(
			() => undefined,
			(reason: unknown) => reason,
		);
		if (error instanceof DomainError) return error;
		throw new Error(`expected a DomainError, got ${String(error)}`);
	};

	it('goes on after an empty page with a cookie (ldapts trap 1)', async () => {
		const pages = new Map([
			['', { names: ['a', 'b'], next: 'two' }],
			['two', { names: [], next: 'three' }],
			['three', { names: ['c'], next: '' }],
		]);
		const server = await serve((request, socket) => {
			const page = request.base === 'ou=people' ? pages.get(String(request.pageCookie)) : undefined;
			for (const name of page?.names ?? []) socket.write(entry(request.id, `cn=${name}`, {}));
			if (page) socket.write(result(request.id, 0x65, { pageCookie: page.next }));
			return page !== undefined;
		});
		expect(await dnsOf(connect(scriptedSettings([server.url])), { ...people, pageSize: 2 })).toEqual([
			'cn=a',
			'cn=b',
			'cn=c',
		]);
	});

	it('passes intermediate responses on between entries of one chunk (ldapts trap 2)', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			socket.write(
				Buffer.concat([
					entry(request.id, 'cn=a', {}),
					intermediate(request.id, '1.3.6.1.4.1.4203.1.9.1.4', Buffer.from([0x80, 0x01, 0xff])),
					entry(request.id, 'cn=b', {}),
					result(request.id, 0x65),
				]),
			);
			return true;
		});
		const session = await LdapSession.open(server.url, scriptedSettings([server.url]));
		const received: ServerMessage[] = [];
		for await (const message of session.search(people)) received.push(message);
		session.close();
		expect(received.map(({ kind }) => kind)).toEqual(['entry', 'intermediate', 'entry', 'result']);
		expect(received[1]).toMatchObject({
			oid: '1.3.6.1.4.1.4203.1.9.1.4',
			value: Buffer.from([0x80, 0x01, 0xff]),
		});
	});

	it('reports search references and does not follow them', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			socket.write(reference(request.id, 'ldap://other.example.org/ou=people'));
			socket.write(result(request.id, 0x65));
			return true;
		});
		const references: string[] = [];
		const onReference = (uris: string[]): number => references.push(...uris);
		expect(await dnsOf(connect(scriptedSettings([server.url])), { ...people, onReference })).toEqual([]);
		expect(references).toEqual(['ldap://other.example.org/ou=people']);
	});

	it('abandons a search that is left early', async () => {
		const server = await serve((request, socket) => {
			if (request.base === 'ou=people') socket.write(entry(request.id, 'cn=a', {}));
			return request.base === 'ou=people';
		});
		const connection = connect(scriptedSettings([server.url]));
		for await (const found of connection.search(people)) {
			expect(found.dn).toBe('cn=a');
			break;
		}
		expect(await dnsOf(connection, { ...people, base: 'ou=groups' })).toEqual([]);
		expect(server.requests.slice(-2).map(({ operation }) => operation)).toEqual(['abandon', 'search']);
		expect(server.requests.filter(({ operation }) => operation === 'bind')).toHaveLength(1);
	});

	it('answers one search while the reader of another is slow', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			const photo = Buffer.alloc(50_000);
			for (let count = 0; count < 40; count++) socket.write(entry(request.id, 'cn=a', { photo: [photo] }));
			socket.write(result(request.id, 0x65));
			return true;
		});
		const connection = connect(scriptedSettings([server.url]));
		expect(await dnsOf(connection, people)).toHaveLength(40);
		let count = 0;
		for await (const found of connection.search(people)) {
			expect(found.dn).toBe('cn=a');
			if (count++ === 0) expect(await dnsOf(connection, { ...people, base: 'ou=groups' })).toEqual([]);
		}
		expect(count).toBe(40);
	});

	it('asks the server who it is each time: a dead socket may look well', async () => {
		const server = await serve(() => false);
		const connection = connect(scriptedSettings([server.url]));
		await connection.identity();
		const before = server.requests.length;
		await connection.identity();
		expect(server.requests.slice(before).map(({ base }) => base)).toEqual(['']);
	});

	it('adds the value that names an entry to its attributes', async () => {
		const server = await serve((request, socket) => {
			if (request.operation === 'add') socket.write(result(request.id, 0x69));
			return request.operation === 'add';
		});
		const connection = connect(scriptedSettings([server.url]));
		const add = jest.spyOn(connection, 'add');
		const tree = new LdapEntryTree(connection);
		const path = [{ attribute: 'cn', value: 'a,b' }];
		expect(await tree.add(path, 'ou=devices', { objectClass: ['device'] })).toBe('added');
		expect(await tree.add(path, 'ou=devices', { objectClass: ['device'], CN: ['other'] })).toBe('added');
		expect(add.mock.calls).toEqual([
			['cn=a\\,b,ou=devices,dc=example,dc=org', { objectClass: ['device'], cn: ['a,b'] }],
			['cn=a\\,b,ou=devices,dc=example,dc=org', { objectClass: ['device'], CN: ['a,b', 'other'] }],
		]);
	});

	it('takes answers in pieces of one byte', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			const bytes = Buffer.concat([
				entry(request.id, 'cn=a', { cn: ['ü'.repeat(300)] }),
				result(request.id, 0x65),
			]);
			for (let index = 0; index < bytes.length; index++) socket.write(bytes.subarray(index, index + 1));
			return true;
		});
		const connection = connect(scriptedSettings([server.url]));
		const found: string[][] = [];
		for await (const person of connection.search(people)) found.push(person.values('CN'));
		expect(found).toEqual([['ü'.repeat(300)]]);
	});

	it('tells of a server that accepts and never answers', async () => {
		const server = await serve(() => true);
		const connection = connect(scriptedSettings([server.url], { connectTimeoutMs: 60 }));
		const error = await failureOf(connection.identity());
		expect(error).toMatchObject({ code: 'ETIMEDOUT', recovery: 'retry', failure: 'temporarily-unavailable' });
	});

	it('gives up a search that stops in the middle, and does not use that socket again', async () => {
		let silent = true;
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			socket.write(entry(request.id, 'cn=a', {}));
			if (!silent) socket.write(result(request.id, 0x65));
			return true;
		});
		const connection = connect(scriptedSettings([server.url], { operationTimeoutMs: 60 }));
		expect(await failureOf(dnsOf(connection, people))).toMatchObject({ code: 'ETIMEDOUT' });
		silent = false;
		expect(await dnsOf(connection, people)).toEqual(['cn=a']);
		expect(server.requests.filter(({ operation }) => operation === 'bind')).toHaveLength(2);
	});

	it('lets a slow reader take longer than the time-out', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			socket.write(Buffer.concat([entry(request.id, 'cn=a', {}), entry(request.id, 'cn=b', {})]));
			socket.write(result(request.id, 0x65));
			return true;
		});
		const connection = connect(scriptedSettings([server.url], { operationTimeoutMs: 40 }));
		const dns: string[] = [];
		for await (const found of connection.search(people)) {
			dns.push(found.dn);
			await new Promise((resolve) => setTimeout(resolve, 60));
		}
		expect(dns).toEqual(['cn=a', 'cn=b']);
	});

	it('binds again before anything else on each new socket (ldapts trap 5)', async () => {
		const order: string[] = [];
		const server = await serve(({ operation, base }, socket) => {
			order.push(operation === 'search' ? `search ${base}` : operation);
			if (base === 'cn=last') socket.destroy();
			return base === 'cn=last';
		});
		const connection = connect(scriptedSettings([server.url]));
		await connection.read('cn=one', ['cn']);
		await failureOf(connection.read('cn=last', ['cn']));
		order.length = 0;
		await connection.read('cn=two', ['cn']);
		expect(order[0]).toBe('bind');
		expect(server.requests.filter(({ login }) => login).map(({ login }) => login?.password)).not.toContain(
			'',
		);
	});

	it('connects once however many operations come at the same time (ldapts trap 4)', async () => {
		const server = await serve(() => false);
		const connection = connect(scriptedSettings([server.url]));
		await Promise.all(['cn=a', 'cn=b', 'cn=c', 'cn=d'].map((dn) => connection.read(dn, ['cn'])));
		expect(server.requests.filter(({ operation }) => operation === 'bind')).toHaveLength(1);
	});

	it('sends no bind without a password (RFC 4513 §5.1.2)', async () => {
		const server = await serve(() => false);
		for (const lack of [{ password: '' }, { bindDn: '' }]) {
			const error = await failureOf(connect(scriptedSettings([server.url], lack)).identity());
			expect(error.failure).toBe('credential-invalid');
		}
		expect(server.requests).toEqual([]);
	});

	it('sends nothing in the clear when the security is LDAPS', async () => {
		const server = await serve(() => false);
		const error = await failureOf(connect(scriptedSettings([server.url], { security: 'ldaps' })).identity());
		expect(error.failure).toBe('credential-invalid');
		expect(server.requests).toEqual([]);
	});

	it('sends no password when the server refuses StartTLS', async () => {
		const server = await serve((request, socket) => {
			if (request.operation === 'extended') socket.write(result(request.id, 0x78, { code: 2 }));
			return request.operation === 'extended';
		});
		const error = await failureOf(
			connect(scriptedSettings([server.url], { security: 'startTls' })).identity(),
		);
		expect(error.code).toBe('2');
		expect(server.requests.map(({ operation }) => operation)).not.toContain('bind');
	});

	it('hides the password where a server echoes it', async () => {
		const server = await serve((request, socket) => {
			if (request.operation !== 'bind') return false;
			socket.write(
				result(request.id, 0x61, { code: 49, diagnostic: `wrong password "${request.login?.password}"` }),
			);
			return true;
		});
		const error = await failureOf(connect(scriptedSettings([server.url])).identity());
		expect(error.message).toContain('[hidden]');
		expect(JSON.stringify([error.message, error.advice, String(error.cause), error.stack])).not.toContain(
			'correct horse',
		);
	});

	it('says what a notice of disconnection said, and connects anew', async () => {
		const server = await serve((request, socket) => {
			if (request.base !== 'cn=one') return false;
			socket.end(result(0, 0x78, { code: 52, diagnostic: 'going down', oid: '1.3.6.1.4.1.1466.20036' }));
			return true;
		});
		const connection = connect(scriptedSettings([server.url]));
		const error = await failureOf(connection.read('cn=one', ['cn']));
		expect(error).toMatchObject({ code: '52', recovery: 'retry' });
		expect(error.message).toContain('going down');
		expect(await connection.read('cn=two', ['cn'])).toBeUndefined();
	});

	it('asks a read again that met a connection closed while it was idle, a write never', async () => {
		let close = false;
		let adds = 0;
		const server = await serve(({ operation, base }, socket) => {
			if (operation === 'add') adds++;
			if (!close || (operation !== 'add' && base !== 'cn=one')) return operation === 'add';
			close = false;
			socket.destroy();
			return true;
		});
		const connection = connect(scriptedSettings([server.url]));
		await connection.identity();
		close = true;
		expect(await connection.read('cn=one', ['cn'])).toBeUndefined();
		close = true;
		const error = await failureOf(connection.add('cn=x', { cn: ['x'] }));
		expect(error).toMatchObject({ code: 'ECONNRESET', recovery: 'retry' });
		expect(adds).toBe(1);
	});

	it('stays on the second server once the first is gone', async () => {
		const gone = await serve(() => false);
		await gone.stop();
		servers.splice(servers.indexOf(gone), 1);
		const second = await serve(() => false);
		const connection = connect(scriptedSettings([gone.url, second.url]));
		expect((await connection.identity()).endpoint).toBe(second.url);
		for (const socket of second.sockets) socket.destroy();
		expect((await connection.identity()).endpoint).toBe(second.url);
	});

	it('goes on to the next server when one is busy, but not with a refused password', async () => {
		const busy = await serve((request, socket) => {
			if (request.operation === 'bind') socket.write(result(request.id, 0x61, { code: 51 }));
			return request.operation === 'bind';
		});
		const strict = await serve((request, socket) => {
			if (request.operation === 'bind') socket.write(result(request.id, 0x61, { code: 49 }));
			return request.operation === 'bind';
		});
		const well = await serve(() => false);
		expect((await connect(scriptedSettings([busy.url, well.url])).identity()).endpoint).toBe(well.url);
		const error = await failureOf(connect(scriptedSettings([strict.url, well.url])).identity());
		expect(error.code).toBe('49');
	});

	// 19 and 53: what 389 DS answers for a locked and a disabled account. 32: for one that does not exist.
	it.each([
		[19, /does not let this account log in/, /locked/],
		[53, /does not let this account log in/, /disabled/],
		[32, /does not know the account/, /bind DN/],
		[48, /does not allow this account/, /password/],
		[14, /14/, /server log/],
	])(
		'takes a login refused with %s for what it is, and tries it nowhere else',
		async (code, message, advice) => {
			const strict = await serve((request, socket) => {
				if (request.operation === 'bind') socket.write(result(request.id, 0x61, { code, diagnostic: 'no' }));
				return request.operation === 'bind';
			});
			const replica = await serve(() => false);
			const error = await failureOf(connect(scriptedSettings([strict.url, replica.url])).identity());
			expect(error).toMatchObject({ code: String(code), recovery: 'abort', failure: 'credential-invalid' });
			expect(error.message).toMatch(message);
			expect(error.advice).toMatch(advice);
			expect(replica.requests).toEqual([]);
		},
	);

	it('names every server when none answers', async () => {
		const one = await serve(() => false);
		const two = await serve(() => false);
		await Promise.all([one.stop(), two.stop()]);
		servers.length = 0;
		const error = await failureOf(connect(scriptedSettings([one.url, two.url])).identity());
		expect(error.message).toContain(one.url);
		expect(error.message).toContain(two.url);
		expect(error).toMatchObject({ code: 'ECONNREFUSED', recovery: 'retry' });
	});

	it('fails at once on bytes that are not LDAP', async () => {
		const server = await serve((_request, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
		const error = await failureOf(connect(scriptedSettings([server.url])).identity());
		expect(error.message).toContain('not LDAP');
	});

	it.each([
		['an element that is longer than its message', '300c02010764070484ffffffff0000'],
		['a length that wraps around', '300c02010764073084ffffffff0000'],
		['an entry that is cut short', '3009020107640404046162'],
		['an unknown operation', '30050201077f00'],
	])('fails at once on %s', async (_name, hex) => {
		const server = await serve((request, socket) => {
			if (request.base !== 'ou=people') return false;
			socket.write(Buffer.from(hex, 'hex'));
			return true;
		});
		expect((await failureOf(dnsOf(connect(scriptedSettings([server.url])), people))).message).toMatch(
			/not LDAP/,
		);
	});

	it('collects all pieces of a ranged attribute (ldapts trap 9)', async () => {
		const group = {
			dn: 'cn=big,dc=example,dc=org',
			members: [...Array(7).keys()].map((n) => `cn=m${n},dc=example,dc=org`),
		};
		const server = await serve((request, socket) => {
			const ranged = /^member;range=(\d+)-\*$/.exec(request.attributes.at(-1) ?? '')?.[1];
			const isGroup = request.base === group.dn;
			if (!isGroup) return false;
			const start = Number(ranged ?? 0);
			const last = start + 3 >= group.members.length;
			const name = `member;range=${start}-${last ? '*' : start + 2}`;
			const attributes = { cn: ['big'], member: [], [name]: group.members.slice(start, start + 3) };
			socket.write(entry(request.id, group.dn, attributes));
			socket.write(result(request.id, 0x65));
			return true;
		});
		const client = new LdapDirectoryClient(connect(scriptedSettings([server.url])));
		for await (const found of client.persons({
			memberOf: { groups: [{ by: 'dn', value: group.dn }], nested: false },
		})) {
			throw new Error(`nobody answers here, but found ${found.person.dn}`);
		}
		const asked = server.requests.map(({ base }) => base).filter((base) => base.startsWith('cn=m'));
		expect(asked).toEqual(group.members);
	});

	it('collects all pieces of a ranged attribute of a person', async () => {
		const dn = 'cn=ann,dc=example,dc=org';
		const server = await serve((request, socket) => {
			if (request.base !== dn) return false;
			const isRest = request.attributes.some((name) => name.startsWith('memberOf;range=2'));
			const piece: Record<string, string[]> = isRest
				? { 'memberOf;range=2-*': ['cn=c'] }
				: { 'memberOf;range=0-1': ['cn=a', 'cn=b'] };
			socket.write(entry(request.id, dn, { uid: ['ann'], ...piece }));
			socket.write(result(request.id, 0x65));
			return true;
		});
		const client = new LdapDirectoryClient(connect(scriptedSettings([server.url])));
		const person = await client.person({ by: 'dn', value: dn }, ['memberOf']);
		expect(person?.attributes).toEqual({ memberOf: ['cn=a', 'cn=b', 'cn=c'] });
	});
});
