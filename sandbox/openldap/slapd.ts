import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { writeCertificates } from './certificates.ts';
import { endWithUs } from './endWithUs.ts';
import { freePort } from './freePort.ts';
import { answersLdap } from './ldapReadiness.ts';
import {
	ADMIN_DN,
	ADMIN_PASSWORD,
	BASE_DN,
	WATCHER_DN,
	WATCHER_PASSWORD,
	baseLdif,
	slapdBinary,
	slapdConfigurationText,
} from './slapd.config.ts';

const run = promisify(execFile);
/** slapd answers within 50 ms on an idle machine; a busy one may take its time. */
const READY_WITHIN_MS = 20_000;

export interface SlapdOptions {
	/** Default: any free one. */
	port?: number;
	/** Kept after stop(); a folder that already holds a directory is started as it is. Default: a temporary one, removed by stop(). */
	folder?: string;
	/** Default true. */
	accesslog?: boolean;
	/** Whether the access log keeps values from before. Default true. */
	logold?: boolean;
	/** Whether the access log tells of writes as they happen. Default true. */
	logSyncprov?: boolean;
	/** The memberof and refint overlays. Default false. */
	memberof?: boolean;
	/** StartTLS and ldaps with a certificate of an authority of our own. `hostNames` default to 127.0.0.1 and localhost. */
	tls?: boolean | { hostNames: string[] };
	/** Entries below the base DN, loaded before a new directory starts. */
	seedLdif?: string;
	/** Largest number of entries a search of the service account may return. */
	sizeLimit?: number;
}

export interface Slapd {
	url: string;
	ldapsUrl?: string;
	port: number;
	folder: string;
	baseDn: string;
	adminDn: string;
	adminPassword: string;
	watcherDn: string;
	watcherPassword: string;
	/** PEM of the authority that signed the server's certificate. */
	caPem?: string;
	readonly pid: number;
	/** In good order; the port is free afterwards. */
	stop(): Promise<void>;
	/** SIGKILL: as after a power cut. */
	kill(): Promise<void>;
	/** Up again on the same port with the same entries, whether it was running, stopped or killed. */
	restart(): Promise<void>;
}

interface Place {
	folder: string;
	temporary: boolean;
	port: number;
	listen: string[];
	caPem?: string;
	ldapsUrl?: string;
}

/** A throw-away OpenLDAP server on 127.0.0.1 that ends with this process. */
export async function startSlapd(options: SlapdOptions = {}): Promise<Slapd> {
	const place = await prepare(options);
	let child = await launch(place);
	const end = async (signal: NodeJS.Signals): Promise<void> => {
		if (child.exitCode !== null || child.signalCode !== null) return;
		child.ref();
		const exited = once(child, 'exit');
		child.kill(signal);
		await exited;
	};
	return {
		url: `ldap://127.0.0.1:${place.port}`,
		ldapsUrl: place.ldapsUrl,
		port: place.port,
		folder: place.folder,
		baseDn: BASE_DN,
		adminDn: ADMIN_DN,
		adminPassword: ADMIN_PASSWORD,
		watcherDn: WATCHER_DN,
		watcherPassword: WATCHER_PASSWORD,
		caPem: place.caPem,
		get pid() {
			return child.pid ?? -1;
		},
		async stop() {
			await end('SIGTERM');
			if (place.temporary) await rm(place.folder, { recursive: true, force: true });
		},
		kill: () => end('SIGKILL'),
		async restart() {
			await end('SIGTERM');
			child = await launch(place);
		},
	};
}

async function prepare(options: SlapdOptions): Promise<Place> {
	const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'directory-push-slapd-')));
	await mkdir(join(folder, 'db'), { recursive: true });
	await mkdir(join(folder, 'log'), { recursive: true });
	await endStaleServer(folder);
	const port = options.port ?? (await freePort());
	if (await answersLdap(port)) {
		throw new Error(`Port ${port} is taken by another LDAP server. Stop it or choose another port.`);
	}
	const place: Place = {
		folder,
		temporary: options.folder === undefined,
		port,
		listen: [`ldap://127.0.0.1:${port}`],
	};
	const tls = await secure(options, place);
	await writeFile(
		join(folder, 'slapd.conf'),
		slapdConfigurationText({
			folder,
			accesslog: options.accesslog ?? true,
			logold: options.logold ?? true,
			logSyncprov: options.logSyncprov ?? true,
			memberof: options.memberof ?? false,
			sizeLimit: options.sizeLimit,
			tls,
		}),
		{ mode: 0o600 },
	);
	if (!existsSync(join(folder, 'db', 'data.mdb'))) await load(folder, options.seedLdif);
	return place;
}

async function secure(options: SlapdOptions, place: Place) {
	if (!options.tls) return undefined;
	const hostNames = options.tls === true ? ['127.0.0.1', 'localhost'] : options.tls.hostNames;
	const files = await writeCertificates(place.folder, hostNames);
	const ldapsPort = await freePort();
	place.ldapsUrl = `ldaps://127.0.0.1:${ldapsPort}`;
	place.listen.push(place.ldapsUrl);
	place.caPem = files.caPem;
	return files;
}

/** slapadd(8): fast, and not recorded in the access log, as entries that were there long before. */
async function load(folder: string, seedLdif: string | undefined): Promise<void> {
	const ldif = join(folder, 'seed.ldif');
	await writeFile(ldif, `${baseLdif()}\n${seedLdif ?? ''}`);
	await run(slapdBinary(), ['-T', 'add', '-q', '-f', join(folder, 'slapd.conf'), '-b', BASE_DN, '-l', ldif]);
}

/** A server that an earlier, killed run left behind on this very folder: two on one database would harm it. */
async function endStaleServer(folder: string): Promise<void> {
	const pidFile = join(folder, 'slapd.pid');
	if (!existsSync(pidFile)) return;
	const pid = Number(readFileSync(pidFile, 'utf8').trim());
	if (Number.isInteger(pid) && pid > 1 && servesFolder(pid, folder)) {
		process.kill(pid, 'SIGTERM');
		for (const deadline = Date.now() + READY_WITHIN_MS; servesFolder(pid, folder) && Date.now() < deadline;) {
			await pause(20);
		}
	}
	await rm(pidFile, { force: true });
}

/** Process ids are used again: only one whose command line names our folder is ours. */
function servesFolder(pid: number, folder: string): boolean {
	const commandLine = `/proc/${pid}/cmdline`;
	return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(join(folder, 'slapd.conf'));
}

async function launch(place: Place): Promise<ChildProcess> {
	const child = spawn(
		slapdBinary(),
		['-d', '0', '-f', join(place.folder, 'slapd.conf'), '-h', place.listen.join(' '), '-n', 'slapd-sandbox'],
		{ stdio: ['ignore', 'ignore', 'pipe'] },
	);
	let complaint = '';
	child.stderr.on('data', (bytes: Buffer) => {
		complaint = (complaint + bytes.toString()).slice(-2000);
	});
	await once(child, 'spawn');
	endWithUs(child);
	const deadline = Date.now() + READY_WITHIN_MS;
	while (!(await answersLdap(place.port))) {
		if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
			child.kill('SIGKILL');
			throw new Error(
				`slapd did not start on port ${place.port}: ${complaint.trim() || 'it gave no reason'}`,
			);
		}
		await pause(10);
	}
	// A server that somebody forgot to stop must not keep this process alive.
	child.unref();
	if (child.stderr instanceof Socket) child.stderr.unref();
	return child;
}
