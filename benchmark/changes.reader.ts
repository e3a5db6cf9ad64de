/** Reads a backlog in a process of its own, so that nobody else's memory is taken for its. Started by changes.bench.ts. */
import type { JsonValue } from '../lib/directory/changes/changes.types.ts';
import type { LdapSettings } from '../lib/directory/ldap/ldap.types.ts';
import { percentile } from './benchmark.types.ts';
import { built, scopeOf } from './changes.pack.ts';

export interface BacklogJob {
	settings: LdapSettings;
	cursor: JsonValue;
	rounds: number;
}

export interface BacklogReport {
	events: number;
	/** Medians. */
	readSeconds: number;
	bareSeconds: number;
	/** Of the first round. */
	residentMiB: number;
	heldMiB: number;
}

const { settings, cursor, rounds } = JSON.parse(process.argv[2] ?? '{}') as BacklogJob;
const pack = await built();
const watch = await pack.openWatch(settings, scopeOf('accessLog'));
const log = pack.openLdapConnection(settings);
await log.rootDse();
const snapshots = { get: async () => new Map(), entryIds: nothing };
const idle = { resident: residentNow(), held: inUse() };
const peak = { resident: 0, held: 0 };
const [read, bare]: [number[], number[]] = [[], []];
let events = 0;
for (let round = 0; round < rounds; round++) {
	read.push(await seconds(async () => (events = await readAndClassify(round === 0))));
	bare.push(await seconds(bareSearch));
}
const report: BacklogReport = {
	events,
	readSeconds: percentile(read, 0.5),
	bareSeconds: percentile(bare, 0.5),
	residentMiB: (peak.resident - idle.resident) / 2 ** 20,
	heldMiB: (peak.held - idle.held) / 2 ** 20,
};
process.send?.(report);
await watch.close();
await log.close();
process.disconnect();

async function readAndClassify(measuresMemory: boolean): Promise<number> {
	const classifier = new pack.EventClassifier(watch, scopeOf('accessLog'), () => new Date());
	let count = 0;
	let pages = 0;
	for await (const { changes } of watch.strategy.read(cursor, snapshots)) {
		for (const change of changes) count += (await classifier.eventsOf(change)).length;
		if (!measuresMemory) continue;
		peak.resident = Math.max(peak.resident, process.memoryUsage.rss());
		if (++pages % 20 === 0) peak.held = Math.max(peak.held, inUse());
	}
	return count;
}

/** The least that any reader of this log has to do: the same search, each record received and thrown away. */
async function bareSearch(): Promise<void> {
	const attributes = ['entryCSN', 'reqType', 'reqDN', 'reqEntryUUID', 'reqAuthzID', 'reqMod', 'reqOld'];
	const from = lowestCsn(cursor);
	const filter = {
		kind: 'and' as const,
		filters: [
			{ kind: 'equals' as const, attribute: 'objectClass', value: Buffer.from('auditWriteObject') },
			{ kind: 'greaterOrEqual' as const, attribute: 'entryCSN', value: Buffer.from(from) },
		],
	};
	let count = 0;
	for await (const entry of log.search({ base: 'cn=accesslog', scope: 'sub', filter, attributes })) {
		if (entry.dn !== '') count++;
	}
	if (count < events) throw new Error(`${count} records were found`);
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
