import type { IDataObject } from 'n8n-workflow';

import { openLdapConnection } from '../../../lib/directory/ldap/ldapConnection';
import type { Slapd } from '../../../sandbox/openldap/slapd';
import type { DirectoryAdmin } from '../../support/directoryAdmin';
import { credentialOf } from '../../support/fakeTrigger';
import { failureOf, ldapSettings } from '../../support/ldap';
import { TriggersOnSlapd } from '../../support/triggersOnSlapd';

const named = (...names: string[]): IDataObject => ({
	values: names.map((value) => ({ group: { mode: 'name', value } })),
});

jest.setTimeout(30_000);

/** Every kind beyond the plain ones, through the node, on a real server. */
describe('Directory Trigger on OpenLDAP: accounts, moves, devices, groups', () => {
	let setting: TriggersOnSlapd;
	let slapd: Slapd;
	let admin: DirectoryAdmin;

	beforeAll(async () => {
		setting = await TriggersOnSlapd.begin();
		({ slapd, admin } = setting);
	});
	afterEach(() => setting.closeOpen());
	afterAll(() => setting.end());

	const start = (parameters: IDataObject, given: { mode?: 'manual'; credential?: IDataObject } = {}) =>
		setting.start({
			parameters: { ...parameters, options: { pollInterval: 1, ...(parameters.options as IDataObject) } },
			credential: given.credential ?? credentialOf(slapd),
			mode: given.mode,
		});

	/** As somebody who mistypes a password until the policy has had enough. */
	async function failToLogIn(dn: string): Promise<void> {
		for (let attempt = 0; attempt < 3; attempt++) {
			const connection = openLdapConnection(ldapSettings(slapd, { bindDn: dn, password: 'wrong' }));
			await failureOf(connection.rootDse());
			await connection.close();
		}
	}

	it('tells a lock by failed logins and its end, and keeps it apart from a deactivation', async () => {
		const ann = await admin.addPerson('ann');
		const { trigger } = await start({
			personEvents: ['user.locked', 'user.unlocked', 'user.disabled', 'user.enabled'],
		});
		await failToLogIn(ann);
		await admin.enable(ann);
		await admin.disable(ann);
		await admin.enable(ann);
		const items = await trigger.arrived(4);
		expect(items.map(({ event }) => event)).toEqual([
			'user.locked',
			'user.unlocked',
			'user.disabled',
			'user.enabled',
		]);
		expect(items).toMatchObject([
			{ user: { username: 'ann', locked: true, enabled: true } },
			{ user: { locked: false, enabled: true } },
			{ user: { locked: false, enabled: false } },
			{ user: { locked: false, enabled: true } },
		]);
	});

	it('tells that a password must be changed, once', async () => {
		const ben = await admin.addPerson('ben');
		const { trigger } = await start({ personEvents: ['user.passwordResetRequired', 'user.deleted'] });
		await admin.replace(ben, 'pwdReset', ['TRUE']);
		await admin.replace(ben, 'pwdReset', []);
		await admin.remove(ben);
		expect((await trigger.arrived(2)).map(({ event }) => event)).toEqual([
			'user.passwordResetRequired',
			'user.deleted',
		]);
	});

	it('tells a rename, a move, and a move of the container', async () => {
		const people = `ou=people,${slapd.baseDn}`;
		const [ward, clinic] = [`ou=ward,${people}`, `ou=clinic,${people}`];
		await admin.connection.add(ward, { objectClass: ['organizationalUnit'], ou: ['ward'] });
		await admin.addPerson('cem');
		const { trigger } = await start({ personEvents: ['user.moved'] });
		await admin.connection.rename(`uid=cem,${people}`, `uid=cem.kaya,${people}`);
		await admin.connection.rename(`uid=cem.kaya,${people}`, `uid=cem.kaya,${ward}`);
		await admin.connection.rename(ward, clinic);
		const steps = (await trigger.arrived(3)).map(({ changes }) => changes);
		const step = (before: string, after: string) => [{ attribute: 'dn', before: [before], after: [after] }];
		expect(steps).toEqual([
			step(`uid=cem,${people}`, `uid=cem.kaya,${people}`),
			step(`uid=cem.kaya,${people}`, `uid=cem.kaya,${ward}`),
			step(`uid=cem.kaya,${ward}`, `uid=cem.kaya,${clinic}`),
		]);
	});

	it("tells a person's first device, and not the second one", async () => {
		const dee = await admin.addPerson('dee');
		const eve = await admin.addPerson('eve');
		const device = (owner: string, name: string): Promise<void> =>
			admin.connection.add(`cn=${name},ou=devices,${slapd.baseDn}`, {
				objectClass: ['device'],
				...{ cn: [name], owner: [owner], description: ['a token'] },
			});
		await device(dee, 'old phone');
		// The time of registration is known to the second.
		const second = Math.floor(Date.now() / 1000);
		while (Math.floor(Date.now() / 1000) === second) await admin.logIn();
		const { trigger } = await start({ personEvents: ['user.firstDeviceRegistered'] });
		await device(dee, 'new phone');
		await device(eve, 'first phone');
		const items = await trigger.arrived(1);
		expect(items).toMatchObject([
			{ event: 'user.firstDeviceRegistered', user: { username: 'eve' }, group: null, changes: [] },
		]);
		expect(JSON.stringify(items)).not.toContain('a token');
	});

	describe('leaves out', () => {
		/** The watcher's own account may write devices only; the administrator everything. */
		const byWatcher = async (owner: string, name: string): Promise<void> => {
			const connection = openLdapConnection(ldapSettings(slapd));
			await connection.add(`cn=${name},ou=devices,${slapd.baseDn}`, {
				objectClass: ['device'],
				...{ cn: [name], owner: [owner], description: ['{}'] },
			});
			await connection.close();
		};
		const events = { personEvents: ['user.created', 'user.firstDeviceRegistered'] };
		const kinds = (items: IDataObject[]): unknown[] => items.map(({ event }) => event);

		it('what a named account changes', async () => {
			const { trigger } = await start({
				...events,
				options: { leaveOutActors: [slapd.adminDn.toUpperCase()] },
			});
			await byWatcher(await admin.addPerson('left-out'), 'left-out');
			expect(kinds(await trigger.arrived(1))).toEqual(['user.firstDeviceRegistered']);
		});

		it('what its own login changes, unless that is switched on', async () => {
			const credential = {
				...credentialOf(slapd),
				bindDn: slapd.adminDn,
				password: slapd.adminPassword,
			};
			const without = await start(events, { credential });
			const including = await start({ ...events, options: { includeOwn: true } }, { credential });
			await byWatcher(await admin.addPerson('own'), 'own');
			expect(kinds(await including.trigger.arrived(2))).toEqual([
				'user.created',
				'user.firstDeviceRegistered',
			]);
			expect(kinds(await without.trigger.arrived(1))).toEqual(['user.firstDeviceRegistered']);
		});
	});

	it('tells groups that come and go, whatever the conditions on people', async () => {
		const { trigger } = await start({
			groupEvents: ['group.created', 'group.deleted'],
			options: { conditions: { values: [{ attribute: 'title', value: 'nobody has it' }] } },
		});
		const dn = await admin.addGroup('short-lived', [slapd.adminDn]);
		await admin.remove(dn);
		expect(await trigger.arrived(2)).toMatchObject([
			{ event: 'group.created', user: null, group: { name: 'short-lived' } },
			{ event: 'group.deleted', user: null, group: { name: 'short-lived' } },
		]);
	});

	it('shows samples of what is no plain change, masked', async () => {
		await admin.addGroup('sampled', [await admin.addPerson('fay')]);
		const sampleOf = async (parameters: IDataObject): Promise<IDataObject | undefined> => {
			const { trigger, response } = await start(parameters, { mode: 'manual' });
			await response.manualTriggerFunction?.();
			return trigger.items[0];
		};
		expect(await sampleOf({ personEvents: ['user.locked'] })).toMatchObject({
			sample: true,
			user: { locked: true },
		});
		expect(await sampleOf({ groupEvents: ['group.created'] })).toMatchObject({ sample: true, user: null });
		const groups = { privilegedGroups: named('sampled') };
		expect(await sampleOf({ securityEvents: ['security.privilegedAccessRevoked'], ...groups })).toMatchObject(
			{
				user: { username: 'f••' },
				group: { name: 'sampled', membership: 'effective' },
				security: { explanation: expect.stringContaining('nothing has happened') as string },
			},
		);
		expect(
			await sampleOf({ personEvents: [], groupEvents: ['group.deleted'], watchedGroups: named('sampled') }),
		).toMatchObject({ group: { name: 'sampled' } });
	});

	describe('refuses to publish', () => {
		it('a way of reading that the server does not offer', async () => {
			for (const [way, says] of [
				['changeLog', '"Change Log": only 389 Directory Server'],
				['dirSync', '"DirSync": only Active Directory'],
				['usnChanged', '"USN Changed": only Active Directory'],
			]) {
				const parameters = { personEvents: ['user.created'], options: { readChangesBy: way } };
				await expect(start(parameters)).rejects.toMatchObject({
					message: expect.stringContaining(`cannot be read by the way ${says}`) as string,
					description: expect.stringContaining('Best Available') as string,
				});
			}
		});

		it('privileged access without a group that gives it', async () => {
			await expect(start({ securityEvents: ['security.privilegedAccessGranted'] })).rejects.toMatchObject({
				message: expect.stringMatching(/privileged/) as string,
			});
		});

		it('a privileged group that is not there', async () => {
			await expect(
				start({
					securityEvents: ['security.privilegedAccessGranted'],
					privilegedGroups: named('no such group'),
				}),
			).rejects.toMatchObject({
				message: 'The privileged group "no such group" is not in the directory',
				description: expect.stringContaining('under Privileged Groups') as string,
			});
		});
	});
});
