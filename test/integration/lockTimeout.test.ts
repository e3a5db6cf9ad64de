import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ChangeEvent, StrategyName } from '../../lib/directory/changes/event.types';
import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { DirectoryWatcher } from '../../lib/directory/changes/watcher';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { LdapContractAdmin } from '../support/ldapContract';
import { scopeOf } from '../support/fakeWatch';
import { ldapSettings } from '../support/ldap';
import { watchForReal } from '../support/realWatch';
import type { RealWatch } from '../support/realWatch';

const LOCKED_FOR_S = 2;

let folder: string;
let slapd: Slapd;
let admin: LdapContractAdmin;
const watchers: DirectoryWatcher[] = [];

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'directory-push-locks-'));
	slapd = await startSlapd();
	admin = new LdapContractAdmin(slapd);
	const policy = `cn=default,ou=policies,${slapd.baseDn}`;
	await admin.replace(policy, 'pwdLockoutDuration', [String(LOCKED_FOR_S)]);
});
afterEach(async () => {
	for (const watcher of watchers.splice(0)) await watcher.stop();
	await admin.close();
	await slapd.stop();
	await rm(folder, { recursive: true, force: true });
});

const watch = async (strategy: StrategyName): Promise<RealWatch> => {
	const scope = { ...scopeOf('user.created', 'user.locked', 'user.unlocked'), strategy };
	const watching = await watchForReal((wanted) => openLdapWatch(ldapSettings(slapd), wanted), scope, folder);
	watchers.push(watching.watcher);
	return watching;
};

const story = (events: readonly ChangeEvent[]): string[] =>
	events.map(({ event, user }) => `${event} ${user?.username}`);

const secondsBetween = (one: ChangeEvent | undefined, other: ChangeEvent | undefined): number =>
	(Date.parse(other?.occurredAt ?? '') - Date.parse(one?.occurredAt ?? '')) / 1000;

/** As ppolicy writes it: without fractions of a second. */
const nowWritten = (): string => `${new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;

describe('a lock of OpenLDAP that ends by itself', () => {
	it('is told from the access log when its time is over, and not again at the next login', async () => {
		const ann = await admin.addPerson('ann');
		const { events, until } = await watch('accessLog');
		await admin.lock(ann);
		await until(2);
		// This login removes the lock that no longer holds.
		await admin.logIn(ann);
		await admin.addPerson('ben');
		await until(3);
		expect(story(events)).toEqual(['user.locked ann', 'user.unlocked ann', 'user.created ben']);
		expect(Math.ceil(secondsBetween(events[0], events[1]))).toBe(LOCKED_FOR_S);
		expect(events[1]?.user).toMatchObject({ locked: false });
	});

	it('is told by a trigger that was not there when it began to run out', async () => {
		const ann = await admin.addPerson('ann');
		const first = await watch('accessLog');
		await admin.lock(ann);
		await first.until(1);
		await first.watcher.stop();
		const second = await watch('accessLog');
		await second.until(1);
		expect(story([...first.events, ...second.events])).toEqual(['user.locked ann', 'user.unlocked ann']);
	});

	it('is told where states are compared, and not again by the comparison', async () => {
		const ann = await admin.addPerson('ann');
		const { events, until } = await watch('modifyTimestamp');
		await admin.replace(ann, 'pwdAccountLockedTime', [nowWritten()]);
		await until(2);
		await admin.unlock(ann);
		await admin.addPerson('ben');
		await until(3);
		expect(story(events)).toEqual(['user.locked ann', 'user.unlocked ann', 'user.created ben']);
		expect(secondsBetween(events[0], events[1])).toBeGreaterThan(0);
	});
});
