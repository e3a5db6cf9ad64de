import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const projectRoot = path.resolve(__dirname, '..', '..');

export interface PackedTarball {
	file: string;
	/** Paths inside the package. */
	contents: string[];
	remove(): Promise<void>;
}

/** Builds the pack and packs it as `npm publish` would, into a temporary folder. */
export async function packTarball(): Promise<PackedTarball> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'directory-push-pack-'));
	await run('npm', ['run', '--silent', 'build'], { cwd: projectRoot });
	const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
		cwd: projectRoot,
	});
	const packs = JSON.parse(stdout) as unknown;
	// npm 11 answers a list, older and newer ones an object keyed by name.
	const list = (Array.isArray(packs) ? packs : Object.values(packs as object)) as Array<{
		filename: string;
		files: Array<{ path: string }>;
	}>;
	const pack = list[0];
	if (!pack) throw new Error('npm pack wrote no tarball');
	return {
		file: path.join(folder, pack.filename),
		contents: pack.files.map((file) => file.path),
		remove: async () => rm(folder, { recursive: true, force: true }),
	};
}
