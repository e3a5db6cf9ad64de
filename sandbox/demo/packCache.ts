import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { installPack, packPackage } from '../n8n.ts';

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
		await removeOlder(state);
		await mkdir(state, { recursive: true });
		// A second demo may have been faster with the same tarball.
		if (!existsSync(installed)) await rename(join(fresh, 'nodes'), installed);
	}
	await rm(fresh, { recursive: true, force: true });
	return installed;
}

async function removeOlder(state: string): Promise<void> {
	const names = existsSync(state) ? await readdir(state) : [];
	for (const name of names.filter((one) => one.startsWith('nodes-'))) {
		await rm(join(state, name), { recursive: true, force: true });
	}
}
