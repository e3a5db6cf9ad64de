import { openLdapWatch } from '../../lib/directory/changes/strategies/ldapWatch.session';
import type { JsonValue, MemberValue } from '../../lib/directory/changes/changes.types';
import type { StrategyName, WatchScope } from '../../lib/directory/changes/event.types';
import type { Samba } from '../../sandbox/samba/samba';
import { sambaContractServer, sambaSettings } from '../support/sambaContract';
import type { SambaAdmin, SambaLogin } from '../support/sambaContract';
import { ContractReader } from './contractReader';
import { EVERYTHING, fresh, joined, left, ofGroup, ofPeople, titles } from './contractSetting';

const MANY = 30;

/** What is particular to Active Directory, whichever way it is read. */
export function describeActiveDirectoryTraps(strategy: StrategyName): void {
	describe('on Active Directory', () => {
		let samba: Samba;
		let admin: SambaAdmin;
		let stop: () => Promise<void>;
		const opened: ContractReader[] = [];

		beforeAll(async () => {
			const server = await sambaContractServer({ login: 'deletionReader' });
			({ samba, admin, stop } = server);
		}, 120_000);
		afterAll(async () => {
			await admin?.close();
			await stop?.();
		});
		afterEach(async () => {
			for (const reader of opened.splice(0)) await reader.session.close();
		});

		async function watching(
			changes: { login?: SambaLogin; baseDn?: string; scope?: Partial<WatchScope> } = {},
		): Promise<ContractReader> {
			const { login = 'deletionReader', baseDn = samba.baseDn } = changes;
			const settings = sambaSettings(samba, login, { baseDn });
			const scope = { ...EVERYTHING, strategy, ...changes.scope };
			const reader = await ContractReader.from(await openLdapWatch(settings, scope));
			opened.push(reader);
			return reader;
		}
		const longAgo = (cursor: JsonValue): JsonValue => ({
			...(cursor as Record<string, JsonValue>),
			sweptAt: '2001-01-01T00:00:00.000Z',
		});
		const ridOf = async (group: string): Promise<string> => {
			const entry = await admin.connection.read(group, ['primaryGroupToken']);
			return entry?.first('primaryGroupToken') ?? 'none';
		};

		it('tells deletions to a login that may not list deleted objects, by looking through everything', async () => {
			const reader = await watching({ login: 'watcher' });
			expect(reader.strategy.reason).toMatch(/comparing everything/);
			const person = await admin.addPerson(fresh('gone'));
			await reader.read();
			await admin.remove(person);
			expect(await reader.read()).toEqual([]);
			reader.alterCursor(longAgo);
			expect(await reader.read()).toMatchObject([{ operation: 'deleted', dn: person }]);
			expect(await reader.read()).toEqual([]);
		}, 60_000);

		it('takes a member who is deleted out of the groups, though the server says nothing of them', async () => {
			const reader = await watching();
			const [name, again] = [fresh('team'), fresh('back')];
			const person = await admin.addPerson(again);
			const group = await admin.addGroup(name, [person]);
			await reader.read();
			await admin.remove(person);
			const changes = await reader.read();
			expect(ofPeople(changes)).toMatchObject([{ operation: 'deleted', dn: person }]);
			expect(left(ofGroup(changes, name))).toEqual([person]);
			// Somebody else by the same name is news again.
			await admin.addPerson(again);
			await admin.addMembers(group, [person]);
			const later = await reader.read();
			expect(ofPeople(later)).toMatchObject([{ operation: 'created', dn: person }]);
			expect(joined(ofGroup(later, name))).toEqual([person]);
		}, 60_000);

		it('takes a member who is renamed or moved for the same, at the next change of the group as well', async () => {
			const reader = await watching();
			const name = fresh('team');
			const [one, other] = [await admin.addPerson(fresh('one')), await admin.addPerson(fresh('other'))];
			const group = await admin.addGroup(name, [one]);
			await reader.read();
			const renamed = await admin.rename(one, fresh('renamed'));
			expect(await reader.read()).toMatchObject([{ previousDn: one, dn: renamed }]);
			await admin.addMembers(group, [other]);
			const grown = ofGroup(await reader.read(), name);
			expect([joined(grown), left(grown)]).toEqual([[other], []]);
			const moved = await admin.move(renamed, fresh('unit'));
			await admin.removeMembers(group, [moved]);
			const shrunk = ofGroup(await reader.read(), name);
			expect([joined(shrunk), left(shrunk).length]).toEqual([[], 1]);
		}, 60_000);

		it('takes members below a renamed container for the same', async () => {
			const reader = await watching();
			const [name, unit] = [fresh('team'), fresh('ward')];
			const person = await admin.move(await admin.addPerson(fresh('below')), unit);
			await admin.addGroup(name, [person]);
			await reader.read();
			await admin.renameUnit(unit, fresh('station'));
			const changes = await reader.read();
			expect(ofPeople(changes)).toMatchObject([{ previousDn: person }]);
			expect(ofGroup(changes, name)).toEqual([]);
			expect(await reader.read()).toEqual([]);
		}, 60_000);

		it('counts a primary group as a membership, and a swap with the list for nothing', async () => {
			const reader = await watching();
			const name = fresh('primary');
			const person = await admin.addPerson(fresh('swap'));
			const group = await admin.addGroup(name, []);
			await reader.read();
			await admin.addMembers(group, [person]);
			const added = ofGroup(await reader.read(), name);
			expect(joined(added)).toEqual([person]);
			await admin.replace(person, 'primaryGroupID', [await ridOf(group)]);
			expect(await reader.read()).toEqual([]);
			const [{ group: shown } = { group: undefined }] = added;
			const members = await reader.session.directMembers(shown ?? { id: '', dn: group });
			expect(members?.members).toEqual<MemberValue[]>([{ value: person, is: 'dn' }]);
			await admin.replace(person, 'primaryGroupID', ['513']);
			expect(await reader.read()).toEqual([]);
			await admin.removeMembers(group, [person]);
			expect(left(ofGroup(await reader.read(), name))).toEqual([person]);
		}, 60_000);

		it('tells who joined and left by the primary group between two reads', async () => {
			const reader = await watching();
			const [before, after] = [fresh('before'), fresh('after')];
			const person = await admin.addPerson(fresh('mover'));
			const [from, to] = [await admin.addGroup(before, [person]), await admin.addGroup(after, [])];
			await admin.replace(person, 'primaryGroupID', [await ridOf(from)]);
			await reader.read();
			await admin.addMembers(to, [person]);
			await admin.replace(person, 'primaryGroupID', [await ridOf(to)]);
			await admin.removeMembers(from, [person]);
			const changes = await reader.read();
			expect(joined(ofGroup(changes, after))).toEqual([person]);
			expect(left(ofGroup(changes, before))).toEqual([person]);
			expect(await reader.read()).toEqual([]);
		}, 60_000);

		it('tells the primary group of somebody new', async () => {
			const reader = await watching();
			const name = fresh('first');
			const group = await admin.addGroup(name, []);
			await reader.read();
			const person = await admin.addPerson(fresh('new'));
			await admin.addMembers(group, [person]);
			await admin.replace(person, 'primaryGroupID', [await ridOf(group)]);
			const changes = await reader.read();
			expect(ofPeople(changes)).toMatchObject([{ operation: 'created', dn: person }]);
			expect(joined(ofGroup(changes, name))).toEqual([person]);
			expect(await reader.read()).toEqual([]);
		}, 60_000);

		it('forgets who leaves the base DN, and tells nothing of what happens there', async () => {
			const unit = fresh('inside');
			const person = await admin.move(await admin.addPerson(fresh('leaver')), unit);
			const reader = await watching({ baseDn: `OU=${unit},OU=people,${samba.baseDn}` });
			const outside = await admin.move(person, fresh('outside'));
			expect(await reader.read()).toEqual([]);
			await admin.replace(outside, 'title', ['unheard']);
			await admin.addPerson(fresh('elsewhere'));
			expect(await reader.read()).toEqual([]);
			await admin.move(outside, unit);
			expect(await reader.read()).toEqual([]);
			await admin.replace(person, 'title', ['heard']);
			expect(titles(await reader.read())).toEqual([['heard']]);
		}, 60_000);

		it('takes a position of another domain controller for a gap, and one of a restored one', async () => {
			const reader = await watching();
			const cursor = reader.cursor as Record<string, JsonValue>;
			for (const part of ['server', 'invocation']) {
				const foreign = { ...cursor, [part]: 'CN=NTDS Settings,CN=DC2,CN=Servers' };
				expect(await reader.strategy.verify(foreign)).toMatchObject({ intact: false });
				reader.alterCursor(() => foreign);
				await expect(reader.read()).rejects.toThrow('cannot be read from here on');
			}
		});

		it('holds back that very many seem to be gone', async () => {
			const unit = fresh('vanishing');
			const people: string[] = [];
			for (let index = 0; index < MANY; index++) people.push(await admin.addPerson(fresh('many')));
			for (const person of people) await admin.move(person, unit);
			const reader = await watching({ baseDn: `OU=people,${samba.baseDn}`, login: 'watcher' });
			await admin.connection.rename(`OU=${unit},OU=people,${samba.baseDn}`, `OU=${unit},${samba.baseDn}`);
			await expect(reader.read()).rejects.toMatchObject({ code: 'deletions-held-back' });
		}, 60_000);

		it('says when a lock ends by itself', async () => {
			const reader = await watching();
			const person = await admin.addPerson(fresh('locked'));
			await reader.read();
			await admin.lock(person);
			const [change] = await reader.read();
			const since = await admin.connection.read(person, ['lockoutTime']);
			const lockedAt = Number(since?.first('lockoutTime')) / 10_000 - 11_644_473_600_000;
			const until = Date.parse(change?.account?.lockedUntil ?? '');
			expect(until - lockedAt).toBeCloseTo(30 * 60_000, -1);
		}, 60_000);

		it('watches the groups that give power in every domain, by their SIDs', async () => {
			const events: WatchScope['events'] = new Set(['security.privilegedAccessGranted']);
			const { session } = await watching({ scope: { events } });
			const names = session.privilegedGroups.map(({ name }) => name).sort();
			expect(names).toEqual([
				'Account Operators',
				'Administrators',
				'Backup Operators',
				'Domain Admins',
				'Enterprise Admins',
				'Group Policy Creator Owners',
				'Print Operators',
				'Schema Admins',
				'Server Operators',
			]);
			expect((await watching()).session.privilegedGroups).toEqual([]);
		}, 60_000);
	});
}
