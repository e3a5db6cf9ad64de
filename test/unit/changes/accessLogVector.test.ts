import type { JsonValue } from '../../../lib/directory/changes/changes.types';
import { AccessLogStrategy } from '../../../lib/directory/changes/strategies/accessLog.strategy';
import { storedCursor } from '../../../lib/directory/changes/strategies/accessLogCursor';
import { detections } from '../../../lib/directory/changes/strategies/detections';
import { EntryDescriber } from '../../../lib/directory/changes/strategies/entryDescription';
import { lockPolicy } from '../../../lib/directory/changes/strategies/lockPolicy';
import { openLdap } from '../../../lib/directory/ldap/families/openLdap.family';
import type { LdapFilter } from '../../../lib/directory/ldap/filter';
import type { LdapConnection, LdapEntry, LdapSearch } from '../../../lib/directory/ldap/ldap.types';
import { ReceivedEntry } from '../../../lib/directory/ldap/ldapEntry';
import { scriptedSettings } from '../../support/scriptedLdap';

const csn = (time: string, server: string) => `20300101${time}.000000Z#000000#${server}#000000`;

function entry(dn: string, attributes: Record<string, string[]>): ReceivedEntry {
	const list = Object.entries(attributes).map(([name, values]) => ({
		name,
		values: values.map((value) => Buffer.from(value)),
	}));
	return new ReceivedEntry(dn, list);
}

const renamed = (at: string, server: string, title: string): ReceivedEntry =>
	entry(`reqStart=${at}${server},cn=accesslog`, {
		entryCSN: [csn(at, server)],
		reqType: ['modify'],
		reqDN: ['uid=ann,dc=example,dc=org'],
		reqEntryUUID: ['ann-id'],
		reqMod: [`title:= ${title}`],
		reqOld: ['title: old'],
	});

const ANN = entry('uid=ann,dc=example,dc=org', {
	objectClass: ['inetOrgPerson', 'person'],
	entryUUID: ['ann-id'],
	uid: ['ann'],
});

/** The least CSN a filter asks for. */
const leastOf = (filter: LdapFilter): string =>
	filter.kind === 'greaterOrEqual'
		? String(filter.value)
		: 'filters' in filter
			? leastOfSome(filter.filters)
			: '';
const leastOfSome = (filters: LdapFilter[]): string =>
	filters.map(leastOf).find((found) => found !== '') ?? '';

/** A log in the order of its writes, which is not that of the CSNs once several servers write. */
class ScriptedLog implements LdapConnection {
	readonly settings = scriptedSettings([]);
	context: string[] = [];
	begins: string[] = [];
	records: ReceivedEntry[] = [];

	async *search({ base, filter }: LdapSearch): AsyncIterable<LdapEntry> {
		if (base !== 'cn=accesslog') yield ANN;
		else yield* this.records.filter((record) => (record.first('entryCSN') ?? '') >= leastOf(filter));
	}
	async readMany(): Promise<Map<string, LdapEntry>> {
		return new Map();
	}

	async read(): Promise<LdapEntry> {
		return entry('cn=accesslog', { contextCSN: this.context, minCSN: this.begins });
	}
	identity = unused;
	rootDse = unused;
	messages = unused;
	add = unused;
	modify = unused;
	remove = unused;
	rename = unused;
	async close(): Promise<void> {}
}

function unused(): never {
	throw new Error('not asked for');
}

function start() {
	const log = new ScriptedLog();
	const scope = { events: new Set<never>(), base: '', conditions: [], groups: [], attributes: ['title'] };
	const describer = new EntryDescriber(log, openLdap, scope, new Map());
	const locks = lockPolicy(openLdap, () => Promise.resolve(undefined));
	const watch = { connection: log, describer, watched: new Set(['title']), locks, wantsDevices: false };
	const strategy = new AccessLogStrategy(watch, '', detections('each'), true);
	const titles = async (from: JsonValue) => {
		let cursor = storedCursor(from);
		if (!cursor) throw new Error('no cursor');
		const told: unknown[] = [];
		for await (const page of strategy.read(cursor)) {
			told.push(...page.changes.flatMap(({ attributes }) => attributes.map(({ after }) => after)));
			cursor = page.cursor;
		}
		return { told: told.flat(), cursor };
	};
	return { log, strategy, titles };
}

describe('the position in a log that two servers write', () => {
	it('holds the newest change of each', async () => {
		const { log, strategy } = start();
		log.context = [csn('100000', '001'), csn('090000', '002')];
		expect((await strategy.position()).csn).toEqual({
			'001': csn('100000', '001'),
			'002': csn('090000', '002'),
		});
	});

	it('finds what the other server wrote earlier and sent later, and nothing twice', async () => {
		const { log, strategy, titles } = start();
		log.context = [csn('100000', '001'), csn('090000', '002')];
		log.records = [renamed('090000', '002', 'known'), renamed('100000', '001', 'known too')];
		const before = await strategy.position();
		log.context = [csn('110000', '001'), csn('093000', '002')];
		log.records.push(renamed('110000', '001', 'here'), renamed('093000', '002', 'late'));
		const { told, cursor } = await titles(before);
		expect(told).toEqual(['here', 'late']);
		expect(cursor.csn).toEqual({ '001': csn('110000', '001'), '002': csn('093000', '002') });
		expect((await titles(cursor)).told).toEqual([]);
	});

	it('reads everything of a server that is new, however early it wrote', async () => {
		const { log, strategy, titles } = start();
		log.context = [csn('100000', '001')];
		const before = await strategy.position();
		log.context.push(csn('090000', '002'));
		log.records = [renamed('090000', '002', 'new server')];
		expect((await titles(before)).told).toEqual(['new server']);
	});

	it('is of no use once the log of one of them was trimmed beyond it', async () => {
		const { log, strategy } = start();
		log.context = [csn('100000', '001'), csn('090000', '002')];
		log.begins = [csn('080000', '001'), csn('080000', '002')];
		const cursor = await strategy.position();
		expect(await strategy.verify(cursor)).toEqual({ intact: true });
		log.begins = [csn('080000', '001'), csn('093000', '002')];
		expect(await strategy.verify(cursor)).toMatchObject({ intact: false });
	});
});
