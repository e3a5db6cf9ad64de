import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Client } from 'ldapts';

import { writeCertificates } from '../openldap/certificates.ts';
import { endWithUs } from '../openldap/endWithUs.ts';
import { answersLdap } from '../openldap/ldapReadiness.ts';
import {
	ADMIN_DN,
	ADMIN_PASSWORD,
	BASE_DN,
	CONTROLLER_DN,
	DELETION_READER_DN,
	WATCHER_DN,
	WATCHER_PASSWORD,
	deletedObjectsLdif,
	furnish,
	provisionArguments,
	serverOptions,
	sidOf,
} from './samba.config.ts';

const run = promisify(execFile);
/** It answers within two seconds on an idle machine; a busy one may take its time. */
const READY_WITHIN_MS = 60_000;
const LDAP = 389;
const LDAPS = 636;
const FOLDERS = ['cache', 'pid', 'ncalrpc', 'log'];

const sambaBinary = '/usr/sbin/samba';
const sambaTool = '/usr/bin/samba-tool';
const ldbModify = '/usr/bin/ldbmodify';
/** What a new domain is made from: a package of its own. */
const provisionTemplates = '/usr/share/samba/setup/provision.ldif';

/** Why no Samba can be started here; undefined = one can. */
export function sambaObstacle(): string | undefined {
	if (![sambaBinary, sambaTool, ldbModify, provisionTemplates].every((path) => existsSync(path)))
		return 'Samba was not found. Install it, e.g. "apt-get install samba samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba ldb-tools".';
	if (process.getuid?.() !== 0)
		return 'Samba listens on port 389 and no other, which needs root. Run this as root.';
	return undefined;
}

export interface SambaOptions {
	/** A domain of its own, with ids that no other server of this process has. Takes some seconds more. */
	freshDomain?: boolean;
}

export interface Samba {
	url: string;
	ldapsUrl: string;
	baseDn: string;
	adminDn: string;
	adminPassword: string;
	/** A plain user of the domain. */
	watcherDn: string;
	watcherPassword: string;
	/** One that may list deleted objects as well; with the watcher's password. */
	deletionReaderDn: string;
	/** PEM of the authority that signed the server's certificate. */
	caPem: string;
	folder: string;
	/** In good order; also removes the folder. */
	stop(): Promise<void>;
	/** SIGKILL: as after a power cut. */
	kill(): Promise<void>;
	/** Up again on the same address with the same entries, whether it was running or killed. */
	restart(): Promise<void>;
	/** As a domain controller that was restored from a backup: its database counts anew, under another id. */
	beRestored(): Promise<void>;
}

/**
 * A throw-away Active Directory domain controller that ends with this process. Samba knows no other ports than 389 and 636, so it
 * gets a loopback address of its own. Needs root and Linux, where all of 127.0.0.0/8 is there.
 */
export async function startSamba(options: SambaOptions = {}): Promise<Samba> {
	const obstacle = sambaObstacle();
	if (obstacle !== undefined) throw new Error(obstacle);
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-samba-'));
	const address = await freeAddress();
	const url = `ldap://${address}:${LDAP}`;
	const ldapsUrl = `ldaps://${address}:${LDAPS}`;
	if (options.freshDomain === true) await makeDomain(folder);
	else await copyDomain(await sharedDomain(), folder);
	const { caPem } = await writeCertificates(folder, [address]);
	let child = await launch(folder, address);
	const end = async (signal: NodeJS.Signals): Promise<void> => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.ref();
		const exited = once(child, 'exit');
		child.kill(signal);
		await exited;
	};
	const stop = async (): Promise<void> => {
		await end('SIGTERM');
		await rm(folder, { recursive: true, force: true });
	};
	return {
		url,
		ldapsUrl,
		baseDn: BASE_DN,
		adminDn: ADMIN_DN,
		adminPassword: ADMIN_PASSWORD,
		watcherDn: WATCHER_DN,
		watcherPassword: WATCHER_PASSWORD,
		deletionReaderDn: DELETION_READER_DN,
		caPem,
		folder,
		stop,
		kill: () => end('SIGKILL'),
		async restart() {
			await end('SIGTERM');
			child = await launch(folder, address);
		},
		async beRestored() {
			await end('SIGTERM');
			await changeInvocation(folder);
			child = await launch(folder, address);
		},
	};
}

