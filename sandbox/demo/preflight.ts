import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem } from 'node:os';

import { n8nIsInstalled } from '../n8n.ts';
import { slapdBinary } from '../openldap/slapd.config.ts';
import type { DirectoryName } from './directories.ts';

const GIGABYTE = 2 ** 30;

export interface Preflight {
	/** Each makes a start impossible. */
	problems: string[];
	/** Worth knowing. */
	notes: string[];
}

/** Whether the machine has what the demo needs, and what the first start will download. */
export async function checkMachine(projectRoot: string, directory: DirectoryName): Promise<Preflight> {
	const problems: string[] = [];
	const notes: string[] = [];
	if (Number(process.versions.node.split('.')[0]) < 24) {
		problems.push(
			`n8n needs Node.js 24; this is ${process.version}. Start with "npm run demo", which brings its own.`,
		);
	}
	const installed = n8nIsInstalled(projectRoot);
	const neededDisk = installed ? 0.5 : 4;
	const { bavail, bsize } = await statfs(projectRoot);
	const freeDisk = (bavail * bsize) / GIGABYTE;
	if (freeDisk < neededDisk) {
		problems.push(
			`${freeDisk.toFixed(1)} GB of disk are free in ${projectRoot}, ${neededDisk} GB are needed.`,
		);
	}
	const freeMemory = freemem() / GIGABYTE;
	if (freeMemory < 0.7)
		problems.push(`${freeMemory.toFixed(1)} GB of memory are free, the demo takes about 0.7 GB.`);
	else if (freeMemory < 1.5)
		notes.push(`Only ${freeMemory.toFixed(1)} GB of memory are free: starting may be slow.`);
	if (!installed) {
		notes.push(
			'First start: downloads n8n 2.41.1 into sandbox/node_modules (about 600 MB, 2.8 GB on disk) and builds its database driver: 3 to 9 minutes.',
		);
	}
	const slapd = directory === 'openldap' ? slapdProblem() : undefined;
	if (slapd !== undefined) problems.push(slapd);
	return { problems, notes };
}

/** The wanted port, or 0 (any) with a note when something listens there. */
export async function portOrAny(wanted: number, what: string, notes: string[]): Promise<number> {
	const free = await new Promise<boolean>((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(true)));
	});
	if (free) return wanted;
	notes.push(`Port ${wanted} is taken: ${what} gets another one.`);
	return 0;
}

/** Undefined when slapd is there, or could be installed just now. */
function slapdProblem(): string | undefined {
	if (findsSlapd()) return undefined;
	const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
	if (!mayInstall) {
		return 'OpenLDAP (slapd) is not installed: start without "--directory openldap", or install it. On Debian or Ubuntu: "sudo apt-get install slapd ldap-utils"; elsewhere the package is called openldap-servers or openldap.';
	}
	process.stdout.write('Installing OpenLDAP with apt …\n');
	const { status, stderr } = spawnSync('bash', ['-c', INSTALL_SLAPD], { encoding: 'utf8' });
	return status === 0 && findsSlapd()
		? undefined
		: `OpenLDAP (slapd) could not be installed with apt: ${stderr.trim()}`;
}

function findsSlapd(): boolean {
	try {
		return slapdBinary() !== '';
	} catch {
		// Its error says how to install it; we say that ourselves, or install it.
		return false;
	}
}

/** Nothing may start by itself: the machine gets the program, not a directory server of its own. */
const INSTALL_SLAPD = `set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then printf '#!/bin/sh\\nexit 101\\n' > "$policy"; chmod +x "$policy"; trap 'rm -f "$policy"' EXIT; fi
echo "slapd slapd/no_configuration boolean true" | debconf-set-selections
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slapd ldap-utils > /dev/null`;
