import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JsonValue } from '../../../lib/directory/changes/changes.types';
import type { WatchScope } from '../../../lib/directory/changes/event.types';
import { startTcpProxy } from '../../support/tcpProxy';
import type { TcpProxy } from '../../support/tcpProxy';
import type { ContractServer } from '../contractServer.types';
import type { Interval } from './comparison';
import { FaultyReader } from './faultyReader';
import type { ReaderFault } from './faultyReader';
import { ModelDirectory } from './modelDirectory';
import type { ModelAbilities } from './modelDirectory';
import { SeededRandom } from './seededRandom';
import { transitionOf } from './transition';
import type { Transition } from './transition';

type Fault = ReaderFault | 'connectionCut' | 'serverKilled';

/** Each strikes at a step of its own, in any order. */
const FAULTS: readonly Fault[] = [
	'handOffFails',
	'handOffFails',
	'killedBeforeHandOff',
	'killedBeforeHandOff',
	'killedAfterHandOff',
	'killedAfterHandOff',
	'connectionCut',
	'connectionCut',
	'connectionCut',
	'serverKilled',
];

export interface ModelOptions {
	seed: number;
	scope: WatchScope;
	abilities: ModelAbilities;
	/** Operations in all. */
	steps: number;
	/** Operations between two quiet points. */
	stretch: number;
	longAgo?: (cursor: JsonValue) => JsonValue;
}

export interface ModelOutcome {
	intervals: Interval[];
	problems: string[];
	struck: Record<string, number>;
	/** What was done, step by step, for whoever looks for the reason of a failure. */
	trace: string[];
}

/** Random operations beside the model, a reader with faults beside both. */
export async function runModel(server: ContractServer, options: ModelOptions): Promise<ModelOutcome> {
	const random = new SeededRandom(options.seed);
	const model = await ModelDirectory.start(server.admin, random, options.abilities);
	const folder = await mkdtemp(join(tmpdir(), 'directory-push-model-'));
	const proxy = server.port === undefined ? undefined : await startTcpProxy(server.port);
	const open = (scope: WatchScope) => (proxy && server.openAt?.(proxy.port, scope)) ?? server.open(scope);
	const reader = new FaultyReader(open, options.scope, join(folder, 'state.sqlite'), options.longAgo);
	try {
		await reader.start();
		const trace: string[] = [];
		const intervals = await steps(server, model, reader, random, proxy, options, trace);
		return { intervals, problems: reader.problems, struck: reader.struck, trace };
	} finally {
		await reader.stop();
		await proxy?.close();
		await rm(folder, { recursive: true, force: true });
	}
}

async function steps(
	server: ContractServer,
	model: ModelDirectory,
	reader: FaultyReader,
	random: SeededRandom,
	proxy: TcpProxy | undefined,
	options: ModelOptions,
	trace: string[],
): Promise<Interval[]> {
	const plan = new Map(FAULTS.map((fault) => [random.below(options.steps), fault]));
	const intervals: Interval[] = [{ happened: [model.initial], told: model.initial }];
	let happened: Transition[][] = [];
	let heard = 0;
	for (let step = 0; step < options.steps; step++) {
		const fault = plan.get(step);
		await strike(fault, server, reader, proxy);
		const done = await model.step();
		happened.push(done);
		trace.push(`${step} ${fault ?? ''} ${done.map(inWords).join(', ')}`);
		const isQuiet = step % options.stretch === options.stretch - 1 || step === options.steps - 1;
		if (!isQuiet) continue;
		await reader.quiet();
		const told = reader.events.slice(heard).map((event) => transitionOf(event, model.entityOf));
		heard = reader.events.length;
		intervals.push({ happened, told });
		happened = [];
	}
	return intervals;
}

const inWords = ({ entity, aspect, value }: Transition): string => `${entity} ${aspect}: ${value}`;

async function strike(
	fault: Fault | undefined,
	server: ContractServer,
	reader: FaultyReader,
	proxy: TcpProxy | undefined,
): Promise<void> {
	if (fault === undefined) return;
	if (fault === 'connectionCut') return proxy?.cut();
	if (fault !== 'serverKilled') return reader.arm(fault);
	await server.kill();
	await server.restart();
}
