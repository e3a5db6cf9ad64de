import { EventEmitter, once } from 'node:events';

import type { WatchSession, WakeUp } from '../../lib/directory/changes/changes.types';
import { AccessLogWakeUp, liveCookie } from '../../lib/directory/changes/strategies/accessLogWakeUp';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { equals } from '../../lib/directory/ldap/filter';
import type { LdapConnection, LdapSearch } from '../../lib/directory/ldap/ldap.types';
import { openLdapConnection } from '../../lib/directory/ldap/ldapConnection';
import { syncDoneOf, syncRequest } from '../../lib/directory/ldap/syncControls';
import { DomainError } from '../../lib/domain.errors';
import type { Slapd, SlapdOptions } from '../../sandbox/openldap/slapd';
import { startSlapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { failureOf, ldapSettings } from '../support/ldap';
import { SnapshotMemory } from '../support/snapshotMemory';
import { EVERYTHING } from './contractSetting';

const LOG: LdapSearch = {
	base: 'cn=accesslog',
	scope: 'sub',
	filter: equals('objectClass', 'auditWriteObject'),
	attributes: ['1.1'],
};

describe('the live channel to the access log', () => {
	const opened: Array<() => Promise<unknown>> = [];
	/** Closed in the end, however the test ends; the last opened first. */
	afterEach(async () => {
		for (const close of opened.splice(0).reverse()) await close();
	});

	interface Running {
		slapd: Slapd;
		admin: DirectoryAdmin;
		session: WatchSession;
		ann: string;
	}

	async function started(options: SlapdOptions = {}): Promise<Running> {
		const slapd = await startSlapd(options);
		opened.push(() => slapd.stop());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const ann = await admin.addPerson('ann');
		const session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
		opened.push(() => session.close());
		return { slapd, admin, session, ann };
	}

	const wakeUpOf = ({ session }: Running): WakeUp => {
		if (!session.wakeUp) throw new Error('no channel');
		return session.wakeUp;
	};
	const forEver = new AbortController().signal;
	/** The server's answer to a write shows that it told those who listen to the log before: then nothing more is to come. */
	const isAwake = async (wakeUp: WakeUp, admin: DirectoryAdmin): Promise<boolean> => {
		for (let round = 0; round < 5; round++) await admin.logIn();
		const now = new AbortController();
		const woken = wakeUp.next(now.signal).then(() => !now.signal.aborted);
		setImmediate(() => now.abort());
		return await woken;
	};

	it('wakes up once somebody writes, again and again', async () => {
		const running = await started();
		const wakeUp = wakeUpOf(running);
		for (const title of ['one', 'two', 'three']) {
			const woken = wakeUp.next(forEver);
			await running.admin.replace(running.ann, 'title', [title]);
			await woken;
		}
	});

	it('wakes up at once for what was written since the watch was opened', async () => {
		const running = await started();
		await running.admin.replace(running.ann, 'title', ['before']);
		await wakeUpOf(running).next(forEver);
	});

	it('wakes up with the first write to a log of logins alone, where a cookie would be the end of slapd 2.5.13', async () => {
		const slapd = await startSlapd();
		opened.push(() => slapd.stop());
		const session = await openLdapWatch(ldapSettings(slapd), EVERYTHING);
		opened.push(() => session.close());
		const admin = new DirectoryAdmin(slapd);
		opened.push(() => admin.close());
		const woken = session.wakeUp?.next(forEver);
		expect(woken).toBeDefined();
		const ann = await admin.addPerson('ann');
		await woken;
		const again = session.wakeUp?.next(forEver);
		await admin.replace(ann, 'title', ['two']);
		await again;
	});

	it('sleeps through what was there before, and through logins', async () => {
		const running = await started();
		const wakeUp = wakeUpOf(running);
		expect(await isAwake(wakeUp, running.admin)).toBe(false);
		await running.admin.logIn();
		expect(await isAwake(wakeUp, running.admin)).toBe(false);
		await running.admin.replace(running.ann, 'title', ['now']);
		await wakeUp.next(forEver);
	});

	it('keeps what it heard until it is asked', async () => {
		const running = await started();
		const wakeUp = wakeUpOf(running);
		const first = wakeUp.next(forEver);
		await running.admin.replace(running.ann, 'title', ['one']);
		await first;
		await running.admin.replace(running.ann, 'title', ['two']);
		await wakeUp.next(forEver);
	});

	it('ends waiting when asked to, and hears the next write all the same', async () => {
		const running = await started();
		const wakeUp = wakeUpOf(running);
		const abort = new AbortController();
		const woken = wakeUp.next(abort.signal);
		abort.abort();
		await woken;
		await wakeUp.next(abort.signal);
		await running.admin.replace(running.ann, 'title', ['after']);
		await wakeUp.next(forEver);
	});

	it('lets changes be read meanwhile', async () => {
		const running = await started();
		const { strategy } = running.session;
		const cursor = await strategy.position();
		const woken = wakeUpOf(running).next(forEver);
		await running.admin.replace(running.ann, 'title', ['read']);
		await woken;
		const pages = [];
		for await (const page of strategy.read(cursor, new SnapshotMemory())) pages.push(...page.changes);
		expect(pages).toHaveLength(1);
	});

	it('says when it is lost', async () => {
		const running = await started();
		const failure = failureOf(wakeUpOf(running).next(forEver));
		await running.admin.replace(running.ann, 'title', ['one']).then(() => running.slapd.kill());
		// The write may have come first.
		const lost = await failure.catch(() => failureOf(wakeUpOf(running).next(forEver)));
		expect(lost).toBeInstanceOf(DomainError);
		expect(await failureOf(wakeUpOf(running).next(forEver))).toBe(lost);
	});

	it('ends with the watch, whether somebody waits or not', async () => {
		const running = await started();
		const waiting = failureOf(wakeUpOf(running).next(forEver));
		await running.admin.addPerson('bob').then(() => running.session.close());
		await waiting.catch(() => undefined);
		expect(await failureOf(wakeUpOf(running).next(forEver))).toBeInstanceOf(DomainError);
	});

	it('is not there where the log is not served by syncprov', async () => {
		const { session } = await started({ logSyncprov: false });
		expect(session.strategy.name).toBe('accessLog');
		expect(session.wakeUp).toBeUndefined();
	});

	it('fails without harm where the server refuses it', async () => {
		const { slapd } = await started({ logSyncprov: false });
		const connection = openLdapConnection(ldapSettings(slapd));
		opened.push(() => connection.close());
		const wakeUp = new AccessLogWakeUp(connection, liveCookie(['20300101000000.000000Z#000000#001#000000']));
		expect((await failureOf(wakeUp.next(forEver))).code).toBe('12');
	});

	it('names no server id in its cookie: with "sid=001," slapd would tell nothing that it writes itself', async () => {
		const { slapd, admin, ann } = await started();
		const connection = openLdapConnection(ldapSettings(slapd));
		opened.push(() => connection.close());
		const own = await cookieOf(connection);
		expect(own.toString()).toContain('sid=001,');
		expect(liveCookie(['x']).toString()).not.toContain('sid=');
		const silent = await listen(connection, own);
		const live = await listen(connection, Buffer.from(own.toString().replace('sid=001,', '')));
		for (const title of ['one', 'two', 'three']) {
			const heard = live.entry();
			await admin.replace(ann, 'title', [title]);
			await heard;
		}
		expect([live.entries, silent.entries]).toEqual([3, 0]);
	});

	/** Listens once the refresh, in which the server brings a consumer up to date, is over. */
	async function listen(connection: LdapConnection, cookie: Buffer) {
		const events = new EventEmitter();
		const channel = { entries: 0, entry: () => once(events, 'entry') };
		const refreshed = once(events, 'intermediate');
		const hear = async () => {
			for await (const message of connection.messages(LOG, [syncRequest('refreshAndPersist', cookie)], 0)) {
				if (message.kind === 'entry') channel.entries++;
				events.emit(message.kind);
			}
		};
		hear().catch((error: unknown) => {
			if (!(error instanceof DomainError)) throw error;
		});
		await refreshed;
		channel.entries = 0;
		return channel;
	}

	/** What slapd itself hands out. */
	async function cookieOf(connection: LdapConnection): Promise<Buffer> {
		for await (const message of connection.messages(LOG, [syncRequest('refreshOnly')]))
			if (message.kind === 'result') return syncDoneOf(message.controls)?.cookie ?? Buffer.alloc(0);
		throw new Error('no result');
	}
});
