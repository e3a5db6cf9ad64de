import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import {
	conditionOf,
	groupOf,
	limitParameter,
	rowsParameter,
	textParameter,
	userParameter,
} from '../../lib/n8n/directoryParameters';
import { inChain } from '../../lib/n8n/directoryItems';
import { Directory } from '../../nodes/Directory/Directory.node';

const contextOf = (
	parameters: Record<string, unknown>,
	input: Record<string, unknown> = {},
): IExecuteFunctions => {
	const context: Partial<IExecuteFunctions> = {
		getNodeParameter: jest
			.fn()
			.mockImplementation(
				(name: string, _index: number, otherwise: unknown) => parameters[name] ?? otherwise,
			),
		getInputData: () => [{ json: input as never }],
	};
	return context as IExecuteFunctions;
};

describe('the fields of the Directory node', () => {
	const { description } = new Directory();
	const shownFor = (resource: string, operation: string): string[] =>
		description.properties
			.filter(({ displayOptions }) => {
				const show = displayOptions?.show ?? {};
				return show.resource?.includes(resource) === true && show.operation?.includes(operation) === true;
			})
			.map(({ name }) => name);

	it.each([
		['audience', 'find', 'groups nested conditions onlyWithDevice onlyEnabled options'],
		['user', 'get', 'userBy user ifNotFound options'],
		['group', 'addMember', 'group userBy user'],
		['group', 'removeMember', 'group userBy user'],
		['device', 'register', 'userBy user token platform app'],
		['device', 'getMany', 'devicesOf userBy user returnAll limit'],
		['acknowledgment', 'record', 'messageId recipientId action at comment device correlationId'],
	])('of %s → %s keep their names: shared workflows depend on them', (resource, operation, names) => {
		expect(shownFor(resource, operation)).toEqual(names.split(' '));
	});

	it('asks for the signing credential only where something is signed', () => {
		expect(description.credentials?.map(({ name, displayOptions }) => [name, displayOptions?.show])).toEqual([
			['ldapDirectoryApi', { authentication: ['ldap'] }],
			['openTextDirectoryServicesApi', { authentication: ['openTextDirectoryServices'] }],
			['recordDirectoryApi', { authentication: ['openTextDirectoryServices'] }],
			['acknowledgmentSigningApi', { resource: ['acknowledgment'] }],
		]);
	});

	it('leaves disabled accounts out, and adds nobody, by default', () => {
		const defaultOf = (name: string): unknown =>
			description.properties.find((property: INodeProperties) => property.name === name)?.default;
		expect(defaultOf('onlyEnabled')).toBe(true);
		expect(defaultOf('nested')).toBe(false);
		expect(defaultOf('groups')).toEqual({});
	});

	it('can be found under the names people use', () => {
		const file = join(__dirname, '../../nodes/Directory/Directory.node.json');
		const codex = JSON.parse(readFileSync(file, 'utf8')) as { node: string; alias: string[] };
		expect(codex.node).toBe('n8n-nodes-directory-push.directory');
		expect(codex.alias).toEqual(
			expect.arrayContaining(['LDAP', 'AD', 'OTDS', 'directory', 'group', 'audience']),
		);
	});
});

describe('groupOf', () => {
	it.each([
		[{ __rl: true, mode: 'list', value: 'u-1', cachedResultName: 'Nurses' }, 'id', 'u-1', 'Nurses'],
		[{ __rl: true, mode: 'list', value: 'u-1' }, 'id', 'u-1', 'u-1'],
		[{ __rl: true, mode: 'name', value: 'Nurses' }, 'name', 'Nurses', 'Nurses'],
		[{ __rl: true, mode: 'dn', value: 'cn=x' }, 'dn', 'cn=x', 'cn=x'],
		['Nurses', 'auto', 'Nurses', 'Nurses'],
		[undefined, 'auto', '', ''],
		[{ mode: '__proto__', value: 7 }, 'name', '7', '7'],
	])('reads %j', (value, by, reference, label) => {
		expect(groupOf(value)).toEqual({ reference: { by, value: reference }, label });
	});

	it.each([[{ mode: 'name', value: { a: 1 } }], [['Nurses']], [{ mode: 'name', value: ['x'] }]])(
		'refuses %j',
		(value) => {
			expect(() => groupOf(value)).toThrow('not text');
		},
	);
});

describe('parameters that expressions fill', () => {
	it.each([
		['text', 'text'],
		[12, '12'],
		[false, 'false'],
		[null, ''],
		[undefined, ''],
	])('takes %j for text', (value, text) => {
		expect(textParameter(contextOf({ field: value }), 'field', 0)).toBe(text);
	});

	it('takes rows of a collection, whatever else it may hold', () => {
		const row = { attribute: 'l', value: 'Bonn' };
		expect(
			rowsParameter(contextOf({ conditions: { values: [row, null, 5, [row]] } }), 'conditions', 0),
		).toEqual([row]);
		for (const conditions of [undefined, null, 'x', [], { values: 'x' }, { values: {} }]) {
			expect(rowsParameter(contextOf({ conditions }), 'conditions', 0)).toEqual([]);
		}
		expect(conditionOf({ attribute: 'departmentNumber', value: 12 })).toEqual({
			...{ attribute: 'departmentNumber', operator: 'equals', value: '12' },
		});
	});

	it('names a user by what the fields say, and anything odd as auto', () => {
		expect(userParameter(contextOf({ userBy: 'mail', user: ' a@b ' }), 0)).toEqual({
			by: 'mail',
			value: 'a@b',
		});
		expect(userParameter(contextOf({ userBy: '__proto__', user: 'a' }), 0)).toEqual({
			by: 'auto',
			value: 'a',
		});
		for (const user of [undefined, null, '', '  ']) {
			expect(() => userParameter(contextOf({ user }), 0)).toThrow('is empty');
		}
	});

	it.each([0, -1, 1.5, 'x', '', null, Number.NaN])('refuses the limit %p', (limit) => {
		expect(() => limitParameter(contextOf({ limit }), 0)).toThrow('positive whole number');
	});

	it('takes a limit, or none with Return All', () => {
		expect(limitParameter(contextOf({ limit: '7' }), 0)).toBe(7);
		expect(limitParameter(contextOf({ returnAll: true, limit: 'x' }), 0)).toBe(Number.POSITIVE_INFINITY);
	});
});

describe('inChain', () => {
	it('carries the ids of the event on, text only, without overwriting', () => {
		const input = { correlationId: 'c', eventId: { hostile: true } };
		expect(inChain(contextOf({}, input), 0, { a: 1 }).json).toEqual({ a: 1, correlationId: 'c' });
		expect(inChain(contextOf({}, input), 0, { correlationId: 'own' }).json).toEqual({ correlationId: 'own' });
		expect(inChain(contextOf({}), 0, {}).json).toEqual({});
	});
});
