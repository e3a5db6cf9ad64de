import { spawn } from 'node:child_process';
import { once } from 'node:events';

import type { FoundPerson } from '../lib/directory/directory.types.ts';
import type { LdapSettings } from '../lib/directory/ldap/ldap.types.ts';
import type { Directory } from '../lib/directory/openDirectory.ts';
import type { Slapd } from '../sandbox/openldap/slapd.ts';
import { startSlapd } from '../sandbox/openldap/slapd.ts';
import type { Benchmark, BenchmarkRow } from './benchmark.types.ts';
import { percentile, row } from './benchmark.types.ts';

const PEOPLE = 100_000;
const ROUNDS = 5;

/** Reading 100,000 people: our client with everything it does for a Person, beside OpenLDAP's own ldapsearch over the same wire. */
export const audience: Benchmark = {
	name: 'audience',
	async run(tell): Promise<BenchmarkRow[]> {
		tell(`Loading ${PEOPLE} people into slapd …`);
		const slapd = await startSlapd({ seedLdif: peopleLdif() });
		try {
			const ours: number[] = [];
			const reference: number[] = [];
			let largestHeap = 0;
			for (let round = 1; round <= ROUNDS; round++) {
				reference.push(await ldapsearch(slapd));
				const { seconds, heapMiB } = await persons(slapd);
				ours.push(seconds);
				largestHeap = Math.max(largestHeap, heapMiB);
				tell(
					`round ${round}: ldapsearch ${reference.at(-1)?.toFixed(2)} s, persons() ${seconds.toFixed(2)} s`,
				);
			}
			const heapOfAll = await heapOfCollected(slapd);
			return [
				row({
					name: `read ${PEOPLE} people, median of ${ROUNDS}`,
					unit: 's',
					ours: percentile(ours, 0.5),
					reference: percentile(reference, 0.5),
					referenceName: 'ldapsearch, paged 1000',
					goal: 2,
				}),
				row({
					name: 'heap while streaming them, largest',
					unit: 'MiB',
					ours: largestHeap,
					reference: heapOfAll,
					referenceName: 'the same people kept in one array',
					goal: 0.5,
				}),
			];
		} finally {
			await slapd.stop();
		}
	},
};

async function persons(slapd: Slapd): Promise<{ seconds: number; heapMiB: number }> {
	const directory = await open(slapd);
	try {
		const before = heapNow();
		const started = performance.now();
		let count = 0;
		let largest = 0;
		for await (const { person } of directory.client.persons({})) {
			if (person.dn !== '') count++;
			if (count % 5000 === 0) largest = Math.max(largest, process.memoryUsage().heapUsed);
		}
		const seconds = (performance.now() - started) / 1000;
		if (count !== PEOPLE) throw new Error(`${count} of ${PEOPLE} people were read`);
		return { seconds, heapMiB: Math.max(1, (largest - before) / 2 ** 20) };
	} finally {
		await directory.close();
	}
}

async function heapOfCollected(slapd: Slapd): Promise<number> {
	const directory = await open(slapd);
	try {
		const before = heapNow();
		const kept: FoundPerson[] = [];
		for await (const found of directory.client.persons({})) kept.push(found);
		const used = process.memoryUsage().heapUsed - before;
		if (kept.length !== PEOPLE) throw new Error(`${kept.length} of ${PEOPLE} people were kept`);
		return used / 2 ** 20;
	} finally {
		await directory.close();
	}
}

/** Collected first, when node runs with --expose-gc. */
function heapNow(): number {
	globalThis.gc?.();
	return process.memoryUsage().heapUsed;
}

/** Wall-clock seconds of the C client, output thrown away. */
async function ldapsearch({ url, baseDn, watcherDn, watcherPassword }: Slapd): Promise<number> {
	const started = performance.now();
	const child = spawn(
		'ldapsearch',
		[
			'-x',
			'-LLL',
			'-H',
			url,
			'-D',
			watcherDn,
			'-w',
			watcherPassword,
			'-b',
			baseDn,
			'-E',
			'pr=1000/noprompt',
			'(objectClass=inetOrgPerson)',
			'*',
			'+',
		],
		{ stdio: ['ignore', 'ignore', 'inherit'] },
	);
	const [code] = (await once(child, 'exit')) as [number | null];
	if (code !== 0) throw new Error(`ldapsearch ended with ${code}`);
	return (performance.now() - started) / 1000;
}

/** The pack as it ships: Node cannot resolve the sources' imports without a build. */
async function open(slapd: Slapd): Promise<Directory> {
	const built = new URL('../dist/lib/directory/openDirectory.js', import.meta.url).href;
	const { openDirectory } = (await import(built)) as {
		openDirectory(settings: LdapSettings): Promise<Directory>;
	};
	return openDirectory({
		kind: 'ldap',
		urls: [slapd.url],
		security: 'none',
		verifyCertificate: true,
		bindDn: slapd.watcherDn,
		password: slapd.watcherPassword,
		baseDn: slapd.baseDn,
		family: 'auto',
		conventions: {
			managerAttribute: 'manager',
			localeAttribute: 'preferredLanguage',
			devicesDn: 'ou=devices',
			acknowledgmentsDn: 'ou=acknowledgments',
		},
		connectTimeoutMs: 5_000,
		operationTimeoutMs: 60_000,
	});
}

function peopleLdif(): string {
	const entries: string[] = [];
	for (let number = 0; number < PEOPLE; number++) {
		const uid = `p${String(number).padStart(6, '0')}`;
		entries.push(
			[
				`dn: uid=${uid},ou=people,dc=example,dc=org`,
				'objectClass: inetOrgPerson',
				`uid: ${uid}`,
				`cn: Person ${number}`,
				'sn: Person',
				`displayName: Person Number ${number}`,
				`mail: ${uid}@example.org`,
				`departmentNumber: ${number % 100}`,
				`l: Site ${number % 20}`,
				`title: Title ${number % 50}`,
				'preferredLanguage: en',
				'',
			].join('\n'),
		);
	}
	return entries.join('\n');
}
