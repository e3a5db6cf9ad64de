import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

jest.setTimeout(300_000);

const root = path.resolve(__dirname, '..', '..');

describe('npm run demo', () => {
	// Its own: other tests and demos of this machine leave their folders in the common one.
	const temporary = mkdtempSync(path.join(os.tmpdir(), 'directory-push-test-'));
	const env = { ...process.env, TMPDIR: temporary };
	const leftovers = (): string[] =>
		readdirSync(temporary).filter((name) => name.startsWith('directory-push-'));
	afterAll(() => rmSync(temporary, { recursive: true, force: true }));

	it('with --once drives the chain from the directory write to the record, and exits 0', async () => {
		const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
			const child = execFile(
				'npm',
				['run', 'demo', '--', '--once'],
				{ cwd: root, env },
				(_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
			);
		});
		const rows = ['directory write', 'event', 'push accepted by FCM', 'acknowledged', 'recorded'];
		const timeline = new RegExp(rows.map((row) => `${row} +\\+\\d+ ms`).join('[^]*'));
		expect(output).toMatch(timeline);
		expect(code).toBe(0);
		expect(leftovers()).toEqual([]);
	});

	it('prints one address and the login, and stops all it started at SIGTERM, its reader gone', async () => {
		const demo = spawn(process.execPath, ['sandbox/demo.ts'], {
			cwd: root,
			env,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const ended = once(demo, 'exit');
		let output = '';
		for await (const text of demo.stdout.setEncoding('utf8')) {
			output += String(text);
			if (output.includes('Stop with Ctrl-C')) break;
		}
		const addresses = output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
		expect(addresses).toHaveLength(2);
		expect(output).toMatch(/user demo@directory-push\.example, password \S+/);
		for (const address of addresses) expect((await fetch(address)).status).toBe(200);

		demo.kill('SIGTERM');
		expect(await ended).toEqual([0, null]);
		for (const address of addresses) await expect(fetch(address)).rejects.toThrow();
		expect(leftovers()).toEqual([]);
	});
});
