import type { IDataObject } from 'n8n-workflow';

import { directoryTriggerSettings } from '../../../lib/n8n/directoryTrigger.settings';
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
			scope: { base: '', conditions: [], groups: [], attributes: [] },
		});
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
});
