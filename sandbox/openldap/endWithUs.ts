import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** Ends a server when this process ends in whatever way, SIGKILL included: a shell waits for the end of its input, then kills it. */
export function endWithUs(child: ChildProcess): void {
	const guard = spawn(
		'/bin/sh',
		['-c', 'cat >/dev/null; kill -9 "$1" 2>/dev/null', 'sh', String(child.pid)],
		{
			stdio: ['pipe', 'ignore', 'ignore'],
		},
	);
	guard.unref();
	if (guard.stdin instanceof Socket) guard.stdin.unref();
	child.once('exit', () => guard.kill('SIGKILL'));
}
