/** Installs the plugin beside this file unless its lock file's version is there already. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = import.meta.dirname;
const read = (file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
const name = 'eslint-plugin-n8n-nodes-base';
const installed = path.join('node_modules', name, 'package.json');
const wanted = read('package.json').dependencies[name];
if (!existsSync(path.join(folder, installed)) || read(installed).version !== wanted) {
	const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
	const { status } = spawnSync(
		npm,
		['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
		{
			cwd: folder,
			stdio: 'inherit',
			shell: process.platform === 'win32',
		},
	);
	process.exit(status ?? 1);
}
