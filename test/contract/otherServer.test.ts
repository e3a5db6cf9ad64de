import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { eventually } from '../support/eventually';
import { ldapSettings } from '../support/ldap';
import { EVERYTHING } from './changeStrategy.contract';
import { ContractReader } from './contractReader';

/** What becomes of a position when the credential's second URL answers: a replica of the first server. */
describe('a second OpenLDAP server that answers instead of the first', () => {
	const ended: Array<() => Promise<unknown>> = [];
	/** The last started first. */
	afterEach(async () => {
		for (const end of ended.splice(0).reverse()) await end();
	});

	/** Two servers of one directory: all that is written to the first is replicated to the second, which records it as well. */
	async function replicated(accesslog: boolean): Promise<{ first: Slapd; second: Slapd }> {
		const first = await startSlapd({ accesslog });
		ended.push(() => first.stop());
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-replica-'));
		ended.push(() => rm(folder, { recursive: true, force: true }));
		const admin = new DirectoryAdmin(first);
		await admin.addPerson('before');
		await admin.close();
		await first.kill();
		await cp(first.folder, folder, { recursive: true });
		await first.restart();
		const second = await startSlapd({ accesslog, folder });
		ended.push(() => second.stop());
		const configuration = join(folder, 'slapd.conf');
		const text = await readFile(configuration, 'utf8');
		const consumer = `syncrepl rid=001 provider=${first.url} type=refreshAndPersist retry="1 +" searchbase="${first.baseDn}" bindmethod=simple binddn="${first.adminDn}" credentials=${first.adminPassword}`;
		await writeFile(
			configuration,
			text.replace('serverID 1', 'serverID 2').replace('overlay ppolicy', `${consumer}\n$&`),
		);
		await second.restart();
		return { first, second };
	}

	it.each([
		['access log', 'accessLog', true],
		['cookie', 'syncRepl', false],
	])(
		'goes on from the %s of the first, and tells each change once',
		async (_, name, accesslog) => {
			const { first, second } = await replicated(accesslog);
			const [admin, replica] = [new DirectoryAdmin(first), new DirectoryAdmin(second)];
			ended.push(
				() => admin.close(),
				() => replica.close(),
			);
			const urls = [first.url, second.url];
			const session = await openLdapWatch(ldapSettings(first, { urls }), EVERYTHING);
			ended.push(() => session.close());
			expect(session.strategy.name).toBe(name);
			const reader = await ContractReader.from(session);
			const told = async () => (await reader.read()).map(({ operation, dn }) => `${operation} ${dn}`);
			const one = await admin.addPerson('one');
			expect(await told()).toEqual([`created ${one}`]);
			await admin.logIn();
			const two = await admin.addPerson('two');
			await eventually('replication', () => replica.connection.read(two, ['cn']));
			await first.kill();
			// As the watcher does: the first question finds the other server.
			expect(await reader.strategy.verify(reader.cursor)).toEqual({ intact: true });
			expect(await told()).toEqual([`created ${two}`]);
			expect(await told()).toEqual([]);
			const elsewhere = await openLdapWatch(ldapSettings(second), EVERYTHING);
			ended.push(() => elsewhere.close());
			expect(elsewhere.identity.directoryId).toBe(session.identity.directoryId);
		},
		60_000,
	);
});
