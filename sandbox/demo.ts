/**
 * `npm run demo`: n8n with the pack, a directory, a push service and everyone's phone, until Ctrl-C.
 * `npm run demo -- --once`: drives the chain once, prints a timeline, exits 0 only if all of it happened.
 * `npm run demo -- --measure 50`: times 50 changes from directory write to push.
 * `--directory openldap`: a real slapd as the directory, instead of the simulated OpenText Directory Services.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { directoryNamed } from './demo/directories.ts';
import { measureChangeToPush } from './demo/measure.ts';
import { runOnce, timelineText } from './demo/once.ts';
import { checkMachine, portOrAny } from './demo/preflight.ts';
import type { Sandbox } from './demo/sandbox.ts';
import { startSandbox } from './demo/sandbox.ts';
import { StepError } from './demo/step.ts';
import { Teardown } from './demo/teardown.ts';
import { describeExecutions } from './demo/workflows.ts';
import type { ImportedWorkflow, N8n } from './n8n.ts';
import { OWNER } from './n8n.ts';

const projectRoot = join(import.meta.dirname, '..');
const {
	once,
	measure,
	directory: wantedDirectory,
} = parseArgs({
	options: {
		once: { type: 'boolean', default: false },
		measure: { type: 'string' },
		directory: { type: 'string', default: 'otds' },
	},
}).values;
const headless = once || measure !== undefined;
const teardown = new Teardown();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);
let n8n: N8n | undefined;
let workflows: ImportedWorkflow[] = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.on(signal, () => {
		tell('\nStopping …');
		void end(headless ? 130 : 0);
	});
}

// Whoever read our output has gone (a pipe, a closed terminal): nobody is left to see the demo.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void end(headless ? 1 : 0));

try {
	const sandbox = await start();
	workflows = sandbox.workflows;
	if (measure !== undefined) {
		const { changes, p50Ms, p95Ms, slowestMs } = await measureChangeToPush(sandbox, Number(measure) || 50);
		tell(`\nChange to push, ${changes} changes: p50 ${p50Ms} ms, p95 ${p95Ms} ms, slowest ${slowestMs} ms`);
		await end(0);
	} else if (once) {
		const timeline = await runOnce(sandbox);
		tell(`\nThe whole chain happened:\n${timelineText(timeline)}`);
		await end(0);
	} else {
		welcome(sandbox);
	}
} catch (error) {
	await explain(error);
	await end(1);
}

async function start(): Promise<Sandbox> {
	const directory = directoryNamed(wantedDirectory);
	const { problems, notes } = await checkMachine(projectRoot, directory);
	const inboxPort = headless ? 0 : await portOrAny(5680, 'the page', notes);
	const n8nPort = headless ? 0 : await portOrAny(5678, 'n8n', notes);
	for (const note of notes) tell(note);
	if (problems.length > 0) throw new StepError('check the machine', new Error(problems.join('\n')));
	return startSandbox({
		projectRoot,
		directory,
		inboxPort,
		n8nPort,
		teardown,
		tell,
		onN8n: (started) => (n8n = started),
	});
}

function welcome({ inbox, n8n: { url } }: Sandbox): void {
	tell(`
Ready. Open this page, add somebody to a group, and watch their phone:

    ${inbox.url}

n8n runs at ${url} – user ${OWNER.email}, password ${OWNER.password}
Nothing is kept: each start begins afresh. Stop with Ctrl-C.`);
}

async function explain(error: unknown): Promise<void> {
	const where = error instanceof StepError ? `Failed at "${error.step}"` : 'Failed';
	complain(`\n${where}: ${error instanceof Error ? error.message : String(error)}`);
	if (n8n?.pid === undefined) return;
	try {
		for (const line of await describeExecutions(n8n, workflows)) complain(`n8n: ${line}`);
	} catch (problem) {
		complain(
			`n8n could not be asked for its executions: ${problem instanceof Error ? problem.message : String(problem)}`,
		);
	}
	const lines = n8n
		.logs()
		.split('\n')
		.filter((line) => /\b(error|warn)/i.test(line));
	if (lines.length > 0) complain(`n8n logged:\n${lines.slice(-15).join('\n')}`);
}

async function end(code: number): Promise<void> {
	for (const problem of await teardown.run()) {
		complain(`Could not stop ${problem}`);
		code ||= 1;
	}
	process.exit(code);
}
