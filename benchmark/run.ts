/**
 * `npm run bench -- <name>`: prints a table, each figure beside its reference measured in the same run, and writes
 * `benchmark/results/<name>.json`. Without a name it lists the benchmarks.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { audience } from './audience.bench.ts';
import type { Benchmark, BenchmarkRow } from './benchmark.types.ts';
import { chain } from './chain.bench.ts';
import { changes } from './changes.bench.ts';
import { otds } from './otds.bench.ts';

const benchmarks: Benchmark[] = [audience, chain, changes, otds];
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

const asked = process.argv[2];
const benchmark = benchmarks.find(({ name }) => name === asked);
if (!benchmark) {
	tell(`Choose one of: ${benchmarks.map(({ name }) => name).join(', ')}`);
	process.exit(asked === undefined ? 0 : 2);
}
const rows = await benchmark.run(tell);
tell(`\n${table(rows)}`);
const folder = join(import.meta.dirname, 'results');
await mkdir(folder, { recursive: true });
const file = join(folder, `${benchmark.name}.json`);
await writeFile(file, `${JSON.stringify({ benchmark: benchmark.name, rows }, null, '\t')}\n`);
process.exit(0);

function table(rows: BenchmarkRow[]): string {
	const cells = rows.map(({ name, unit, ours, reference, referenceName, ratio, goal, met }) => [
		`${name} (${unit})`,
		digits(ours),
		digits(reference),
		referenceName,
		ratio.toFixed(2),
		`≤ ${goal}`,
		met ? 'yes' : 'NO',
	]);
	const all = [['', 'ours', 'reference', 'reference is', 'ratio', 'goal', 'met'], ...cells];
	const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
	return all
		.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
		.join('\n');
}

function digits(value: number): string {
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
