/** Reads a backlog in a process of its own, so that nobody else's memory is taken for its. Started by changes.bench.ts. */
import type { JsonValue } from '../lib/directory/changes/changes.types.ts';
import type { LdapSettings } from '../lib/directory/ldap/ldap.types.ts';
import { percentile } from './benchmark.types.ts';
import { built, scopeOf } from './changes.pack.ts';

export interface BacklogJob {
	settings: LdapSettings;
	cursor: JsonValue;
	/** The pack's strategy and classifier, or the same search of the log with each record thrown away. */
	way: 'pack' | 'bare';
	rounds: number;
}

export interface BacklogReport {
	/** Events, or records. */
	count: number;
	/** Median. */
	seconds: number;
	/** Above idle, the largest of the first round: resident, and in use once garbage is collected. */
	residentMiB: number;
	heldMiB: number;
}

const { settings, cursor, way, rounds } = JSON.parse(process.argv[2] ?? '{}') as BacklogJob;
const pack = await built();
const watch = await pack.openWatch(settings, scopeOf('accessLog'));
const log = pack.openLdapConnection(settings);
await log.rootDse();
const snapshots = { get: async () => new Map(), entryIds: nothing };
const idle = { resident: residentNow(), held: inUse() };
const peak = { resident: 0, held: 0 };
let seen = 0;
let isMeasured = true;
const times: number[] = [];
let count = 0;
for (let round = 0; round < rounds; round++) {
	times.push(await seconds(async () => (count = await (way === 'pack' ? readAndClassify() : bareSearch()))));
	isMeasured = false;
}
const report: BacklogReport = {
	count,
	seconds: percentile(times, 0.5),
	residentMiB: (peak.resident - idle.resident) / 2 ** 20,
	heldMiB: (peak.held - idle.held) / 2 ** 20,
};
process.send?.(report);
await watch.close();
await log.close();
process.disconnect();

async function readAndClassify(): Promise<number> {
	const pipeline = new pack.EventPipeline(watch, scopeOf('accessLog'), () => new Date(), []);
	let events = 0;
	for await (const { changes } of watch.strategy.read(cursor, snapshots)) {
		const { kept } = await pipeline.process(changes);
		events += kept.length;
		for (let looks = 0; looks < kept.length; looks++) lookAtMemory();
	}
	return events;
}

/** The least that any reader of this log has to do: the same records received, and each thrown away. */
async function bareSearch(): Promise<number> {
	const attributes = ['entryCSN', 'reqType', 'reqDN', 'reqEntryUUID', 'reqAuthzID', 'reqMod', 'reqOld'];
	const filter = {
		kind: 'and' as const,
		filters: [
			{ kind: 'equals' as const, attribute: 'objectClass', value: Buffer.from('auditWriteObject') },
			{ kind: 'greaterOrEqual' as const, attribute: 'entryCSN', value: Buffer.from(lowestCsn(cursor)) },
		],
	};
	let records = 0;
	for await (const entry of log.search({ base: 'cn=accesslog', scope: 'sub', filter, attributes })) {
		if (entry.dn !== '') records++;
		lookAtMemory();
	}
	return records;
}

/** Now and then: collecting garbage takes longer than reading. */
function lookAtMemory(): void {
	if (!isMeasured || ++seen % 100 !== 0) return;
	peak.resident = Math.max(peak.resident, process.memoryUsage.rss());
	if (seen % 10_000 === 0) peak.held = Math.max(peak.held, inUse());
}

function lowestCsn(position: JsonValue): string {
	const csns = JSON.stringify(position).match(/\d{14}\.\d{6}Z#[0-9a-f#]+/g) ?? [];
	return csns.sort()[0] ?? '';
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
	const started = performance.now();
	await work();
	return (performance.now() - started) / 1000;
}

/** Collected first, when node runs with --expose-gc. */
function residentNow(): number {
	globalThis.gc?.();
	return process.memoryUsage.rss();
}

function inUse(): number {
	globalThis.gc?.();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

async function* nothing(): AsyncIterable<readonly string[]> {}
