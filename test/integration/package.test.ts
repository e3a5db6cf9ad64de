import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import manifest from '../../package.json';
import { packTarball, projectRoot } from '../support/packedTarball';
import type { PackedTarball } from '../support/packedTarball';

const run = promisify(execFile);

/** Loads the installed pack exactly as n8n does, and tells what that pulled in. */
const LOADER = `
const { PackageDirectoryLoader } = require(process.argv[2]);
const loader = new PackageDirectoryLoader(process.argv[3]);
loader.loadAll().then(() => {
	const loaded = Object.keys(require.cache).join('\\n');
	process.stdout.write(JSON.stringify({
		nodes: loader.types.nodes.map(({ name }) => name),
		credentials: loader.types.credentials.map(({ name }) => name),
		heavy: ['ldapts', 'firebase-admin', 'jose', 'node:sqlite'].filter((name) => loaded.includes('/node_modules/' + name + '/')
			|| process.moduleLoadList.some((entry) => entry === 'NativeModule ' + name.replace('node:', ''))),
	}));
	process.exit(0);
}, (error) => { process.stderr.write(String(error && error.stack)); process.exit(1); });
`;

describe('the packed tarball', () => {
	let tarball: PackedTarball;
	let folder: string;

	beforeAll(async () => {
		tarball = await packTarball();
		folder = await mkdtemp(path.join(os.tmpdir(), 'directory-push-install-'));
		await writeFile(path.join(folder, 'package.json'), '{"name":"empty","private":true}');
		await run('npm', ['install', tarball.file, '--ignore-scripts', '--no-audit', '--no-fund'], {
			cwd: folder,
		});
	}, 300_000);

	afterAll(async () => {
		await tarball?.remove();
		await rm(folder, { recursive: true, force: true });
	});

	it('holds what users need and nothing else', () => {
		const outside = tarball.contents.filter((file) => !file.startsWith('dist/'));
		expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'index.js', 'package.json']);
		const strange = tarball.contents.filter(
			(file) => file.startsWith('dist/') && !/\.(js|svg|node\.json)$/.test(file),
		);
		expect(strange).toEqual([]);
		expect(tarball.contents.filter((file) => /(^|\/)(test|sandbox|benchmark)\//.test(file))).toEqual([]);
	});

	it('holds every declared node and credential, with their icons and codex', () => {
		for (const file of [...manifest.n8n.nodes, ...manifest.n8n.credentials])
			expect(tarball.contents).toContain(file);
		for (const file of manifest.n8n.nodes) {
			expect(tarball.contents).toContain(file.replace(/\.js$/, '.json'));
		}
	});

	it('loads in n8n from an empty folder, and pulls in no directory, push or token library until a node runs', async () => {
		const userFolder = path.join(folder, 'n8n');
		const script = path.join(folder, 'load.js');
		await writeFile(script, LOADER);
		const core = path.join(projectRoot, 'node_modules', 'n8n-core');
		const installed = path.join(folder, 'node_modules', manifest.name);
		const { stdout } = await run('node', [script, core, installed], {
			cwd: folder,
			env: { ...process.env, N8N_USER_FOLDER: userFolder },
		});
		expect(JSON.parse(stdout)).toEqual({
			nodes: expect.arrayContaining([
				'directory',
				'directoryTrigger',
				'pushNotification',
				'acknowledgmentTrigger',
			]),
			credentials: expect.arrayContaining([
				'ldapDirectoryApi',
				'openTextDirectoryServicesApi',
				'recordDirectoryApi',
				'firebaseCloudMessagingApi',
				'acknowledgmentSigningApi',
			]),
			heavy: [],
		});
	}, 120_000);
});
