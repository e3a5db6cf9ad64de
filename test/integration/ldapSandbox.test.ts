import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { answersLdap } from '../../sandbox/openldap/ldapReadiness';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { adminSettings, ldapSettings } from '../support/ldap';

describe('the throw-away slapd', () => {
	it('keeps what was written over stop, kill and restart, on the same port', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-test-'));
		const slapd = await startSlapd({ folder });
		const admin = openLdapConnection(adminSettings(slapd));
		await admin.add(`uid=anna,ou=people,${slapd.baseDn}`, { objectClass: ['account'], uid: ['anna'] });
		const before = slapd.pid;
		await slapd.kill();
		expect(await answersLdap(slapd.port)).toBe(false);
		await slapd.restart();
		expect(slapd.pid).not.toBe(before);
		expect(await admin.read(`uid=anna,ou=people,${slapd.baseDn}`, ['uid'])).toBeDefined();
		await slapd.stop();
		const again = await startSlapd({ folder, port: slapd.port });
		expect(await admin.read(`uid=anna,ou=people,${slapd.baseDn}`, ['uid'])).toBeDefined();
		await admin.close();
		await again.stop();
		await rm(folder, { recursive: true });
	});

	it('refuses a port that another server holds, and names it', async () => {
		const slapd = await startSlapd();
		await expect(startSlapd({ port: slapd.port })).rejects.toThrow(String(slapd.port));
		await slapd.stop();
	});

	it('ends the server that a killed run left on its folder', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'directory-push-test-'));
		const stale = await startSlapd({ folder });
		const slapd = await startSlapd({ folder });
		expect(await answersLdap(stale.port)).toBe(false);
		expect(await answersLdap(slapd.port)).toBe(true);
		await slapd.stop();
		await rm(folder, { recursive: true });
	});

	it('ends when the process that started it is killed', async () => {
		const script = `import { startSlapd } from ${JSON.stringify(join(process.cwd(), 'sandbox/openldap/slapd.ts'))};
			const slapd = await startSlapd();
			process.stdout.write(JSON.stringify([slapd.port, slapd.folder]) + '\\n');
			setInterval(() => undefined, 1000);`;
		const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [line] = (await once(createInterface(starter.stdout), 'line')) as [string];
		const [port, folder] = JSON.parse(line) as [number, string];
		const pid = Number(await readFile(join(folder, 'slapd.pid'), 'utf8'));
		expect(await answersLdap(port)).toBe(true);
		starter.kill('SIGKILL');
		await once(starter, 'exit');
		while (await answersLdap(port)) await new Promise((resolve) => setImmediate(resolve));
		expect(pid).toBeGreaterThan(1);
		await rm(folder, { recursive: true });
	});

	it('keeps memberOf where asked to, and logs changes in the accesslog', async () => {
		const slapd = await startSlapd({ memberof: true });
		const admin = openLdapConnection(adminSettings(slapd));
		const anna = `uid=anna,ou=people,${slapd.baseDn}`;
		const nurses = `cn=nurses,ou=groups,${slapd.baseDn}`;
		await admin.add(anna, { objectClass: ['inetOrgPerson'], uid: ['anna'], cn: ['Anna'], sn: ['A'] });
		await admin.add(nurses, { objectClass: ['groupOfNames'], cn: ['nurses'], member: [anna] });
		expect((await admin.read(anna, ['memberOf']))?.values('memberOf')).toEqual([nurses]);
		const watcher = openLdapConnection(ldapSettings(slapd));
		const logged: string[] = [];
		const filter = { kind: 'equals', attribute: 'objectClass', value: 'auditAdd' } as const;
		for await (const entry of watcher.search({
			base: 'cn=accesslog',
			scope: 'one',
			filter,
			attributes: ['reqDN'],
		})) {
			logged.push(...entry.values('reqDN'));
		}
		expect(logged).toEqual([anna, nurses]);
		await Promise.all([admin.close(), watcher.close()]);
		await slapd.stop();
	});

	it('runs without an accesslog where asked to', async () => {
		const slapd = await startSlapd({ accesslog: false });
		const watcher = openLdapConnection(ldapSettings(slapd));
		expect((await watcher.rootDse()).namingContexts).toEqual([slapd.baseDn]);
		await watcher.close();
		await slapd.stop();
	});
});