/** Only one domain a process is provisioned; others are copies of it. Gone with the process, however that ends. */
let shared: Promise<string> | undefined;
const sharedDomain = (): Promise<string> => (shared ??= provisionShared());

async function provisionShared(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-samba-domain-'));
	const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; rm -rf "$1"', 'sh', folder], {
		stdio: ['pipe', 'ignore', 'ignore'],
	});
	guard.unref();
	if (guard.stdin instanceof Socket) guard.stdin.unref();
	await makeDomain(folder);
	return folder;
}

/** Furnished by a server that runs for a moment: passwords and rights cannot be set otherwise. */
async function makeDomain(folder: string): Promise<void> {
	await run(sambaTool, provisionArguments(folder), { maxBuffer: 10_000_000 });
	for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
	const address = await freeAddress();
	const { caPem } = await writeCertificates(folder, [address]);
	const child = await launch(folder, address);
	const client = new Client({ url: `ldaps://${address}:${LDAPS}`, tlsOptions: { ca: [caPem] } });
	try {
		await client.bind(ADMIN_DN, ADMIN_PASSWORD);
		await furnish(client);
		await modifyOffline(folder, deletedObjectsLdif(await sidOf(client, DELETION_READER_DN)));
	} finally {
		await client.unbind();
		child.ref();
		const exited = once(child, 'exit');
		child.kill('SIGTERM');
		await exited;
	}
}

/** A new database id, as after a restore (MS-ADTS §3.1.1.1.9). */
const changeInvocation = (folder: string): Promise<void> =>
	modifyOffline(
		folder,
		[
			`dn: ${CONTROLLER_DN}`,
			'changetype: modify',
			'replace: invocationId',
			`invocationId:: ${randomBytes(16).toString('base64')}`,
			'',
		].join('\n'),
	);

/** In the database itself: over LDAP nobody may. */
async function modifyOffline(folder: string, ldif: string): Promise<void> {
	const file = join(folder, 'change.ldif');
	await writeFile(file, ldif);
	const database = join(folder, 'private/sam.ldb');
	await run(ldbModify, ['-H', database, '--relax', '--controls=show_deleted:1', file]);
}

/** The only place where the folder is named is smb.conf. Sockets of the server that ran in it stay behind. */
async function copyDomain(from: string, to: string): Promise<void> {
	const filter = async (file: string): Promise<boolean> => !(await lstat(file)).isSocket();
	await cp(from, to, { recursive: true, filter });
	const settings = join(to, 'etc/smb.conf');
	await writeFile(settings, (await readFile(settings, 'utf8')).replaceAll(from, to));
}

/** One of the loopback addresses that nobody uses, so that servers of parallel tests do not meet. */
async function freeAddress(): Promise<string> {
	for (let attempt = 0; attempt < 50; attempt++) {
		const address = `127.${randomInt(64, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
		if ((await isFree(address, LDAP)) && (await isFree(address, LDAPS))) return address;
	}
	throw new Error('No loopback address has its LDAP ports free: another program listens on all of them.');
}

const isFree = (host: string, port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, host, () => server.close(() => resolve(true)));
	});

async function launch(folder: string, address: string): Promise<ChildProcess> {
	const settings = join(folder, 'etc/smb.conf');
	const child = spawn(
		sambaBinary,
		['-F', '-M', 'single', '--no-process-group', '-s', settings, ...serverOptions(folder, address)],
		{ stdio: 'ignore' },
	);
	await once(child, 'spawn');
	endWithUs(child);
	const deadline = Date.now() + READY_WITHIN_MS;
	while (!(await answersLdap(LDAP, address))) {
		if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
			child.kill('SIGKILL');
			throw new Error(
				`Samba did not start on ${address}. The reason is in ${join(folder, 'log/samba.log')}.`,
			);
		}
		await pause(20);
	}
	child.unref();
	return child;
}
