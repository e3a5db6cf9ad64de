import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { installPack, packPackage } from '../n8n.ts';

/** Milliseconds. A demo that still runs uses its folder: only what nobody started for a week goes. */
const UNUSED_AFTER = 7 * 24 * 3600 * 1000;

/** Packs the built package and installs the tarball below `state`; what was installed from the same tarball is used again. */
export async function installedPack(projectRoot: string, state: string): Promise<string> {
	const fresh = join(state, `pack-${process.pid}`);
	const tarball = await packPackage(projectRoot, fresh);
	const hash = createHash('sha256')
		.update(await readFile(tarball))
		.digest('hex')
		.slice(0, 16);
	const installed = join(state, `nodes-${hash}`);
	if (!existsSync(installed)) {
		await installPack(projectRoot, tarball, join(fresh, 'nodes'));
		await removeUnused(state);
		await mkdir(state, { recursive: true });
		// A second demo may have been faster with the same tarball.
		if (!existsSync(installed)) await rename(join(fresh, 'nodes'), installed);
	}
	await rm(fresh, { recursive: true, force: true });
	const now = new Date();
	await utimes(installed, now, now);
	return installed;
}

async function removeUnused(state: string): Promise<void> {
	const names = existsSync(state) ? await readdir(state) : [];
	for (const name of names.filter((one) => one.startsWith('nodes-'))) {
		const folder = join(state, name);
		const { mtimeMs } = await stat(folder);
		if (Date.now() - mtimeMs > UNUSED_AFTER) await rm(folder, { recursive: true, force: true });
	}
}
