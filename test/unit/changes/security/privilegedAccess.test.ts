import { DEFAULT_LIMITS } from '../../../../lib/directory/changes/event.types';
import type { ChangeEvent, WatchScope } from '../../../../lib/directory/changes/event.types';
import { PrivilegedAccessStage } from '../../../../lib/directory/changes/security/privilegedAccess.stage';
import { stagesOf } from '../../../../lib/directory/changes/security/stages';
import { change, group, person, scopeOf } from '../../../support/fakeWatch';
import type { StageRows } from '../../../support/groupWorld';
import { delta, GroupWorld, shown, StageRun } from '../../../support/groupWorld';

const now = () => new Date('2030-01-01T00:00:01.000Z');
const ticked = scopeOf('security.privilegedAccessGranted', 'security.privilegedAccessRevoked');

async function runOver(world: GroupWorld, scope: WatchScope = ticked, memory?: StageRows): Promise<StageRun> {
	world.directory.privilegedGroups = [group('ADMINS')];
	const stage = new PrivilegedAccessStage(await world.session(), scope, now);
	return await new StageRun(stage, memory).start(memory === undefined);
}

const explained = (events: readonly ChangeEvent[]) => events.map(({ security }) => security?.explanation);

describe('PrivilegedAccessStage', () => {
	it('explains who got access, and how', async () => {
		const run = await runOver(new GroupWorld({ ADMINS: ['HELPDESK'], HELPDESK: ['CREW'], CREW: [] }));
		const events = await run.page([delta('CREW', ['ann']), delta('ADMINS', ['ben'])]);
		expect(events.map(shown)).toEqual(['+ann in ADMINS via HELPDESK/CREW', '+ben in ADMINS']);
		expect(explained(events)).toEqual([
			'ANN became a member of ADMINS through HELPDESK and CREW',
			'BEN became a member of ADMINS',
		]);
		expect(events[0]).toMatchObject({
			event: 'security.privilegedAccessGranted',
			actor: 'cn=admin,dc=example,dc=org',
		});
	});

	it('loses nobody who got access while the groups were being loaded', async () => {
		const run = await runOver(new GroupWorld({ ADMINS: ['ann', 'HELPDESK'], HELPDESK: ['ben'] }));
		const events = await run.page([delta('ADMINS', ['ann']), delta('HELPDESK', ['ben'])]);
		expect(events.map(shown)).toEqual(['+ann in ADMINS', '+ben in ADMINS via HELPDESK']);
	});

	it('explains who lost it', async () => {
		const run = await runOver(new GroupWorld({ ADMINS: ['HELPDESK'], HELPDESK: ['ann'] }));
		const events = await run.page([delta('ADMINS', [], ['HELPDESK'])]);
		expect(events.map(({ event }) => event)).toEqual(['security.privilegedAccessRevoked']);
		expect(explained(events)).toEqual(['ANN stopped being a member of ADMINS through HELPDESK']);
	});

	it('tells whoever did it, of whom it may be, and leaves other events alone', async () => {
		const world = new GroupWorld({ ADMINS: [] });
		const scope = {
			...ticked,
			base: 'ou=elsewhere',
			conditions: [{ attribute: 'l', value: 'x' }],
			leftOutActors: ['cn=admin,dc=example,dc=org'],
		};
		const run = await runOver(world, scope);
		const [other] = await (await runOver(world)).page([delta('ADMINS', ['eve'])]);
		const events = await run.page([delta('ADMINS', ['ann'])], other ? [other] : []);
		expect(events.map(shown)).toEqual(['+eve in ADMINS', '+ann in ADMINS']);
	});

	it('tells of an account that is gone or is no person by its name', async () => {
		const world = new GroupWorld({ ADMINS: [] });
		world.gone.add('ghost');
		const [event] = await (await runOver(world)).page([delta('ADMINS', ['ghost'])]);
		expect(event?.user).toMatchObject({ id: null, dn: person('ghost').dn });
	});

	it('tells of an account that gets the name of a deleted one in a group that kept it', async () => {
		const run = await runOver(new GroupWorld({ ADMINS: ['HELPDESK'], HELPDESK: ['ann'] }));
		const gone = change({ operation: 'deleted', person: person('ann') });
		expect(await run.page([gone])).toEqual([]);
		const anew = change({ operation: 'created', entryId: 'id-another', person: person('ann') });
		const events = await run.page([anew]);
		expect(events.map(({ event }) => event)).toEqual(['security.privilegedAccessGranted']);
		expect(explained(events)).toEqual(['ANN became a member of ADMINS through HELPDESK']);
	});

	it('tells one event a person up to the limit, and one with the number above it', async () => {
		const scope = { ...ticked, limits: { ...DEFAULT_LIMITS, nestedMembers: 2 } };
		const run = await runOver(
			new GroupWorld({ ADMINS: [], SMALL: ['ann', 'ben'], BIG: ['eve', 'dan', 'joe'] }),
			scope,
		);
		expect(await run.page([delta('ADMINS', ['SMALL'])])).toHaveLength(2);
		const events = await run.page([delta('ADMINS', ['BIG'])]);
		expect(events).toMatchObject([
			{ user: null, nestedGroup: { name: 'BIG', members: 3 }, security: { count: 3 } },
		]);
		expect(explained(events)).toEqual(['3 people became members of ADMINS through BIG']);
	});

	it('gives the same ids at a replay', async () => {
		const world = new GroupWorld({ ADMINS: ['HELPDESK'], HELPDESK: [] });
		const page = [delta('HELPDESK', ['ann'])];
		const first = await (await runOver(world)).page(page);
		expect(await (await runOver(world)).page(page)).toEqual(first);
		expect(
			new Set(
				(await (await runOver(world)).page([delta('HELPDESK', ['ann'])])).map(({ eventId }) => eventId),
			),
		).not.toEqual(new Set(first.map(({ eventId }) => eventId)));
	});
});

describe('stagesOf', () => {
	const names = async (world: GroupWorld, scope: WatchScope): Promise<string[]> =>
		stagesOf(await world.session(), scope, now).map(({ name }) => name);

	it('takes what is ticked, in the order in which events pass', async () => {
		const world = new GroupWorld({});
		world.directory.watchedGroups = [group('A')];
		world.directory.privilegedGroups = [group('ADMINS')];
		const all = scopeOf(
			'group.memberAdded',
			'security.bulkChange',
			'security.unusualGroupChange',
			'security.privilegedAccessRevoked',
		);
		expect(await names(world, { ...all, nested: true })).toEqual([
			'membership',
			'privilegedAccess',
			'unusualGroupChange',
			'bulkChange',
		]);
		expect(await names(world, scopeOf('group.memberAdded'))).toEqual([]);
	});

	it('needs watched groups for nested ones', async () => {
		expect(await names(new GroupWorld({}), { ...scopeOf('group.memberAdded'), nested: true })).toEqual([]);
	});
});
