import type { IDataObject } from 'n8n-workflow';

import { DEFAULT_LIMITS } from '../../../lib/directory/changes/event.types';
import { EVENT_TITLES } from '../../../lib/directory/changes/unseenEvents';
import { directoryTriggerSettings } from '../../../lib/n8n/directoryTrigger.settings';
import { directoryTriggerFields } from '../../../nodes/Directory/directoryTrigger.description';
import { FakeTrigger } from '../../support/fakeTrigger';

const settings = (parameters: IDataObject) =>
	directoryTriggerSettings(new FakeTrigger({ parameters, credential: {} }).context);

describe('the fields of the Directory Trigger', () => {
	it('have defaults', () => {
		expect(settings({ personEvents: ['user.created'] })).toMatchObject({
			ticked: ['user.created'],
			deliveredWhen: 'succeeds',
			delivery: { attempts: 5, batchSize: 500 },
			pollIntervalMs: 2000,
			firstEventPeriodMs: undefined,
			startFromNow: false,
			maskSample: true,
			scope: {
				base: '',
				conditions: [],
				groups: [],
				attributes: [],
				strategy: undefined,
				nested: false,
				privilegedGroups: [],
				leftOutActors: [],
				includeOwn: false,
				limits: DEFAULT_LIMITS,
				acceptedAbsence: undefined,
			},
		});
	});

	it('tick events of all lists, in their order', () => {
		const { ticked } = settings({
			groupEvents: ['group.memberRemoved', 'group.created'],
			personEvents: ['user.unlocked', 'user.locked'],
			securityEvents: ['security.bulkChange', 'security.privilegedAccessGranted'],
			options: { healthEvents: ['health.deletionsHeldBack'] },
		});
		expect(ticked).toEqual([
			'user.locked',
			'user.unlocked',
			'group.created',
			'group.memberRemoved',
			'security.privilegedAccessGranted',
			'security.bulkChange',
			'health.deletionsHeldBack',
		]);
	});

	it('know every event that the node offers, and offer every event there is', () => {
		const offered = directoryTriggerFields.flatMap((field) =>
			field.name === 'options' ? (field.options ?? []) : [field],
		);
		const values = offered.flatMap((field) =>
			'type' in field && /Events$/.test(field.name)
				? (field.options ?? []).flatMap((option) => ('value' in option ? [option.value] : []))
				: [],
		);
		expect(values.toSorted()).toEqual(Object.keys(EVENT_TITLES).toSorted());
	});

	it('read everything under Options', () => {
		const options = {
			readChangesBy: 'modifyTimestamp',
			leaveOutActors: [' cn=provisioning,dc=example,dc=org ', ''],
			includeOwn: true,
			bulkLimit: 50,
			bulkWindow: 10,
			unusualLimit: 7,
			nestedLimit: 30,
			acceptedAbsence: ' 1f2e ',
		};
		expect(settings({ personEvents: ['user.created'], options }).scope).toMatchObject({
			strategy: 'modifyTimestamp',
			leftOutActors: ['cn=provisioning,dc=example,dc=org'],
			includeOwn: true,
			limits: { bulk: { changes: 50, windowMs: 600_000 }, unusualChanges: 7, nestedMembers: 30 },
			acceptedAbsence: '1f2e',
		});
	});

	it('ignore for OTDS how an LDAP directory should be read', () => {
		const authentication = 'openTextDirectoryServices';
		const options = { readChangesBy: 'accessLog' };
		expect(settings({ personEvents: ['user.created'], options }).scope.strategy).toBe('accessLog');
		expect(
			settings({ authentication, personEvents: ['user.created'], options }).scope.strategy,
		).toBeUndefined();
	});

	it('ignore fields that the editor hides', () => {
		const privilegedGroups = { values: [{ group: { mode: 'list', value: '' } }] };
		const { scope } = settings({ personEvents: ['user.created'], privilegedGroups, includeNested: true });
		expect(scope).toMatchObject({ privilegedGroups: [], nested: false });
	});

	it('name privileged groups, and count members through nested groups', () => {
		const groups = { values: [{ group: { mode: 'name', value: 'Admins' } }] };
		const { scope } = settings({
			groupEvents: ['group.memberAdded'],
			securityEvents: ['security.privilegedAccessRevoked'],
			watchedGroups: groups,
			privilegedGroups: groups,
			includeNested: true,
		});
		expect(scope).toMatchObject({ nested: true, privilegedGroups: [{ by: 'name', value: 'Admins' }] });
	});

	it('name groups by id, name and DN', () => {
		const row = (mode: string, value: string) => ({ group: { __rl: true, mode, value } });
		const watchedGroups = { values: [row('list', 'id-1'), row('name', 'Nurses'), row('dn', 'cn=x')] };
		expect(settings({ groupEvents: ['group.memberAdded'], watchedGroups }).scope.groups).toEqual([
			{ by: 'id', value: 'id-1' },
			{ by: 'name', value: 'Nurses' },
			{ by: 'dn', value: 'cn=x' },
		]);
	});

	it.each([
		['no event', {}, 'No event is ticked'],
		['a strange event', { personEvents: ['user.exploded'] }, 'does not know the event "user.exploded"'],
		[
			'an empty group',
			{ personEvents: ['user.created'], watchedGroups: { values: [{ group: { mode: 'list', value: '' } }] } },
			'A watched group is empty',
		],
		[
			'an empty condition',
			{ personEvents: ['user.created'], options: { conditions: { values: [{ value: 'x' }] } } },
			'A condition names no attribute',
		],
		[
			'nested groups without watched ones',
			{ groupEvents: ['group.memberAdded'], includeNested: true },
			'Members through nested groups need watched groups',
		],
		[
			'an empty privileged group',
			{
				securityEvents: ['security.privilegedAccessGranted'],
				privilegedGroups: { values: [{ group: { mode: 'list', value: '' } }] },
			},
			'A privileged group is empty',
		],
		[
			'a bulk change of nothing',
			{ securityEvents: ['security.bulkChange'] },
			'Bulk Change has nothing to count',
		],
		[
			'a strange way of reading',
			{ personEvents: ['user.created'], options: { readChangesBy: 'telepathy' } },
			'knows no way "telepathy" of reading changes',
		],
		[
			'an account that is no DN',
			{ personEvents: ['user.created'], options: { leaveOutActors: ['provisioning'] } },
			'"provisioning" under Leave Out Changes By is not the DN of an account',
		],
	])('refuse %s', (_what, parameters, message) => {
		expect(() => settings(parameters)).toThrow(message);
	});

	it.each([
		[{ pollInterval: -5, attempts: 0 }, 1000, 1],
		[{ pollInterval: 1e9, attempts: 1e9 }, 3_600_000, 50],
		[{ pollInterval: 'often', attempts: {} }, 2000, 5],
	])('keep numbers within bounds: %j', (options, pollIntervalMs, attempts) => {
		expect(settings({ personEvents: ['user.created'], options })).toMatchObject({
			pollIntervalMs,
			delivery: { attempts },
		});
	});

	it.each([
		[{ bulkLimit: 0, bulkWindow: -1, unusualLimit: 1.9, nestedLimit: '' }, 1, 1_000, 1, 100],
		[{ bulkLimit: 1e9, bulkWindow: 1e9, unusualLimit: [], nestedLimit: 'many' }, 1e6, 86_400_000, 20, 100],
	])('keep limits within bounds: %j', (options, changes, windowMs, unusualChanges, nestedMembers) => {
		expect(settings({ personEvents: ['user.created'], options }).scope.limits).toEqual({
			bulk: { changes, windowMs },
			unusualChanges,
			nestedMembers,
		});
	});
});
