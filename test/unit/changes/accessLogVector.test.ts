import { DomainError } from '../../../lib/domain.errors';
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

	/** Of the server, whatever is asked for. */
	limit = Infinity;

	async *search({ base, filter, sizeLimit }: LdapSearch): AsyncIterable<LdapEntry> {
		if (base !== 'cn=accesslog') {
			yield ANN;
			return;
		}
		const found = this.records.filter((record) => (record.first('entryCSN') ?? '') >= leastOf(filter));
		yield* found.slice(0, Math.min(this.limit, sizeLimit || Infinity));
		if (found.length > this.limit) throw sizeLimitExceeded();
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

const sizeLimitExceeded = () =>
	new DomainError('too many', { advice: 'ask for less', recovery: 'abort', code: '4' });

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

describe('a log of one server', () => {
	const minute = (index: number): string => String(100_000 + Math.floor(index / 60) * 100 + (index % 60));

	function logged(count: number) {
		const { log, strategy, titles } = start();
		log.context = [csn('090000', '001')];
		log.begins = [csn('080000', '001')];
		log.records = Array.from({ length: count }, (_, index) => renamed(minute(index), '001', String(index)));
		return { log, strategy, titles };
	}

	it('fails rather than skip what is purged while a page is handed on', async () => {
		const { log, strategy } = logged(1_100);
		const before = await strategy.position();
		log.context = [csn(minute(1_099), '001')];
		const told: number[] = [];
		const reading = async (): Promise<void> => {
			for await (const { changes } of strategy.read(before)) {
				told.push(changes.length);
				log.begins = [csn(minute(800), '001')];
				log.records = log.records.slice(801);
			}
		};
		await expect(reading()).rejects.toThrow('the access log begins at');
		expect(told).toEqual([500]);
	});

	it('ends a page where the server ends it, below its own size limit', async () => {
		const { log, strategy, titles } = logged(30);
		const before = await strategy.position();
		log.context = [csn(minute(29), '001')];
		log.limit = 10;
		expect((await titles(before)).told).toHaveLength(30);
	});

	it('fails where a whole page cannot be read, rather than ask for it for ever', async () => {
		const { log, strategy, titles } = logged(0);
		const before = await strategy.position();
		log.context = [csn(minute(600), '001')];
		const hidden = (index: number) =>
			entry(`reqStart=${index},cn=accesslog`, { entryCSN: [csn(minute(index), '001')] });
		log.records = Array.from({ length: 600 }, (_, index) => hidden(index));
		await expect(titles(before)).rejects.toThrow('cannot be read any more');
	}, 5_000);
});
