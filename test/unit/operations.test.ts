import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import type { DomainErrorOptions } from '../../lib/domain.errors';
import { DomainError } from '../../lib/domain.errors';
import { toNodeError } from '../../lib/n8n/errors';
import type { Operation } from '../../lib/n8n/operation.types';
import { describeOperations, errorJson, runOperation } from '../../lib/n8n/operations';

interface Kitchen {
	open: boolean;
}

const node = {
	id: '1',
	name: 'Directory',
	type: 'x.directory',
	typeVersion: 1,
	position: [0, 0] as [number, number],
	parameters: {},
};

const contextOf = (parameters: Record<string, string>, items: IDataObject[], continues = false) => {
	const context: Partial<IExecuteFunctions> = {
		getNode: () => node,
		getInputData: () => items.map((json) => ({ json })),
		continueOnFail: () => continues,
		getNodeParameter: jest.fn().mockImplementation((name: string) => parameters[name]),
	};
	return context as IExecuteFunctions;
};

function run(operation: Partial<Operation<Kitchen>>, items: IDataObject[], continues = false) {
	const kitchen: Kitchen = { open: false };
	const cook: Operation<Kitchen> = { ...cooking, execute: undefined, ...operation };
	const output = runOperation(
		contextOf({ resource: 'meal', operation: 'cook' }, items, continues),
		[{ name: 'meal', displayName: 'Meal', operations: [cook] }],
		{
			open: async () => Object.assign(kitchen, { open: true }),
			close: async (opened) => {
				opened.open = false;
			},
		},
	);
	return { output, kitchen };
}

const cooking: Operation<Kitchen> = {
	name: 'cook',
	displayName: 'Cook',
	action: 'Cook a meal',
	description: 'Cook',
	properties: [],
	execute: async () => [{ json: {} }],
};

const failing = (options: Partial<DomainErrorOptions> = {}) =>
	new DomainError('The soup is cold', { advice: 'Warm it', recovery: 'skip', ...options });

describe('runOperation', () => {
	it('pairs every item with the input item it came of', async () => {
		const { output } = run({ execute: async (_c, _s, index) => [{ json: { index } }, { json: {} }] }, [
			{},
			{},
		]);
		expect((await output)[0]?.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 0 },
			{ item: 1 },
			{ item: 1 },
		]);
	});

	it('turns a failure into an item that n8n routes to the error output and joins with its input', async () => {
		const execute = async (_c: IExecuteFunctions, _s: Kitchen, index: number) => {
			if (index === 1) throw failing({ code: '32' });
			return [{ json: { index } }];
		};
		const items = (await run({ execute }, [{}, {}, {}], true).output)[0] ?? [];
		expect(items[1]).toEqual({
			json: {
				error: 'The soup is cold',
				details: { advice: 'Warm it', recovery: 'skip', failure: 'unknown', errorCode: '32' },
			},
			pairedItem: { item: 1 },
		});
		expect(items[2]?.json).toEqual({ index: 2 });
	});

	it('throws with item index and advice when the node stops on errors, and closes the session', async () => {
		const { output, kitchen } = run(
			{
				execute: async () => {
					throw failing();
				},
			},
			[{}],
		);
		await expect(output).rejects.toMatchObject({
			message: 'The soup is cold',
			description: 'Warm it',
			context: { itemIndex: 0 },
		});
		expect(kitchen.open).toBe(false);
	});

	it('never passes the input on as success when the session cannot be opened', async () => {
		const openBroken = async (continues: boolean) =>
			runOperation(
				contextOf({ resource: 'meal', operation: 'cook' }, [{ a: 1 }, { a: 2 }], continues),
				[{ name: 'meal', displayName: 'Meal', operations: [cooking] }],
				{
					open: async (): Promise<Kitchen> => {
						throw failing({ failure: 'temporarily-unavailable', recovery: 'retry' });
					},
					close: async () => undefined,
				},
			);
		await expect(openBroken(false)).rejects.toBeInstanceOf(NodeApiError);
		const items = (await openBroken(true))[0] ?? [];
		expect(items.map(({ json }) => json.error)).toEqual(['The soup is cold', 'The soup is cold']);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('tries a refused login once, not once an item', async () => {
		const execute = jest.fn(async () => {
			throw failing({ failure: 'credential-invalid', recovery: 'abort' });
		});
		const items = (await run({ execute }, [{}, {}, {}], true).output)[0];
		expect(execute).toHaveBeenCalledTimes(1);
		expect(items).toHaveLength(3);
	});

	it('shows the run to afterRun', async () => {
		const afterRun = jest.fn();
		await run({ execute: async () => [{ json: { n: 1 } }], afterRun }, [{}]).output;
		expect(afterRun.mock.calls[0]?.[2]).toEqual([{ json: { n: 1 }, pairedItem: { item: 0 } }]);
	});

	it.each(['fry', '__proto__', 'constructor'])(
		'refuses the operation %s, which it does not know',
		async (name) => {
			const running = runOperation(
				contextOf({ resource: 'meal', operation: name }, [{}]),
				[{ name: 'meal', displayName: 'Meal', operations: [cooking] }],
				{ open: async (): Promise<Kitchen> => ({ open: true }), close: async () => undefined },
			);
			await expect(running).rejects.toThrow(`The operation "${name}" of "meal" is not known`);
		},
	);
});

describe('toNodeError', () => {
	it('keeps our message where n8n would put a general one', () => {
		const error = toNodeError(
			node,
			new DomainError('ldap://ds:389 refused the connection (ECONNREFUSED)', {
				advice: 'Start it',
				recovery: 'retry',
				failure: 'temporarily-unavailable',
				retryAfterMs: 500,
				code: 'ECONNREFUSED',
			}),
			3,
		);
		expect(error.message).toBe('ldap://ds:389 refused the connection (ECONNREFUSED)');
		expect(error.description).toBe('Start it');
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable', retryAfterMs: 500 });
		expect(error.context.itemIndex).toBe(3);
	});

	it('is an operation error where the person at the editor must change the node', () => {
		expect(toNodeError(node, failing({ failure: 'configuration-invalid' }))).toBeInstanceOf(
			NodeOperationError,
		);
		expect(toNodeError(node, failing({ failure: 'not-found' })).failure).toBeUndefined();
	});

	it('takes whatever was thrown', () => {
		expect(toNodeError(node, 'text').message).toBe('text');
		const already = new NodeOperationError(node, 'x');
		expect(toNodeError(node, already)).toBe(already);
	});
});

describe('errorJson', () => {
	it('holds only keys that leave the routing to n8n', () => {
		const allowed = ['error', 'message', 'details'];
		for (const error of [failing({ code: '1', retryAfterMs: 5 }), new Error('x')]) {
			expect(allowed).toEqual(expect.arrayContaining(Object.keys(errorJson(error, 'x'))));
		}
	});
});

describe('describeOperations', () => {
	it('shows fields only with their resource and operation, and keeps their own conditions', () => {
		const properties = describeOperations([
			{
				name: 'meal',
				displayName: 'Meal',
				operations: [
					{
						name: 'cook',
						displayName: 'Cook',
						action: 'Cook a meal',
						description: 'Cook',
						properties: [
							{
								displayName: 'Salt',
								name: 'salt',
								type: 'boolean',
								default: false,
								displayOptions: { show: { spicy: [true] } },
							},
						],
					},
				],
			},
		]);
		expect(properties.map(({ name }) => name)).toEqual(['resource', 'operation', 'salt']);
		expect(properties[2]?.displayOptions).toEqual({
			show: { resource: ['meal'], operation: ['cook'], spicy: [true] },
		});
	});
});
