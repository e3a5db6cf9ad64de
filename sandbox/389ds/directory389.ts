import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Attribute, Change, Client } from 'ldapts';

import { endWithUs } from '../openldap/endWithUs.ts';
import { freePort } from '../openldap/freePort.ts';
import { answersLdap } from '../openldap/ldapReadiness.ts';
import {
	ADMIN_DN,
	ADMIN_PASSWORD,
	BASE_DN,
	FOLDERS,
	WATCHER_DN,
	WATCHER_PASSWORD,
	baseEntries,
	baseLdif,
	CHANGELOG_ACI,
	dseLdif,
} from './dse.config.ts';
import type { Directory389Options } from './dse.config.ts';

/** It answers within a second on an idle machine; a busy one may take its time. */
const READY_WITHIN_MS = 30_000;
const CONFIGURATION = '/etc/dirsrv';

export const directory389Binary = '/usr/sbin/ns-slapd';

export interface Directory389 {
	url: string;
	baseDn: string;
	adminDn: string;
	adminPassword: string;
	watcherDn: string;
	watcherPassword: string;
	/** Also removes the folder. */
	stop(): Promise<void>;
	/** SIGKILL: as after a power cut. */
	kill(): Promise<void>;
	/** Up again on the same port with the same entries, whether it was running or killed. */
	restart(): Promise<void>;
}

/** A throw-away 389 Directory Server on 127.0.0.1 that ends with this process. */
export async function startDirectory389(options: Directory389Options = {}): Promise<Directory389> {
	if (!existsSync(directory389Binary)) {
		throw new Error('389 DS was not found. Install it, e.g. "apt-get install 389-ds-base".');
	}
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-389ds-'));
	const port = await freePort();
	await prepare(folder, port, options);
	let child = await launch(folder, port);
	if (options.seedLdif !== undefined) {
		// The database is made at the first start.
		await ended(child, 'SIGTERM');
		await importLdif(folder, options.seedLdif);
		child = await launch(folder, port);
	}
	const url = `ldap://127.0.0.1:${port}`;
	const end = (signal: NodeJS.Signals): Promise<void> => ended(child, signal);
	const stop = async (): Promise<void> => {
		await end('SIGTERM');
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await load(url, options);
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		url,
		baseDn: BASE_DN,
		adminDn: ADMIN_DN,
		adminPassword: ADMIN_PASSWORD,
		watcherDn: WATCHER_DN,
		watcherPassword: WATCHER_PASSWORD,
		stop,
		kill: () => end('SIGKILL'),
		async restart() {
			await end('SIGTERM');
			child = await launch(folder, port);
		},
	};
}

async function prepare(folder: string, port: number, options: Directory389Options): Promise<void> {
	for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
	for (const name of ['certmap.conf', 'slapd-collations.conf']) {
		await copyFile(join(CONFIGURATION, 'config', name), join(folder, 'etc', name));
	}
	await copyFile(join(CONFIGURATION, 'schema/99user.ldif'), join(folder, 'etc/schema/99user.ldif'));
	await writeFile(join(folder, 'etc/dse.ldif'), await dseLdif(folder, port, options), { mode: 0o600 });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.ref();
	const exited = once(child, 'exit');
	child.kill(signal);
	await exited;
}

async function importLdif(folder: string, seedLdif: string): Promise<void> {
	const ldif = join(folder, 'ldif/seed.ldif');
	await writeFile(ldif, `${baseLdif()}\n\n${seedLdif}\n`);
	const child = spawn(
		directory389Binary,
		['ldif2db', '-D', join(folder, 'etc'), '-n', 'userroot', '-i', ldif],
		{ stdio: 'ignore' },
	);
	const [code] = await once(child, 'exit');
	if (code !== 0) throw new Error(`The entries could not be imported. See ${join(folder, 'log/errors')}.`);
}

async function launch(folder: string, port: number): Promise<ChildProcess> {
	// -d keeps it in the foreground, as our child.
	const child = spawn(directory389Binary, ['-D', join(folder, 'etc'), '-i', join(folder, 'pid'), '-d', '0'], {
		stdio: 'ignore',
	});
	await once(child, 'spawn');
	endWithUs(child);
	const deadline = Date.now() + READY_WITHIN_MS;
	while (!(await answersLdap(port))) {
		if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
			child.kill('SIGKILL');
			throw new Error(
				`389 DS did not start on port ${port}. The reason is in ${join(folder, 'log/errors')}.`,
			);
		}
		await pause(20);
	}
	child.unref();
	return child;
}

async function load(url: string, options: Directory389Options): Promise<void> {
	const client = new Client({ url });
	try {
		await client.bind(ADMIN_DN, ADMIN_PASSWORD);
		if (options.seedLdif === undefined)
			for (const [dn, attributes] of baseEntries()) await client.add(dn, attributes);
		if (options.changelog && options.changelogReadable !== false) await allowChangelog(client);
	} finally {
		await client.unbind();
	}
}

/** On the log's own top entry, which the plug-in makes. */
async function allowChangelog(client: Client): Promise<void> {
	const aci = new Attribute({ type: 'aci', values: [CHANGELOG_ACI] });
	await client.modify('cn=changelog', new Change({ operation: 'add', modification: aci }));
}
