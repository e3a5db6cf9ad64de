import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { inheritedEnvironment } from './n8n.environment.ts';

export interface ProcessSettings {
	/** Program and parameters. */
	command: string[];
	env: Record<string, string>;
	folder: string;
	url: string;
	readyWithinMs: number;
}

/** One n8n process at a time: started, watched, ended by its own id. */
export class N8nProcess {
	readonly #settings: ProcessSettings;
	readonly #listeners = new Set<() => void>();
	#child: ChildProcess | undefined;
	#logs = '';

	constructor(settings: ProcessSettings) {
		this.#settings = settings;
	}

	get pid(): number | undefined {
		return this.#isRunning() ? this.#child?.pid : undefined;
	}

	logs(): string {
		return this.#logs;
	}

	async start(): Promise<void> {
		if (this.#isRunning()) throw new Error('n8n is running already');
		const { command, env, folder } = this.#settings;
		const [program = '', ...parameters] = command;
		const child = spawn(program, parameters, {
			cwd: folder,
			env: { ...inheritedEnvironment(), ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#child = child;
		const orphanGuard = (): void => void child.kill('SIGKILL');
		process.once('exit', orphanGuard);
		child.once('exit', () => {
			process.off('exit', orphanGuard);
			this.#wakeListeners();
		});
		for (const stream of [child.stdout, child.stderr]) {
			stream?.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
		}
		await this.#untilReady();
	}

	async end(signal: NodeJS.Signals): Promise<void> {
		const child = this.#child;
		if (!child || !this.#isRunning()) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		// n8n waits for running executions up to its own limit of 30 s.
		const timer = setTimeout(() => child.kill('SIGKILL'), 45_000);
		await ended;
		clearTimeout(timer);
	}

	waitForLog(pattern: RegExp, since: number, timeoutMs: number): Promise<string> {
		return new Promise((resolve, reject) => {
			const finish = (act: () => void): void => {
				clearTimeout(timer);
				this.#listeners.delete(look);
				act();
			};
			const look = (): void => {
				const line = this.#logs
					.slice(since)
					.split('\n')
					.find((one) => pattern.test(one));
				if (line !== undefined) finish(() => resolve(line));
				else if (!this.#isRunning())
					finish(() => reject(new Error(`n8n ended before it logged ${String(pattern)}\n${this.#tail()}`)));
			};
			const timer = setTimeout(
				() =>
					finish(() =>
						reject(new Error(`n8n did not log ${String(pattern)} within ${timeoutMs} ms\n${this.#tail()}`)),
					),
				timeoutMs,
			);
			this.#listeners.add(look);
			look();
		});
	}

	#hear(text: string): void {
		this.#logs += text;
		this.#wakeListeners();
	}

	#wakeListeners(): void {
		for (const listener of [...this.#listeners]) listener();
	}

	#isRunning(): boolean {
		return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
	}

	#tail(): string {
		return this.#logs.slice(-3000);
	}

	/** The port opens before the database is migrated and before the editor's API answers: wait for all three. */
	async #untilReady(): Promise<void> {
		const { url, readyWithinMs } = this.#settings;
		const deadline = Date.now() + readyWithinMs;
		for (const path of ['/healthz', '/healthz/readiness', '/rest/settings']) {
			while (!(await answersJson(`${url}${path}`))) {
				if (!this.#isRunning()) throw new Error(`n8n ended while it was starting:\n${this.#tail()}`);
				if (Date.now() > deadline) {
					await this.end('SIGKILL');
					throw new Error(`n8n was not ready within ${readyWithinMs} ms:\n${this.#tail()}`);
				}
				await pause(200);
			}
		}
	}
}

async function answersJson(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
		const isJson = response.headers.get('content-type')?.includes('application/json') === true;
		await response.arrayBuffer();
		return response.ok && isJson;
	} catch {
		// Not listening yet: the caller asks again, knows when to give up, and then shows what n8n logged.
		return false;
	}
}
