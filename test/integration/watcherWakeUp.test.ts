import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import { startSlapd } from '../../sandbox/openldap/slapd';
import type { Slapd } from '../../sandbox/openldap/slapd';
import { DirectoryAdmin } from '../support/directoryAdmin';
import { scopeOf } from '../support/fakeWatch';
import { ldapSettings } from '../support/ldap';
import { watchForReal } from '../support/realWatch';
import type { RealWatch } from '../support/realWatch';

/** Longer than a test may take: only the channel can end the pause. */
const NEVER_MS = 3_600_000;

let folder: string;
let slapd: Slapd;
let admin: DirectoryAdmin;
let watching: RealWatch;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'directory-push-wake-'));
	slapd = await startSlapd();
	admin = new DirectoryAdmin(slapd);
	watching = await watchForReal(
		(scope) => openLdapWatch(ldapSettings(slapd), scope),
		{ ...scopeOf('user.created'), strategy: 'accessLog' },
		folder,
		NEVER_MS,
	);
});
afterEach(async () => {
	await watching.watcher.stop();
	await admin.close();
	await slapd.stop();
	await rm(folder, { recursive: true, force: true });
});

const names = (): Array<string | null | undefined> => watching.events.map(({ user }) => user?.username);

describe('a watcher on a live access log', () => {
	it('tells each write as it happens, without waiting for the next read', async () => {
		for (const [index, name] of ['ann', 'ben', 'cem'].entries()) {
			await admin.addPerson(name);
			await watching.until(index + 1);
		}
		expect(names()).toEqual(['ann', 'ben', 'cem']);
	});

	it('tells a burst of writes completely', async () => {
		const people = Array.from({ length: 200 }, (_, index) => `p${index}`);
		for (const name of people) await admin.addPerson(name);
		await watching.until(people.length);
		expect(names()).toEqual(people);
	});

	it('stops while it waits', async () => {
		await admin.addPerson('ann');
		await watching.until(1);
		await watching.watcher.stop();
		expect(watching.problems).toEqual([]);
	});
});
