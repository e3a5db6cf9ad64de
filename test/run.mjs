/**
 * `npm test`: every check, in the order in which a failure is cheapest to find, with the minutes each took.
 * `node test/run.mjs unit e2e` runs just those. Installs the servers it needs where it may (apt, as root); elsewhere it skips
 * what needs them and says so. Under CI=true a missing server is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const results = path.join(root, 'test', 'results');
const ci = process.env.CI === 'true';
const say = (text) => process.stdout.write(`${text}\n`);
const bin = (name) => path.join(root, 'node_modules', '.bin', name);

/** Any of `paths`, and all of `parts`. */
const PROGRAMS = {
	slapd: { paths: ['/usr/sbin/slapd', '/usr/lib/openldap/slapd'], packages: ['slapd', 'ldap-utils'] },
	'ns-slapd': { paths: ['/usr/sbin/ns-slapd'], packages: ['389-ds-base'] },
	samba: {
		paths: ['/usr/sbin/samba'],
		parts: [
			'/usr/bin/samba-tool',
			'/usr/bin/ldbmodify',
			'/usr/share/samba/setup/provision.ldif',
			`/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/samba/vfs/posix_eadb.so`,
		],
		packages: ['samba', 'samba-ad-provision', 'samba-dsdb-modules', 'samba-vfs-modules', 'python3-samba'],
	},
	chromium: {
		paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser'],
		packages: ['chromium', 'fonts-dejavu-core'],
	},
};

/** `wants`: single tests skip themselves without it. */
const CHECKS = {
	build: { command: ['npm', ['run', '--silent', 'build']] },
	lint: { command: ['npm', ['run', '--silent', 'lint']] },
	types: { command: ['npm', ['run', '--silent', 'types']] },
	layers: { command: ['npm', ['run', '--silent', 'layers']] },
	unit: { jest: true },
	contract: { jest: true, needs: ['slapd'], wants: ['ns-slapd', 'samba'] },
	integration: { jest: true, needs: ['slapd', 'chromium'], wants: ['ns-slapd', 'samba'] },
	n8n: { command: ['node', ['sandbox/install.ts']] },
	e2e: { jest: true, needs: ['slapd', 'chromium'], wants: ['ns-slapd', 'samba'], inBand: true },
};

function installed(program) {
	const { paths, parts = [] } = PROGRAMS[program];
	return paths.some((file) => existsSync(file)) && parts.every((file) => existsSync(file));
}

/** Servers must not start by themselves: a policy file forbids it while apt runs. */
function installPrograms(programs) {
	const missing = programs.filter((program) => !installed(program));
	if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
	say(`Installing ${missing.join(', ')} with apt`);
	const packages = missing.flatMap((program) => PROGRAMS[program].packages);
	const script = [
		'set -e',
		'policy=/usr/sbin/policy-rc.d',
		'if [ ! -e "$policy" ]; then printf "#!/bin/sh\\nexit 101\\n" > "$policy"; chmod +x "$policy"; trap \'rm -f "$policy"\' EXIT; fi',
		'echo "slapd slapd/no_configuration boolean true" | debconf-set-selections',
		'apt-get update -qq',
		`DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages.join(' ')} > /dev/null`,
	].join('\n');
	spawnSync('bash', ['-c', script], { stdio: 'inherit' });
}

function runJest(name, inBand) {
	const outputFile = path.join(results, `${name}.json`);
	const status = spawnSync(
		process.execPath,
		[
			path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
			'--selectProjects',
			name,
			'--json',
			`--outputFile=${outputFile}`,
			...(inBand ? ['--runInBand'] : ['--maxWorkers=2']),
		],
		{ cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
	).status;
	const report = existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, 'utf8')) : undefined;
	const broken = report?.numRuntimeErrorTestSuites ?? 1;
	return {
		passed: report?.numPassedTests ?? 0,
		failed: (report?.numFailedTests ?? 0) + broken || (status === 0 ? 0 : 1),
		skipped: report?.numPendingTests ?? 0,
	};
}

function runCheck(name) {
	const check = CHECKS[name];
	const required = [...(check.needs ?? []), ...(ci ? (check.wants ?? []) : [])];
	const missing = required.filter((program) => !installed(program));
	if (missing.length > 0) {
		say(`${ci ? 'FAILED' : 'skipped'} ${name}: ${missing.join(', ')} not installed`);
		return ci ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
	}
	if (check.jest) return runJest(name, check.inBand);
	const [command, args] = check.command;
	const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
	return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
	say(`Unknown: ${unknown.join(', ')}. Known: ${Object.keys(CHECKS).join(', ')}`);
	process.exit(2);
}
const names = asked.length > 0 ? asked : Object.keys(CHECKS);
process.env.PATH = `${path.dirname(bin('node'))}${path.delimiter}${process.env.PATH}`;
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
installPrograms([
	...new Set(names.flatMap((name) => [...(CHECKS[name].needs ?? []), ...(CHECKS[name].wants ?? [])])),
]);

const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
for (const name of names) {
	say(`\n== ${name}`);
	const started = Date.now();
	const outcome = runCheck(name);
	for (const key of Object.keys(total)) total[key] += outcome[key];
	rows.push({ suite: name, minutes: ((Date.now() - started) / 60_000).toFixed(1), ...outcome });
}
say('\nsuite         minutes  passed  failed  skipped');
for (const row of rows) {
	const cells = [row.minutes, row.passed, row.failed, row.skipped].map((cell, at) =>
		String(cell).padStart([7, 8, 8, 9][at]),
	);
	say(`${row.suite.padEnd(14)}${cells.join('')}`);
}
say(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
