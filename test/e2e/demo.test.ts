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

	const demo = (program: string, options: string[]): Promise<{ code: number; output: string }> =>
		new Promise((resolve) => {
			const child = execFile(program, options, { cwd: root, env }, (_error, stdout, stderr) =>
				resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
			);
		});

	it.each([
		['OTDS', []],
		['OpenLDAP', ['--directory', 'openldap']],
	])('with --once drives the chain on %s from the write to the record, and exits 0', async (_name, more) => {
		const { code, output } = await demo('npm', ['run', 'demo', '--', '--once', ...more]);
		const rows = ['directory write', 'event', 'push accepted by FCM', 'acknowledged', 'recorded'];
		const timeline = new RegExp(rows.map((row) => `${row} +\\+\\d+ ms`).join('[^]*'));
		expect(output).toMatch(timeline);
		expect(code).toBe(0);
		expect(leftovers()).toEqual([]);
	});

	it('starts nothing on a directory that it does not know, and says which there are', async () => {
		const { code, output } = await demo(process.execPath, ['sandbox/demo.ts', '--directory', 'oracle']);
		expect(output).toContain('There is no directory "oracle" for --directory: use otds or openldap.');
		expect(code).toBe(1);
		expect(leftovers()).toEqual([]);
	});

	it('prints one address and the login, and stops all it started at SIGTERM, its reader gone', async () => {
		const running = spawn(process.execPath, ['sandbox/demo.ts'], {
			cwd: root,
			env,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const ended = once(running, 'exit');
		let output = '';
		for await (const text of running.stdout.setEncoding('utf8')) {
			output += String(text);
			if (output.includes('Stop with Ctrl-C')) break;
		}
		const addresses = output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
		expect(addresses).toHaveLength(2);
		expect(output).toMatch(/user demo@directory-push\.example, password \S+/);
		for (const address of addresses) expect((await fetch(address)).status).toBe(200);

		running.kill('SIGTERM');
		expect(await ended).toEqual([0, null]);
		for (const address of addresses) await expect(fetch(address)).rejects.toThrow();
		expect(leftovers()).toEqual([]);
	});
});
