import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { DomainError } from '../../lib/domain.errors';
import { describeOperations, runOperation } from '../../lib/n8n/operations';
import type { Resource } from '../../lib/n8n/operation.types';
import { runInN8n } from '../support/n8nRun';

const resources: Array<Resource<null>> = [
	{
		name: 'meal',
		displayName: 'Meal',
		operations: [
			{
				name: 'cook',
				displayName: 'Cook',
				action: 'Cook a meal',
				description: 'Cook',
				properties: [],
				async execute(context, _session, index) {
					const { dish } = context.getInputData()[index]?.json ?? {};
					if (dish === 'soup') {
						throw new DomainError('The soup is cold', { advice: 'Warm it', recovery: 'skip', code: '7' });
					}
					return [{ json: { cooked: dish } }];
				},
			},
		],
	},
];

const kitchen = (open: () => Promise<null>): INodeType => ({
	description: {
		displayName: 'Kitchen',
		name: 'kitchen',
		group: ['transform'],
		version: 1,
		description: 'Cooks',
		defaults: { name: 'Kitchen' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: describeOperations(resources),
	},
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return runOperation(this, resources, { open, close: async () => undefined });
	},
});

const open = kitchen(async () => null);
const closed = kitchen(async () => {
	throw new DomainError('The kitchen is closed', { advice: 'Come back', recovery: 'retry' });
});
const items = [
	{ dish: 'salad', correlationId: 'a' },
	{ dish: 'soup', correlationId: 'b' },
];

describe('a node built on runOperation, in n8n', () => {
	it('sends a failed item to the error output, with its advice and the fields of its input', async () => {
		const { outputs } = await runInN8n({ node: open, parameters: {}, items, onError: 'continueErrorOutput' });
		expect(outputs.map((output) => output.map(({ json }) => json))).toEqual([
			[{ cooked: 'salad' }],
			[
				{
					dish: 'soup',
					correlationId: 'b',
					error: 'The soup is cold',
					details: { advice: 'Warm it', recovery: 'skip', failure: 'unknown', errorCode: '7' },
				},
			],
		]);
	});

	it('keeps advice in the item when it continues on the regular output', async () => {
		const { outputs } = await runInN8n({
			node: open,
			parameters: {},
			items,
			onError: 'continueRegularOutput',
		});
		expect(outputs[0]?.[1]?.json).toMatchObject({
			error: 'The soup is cold',
			details: { advice: 'Warm it' },
		});
		expect(outputs[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('never hands the input on as success when nothing could be opened', async () => {
		const { outputs } = await runInN8n({
			node: closed,
			parameters: {},
			items,
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toEqual([]);
		expect(outputs[1]?.map(({ json }) => json.error)).toEqual([
			'The kitchen is closed',
			'The kitchen is closed',
		]);
	});

	it('fails the run with message and advice by default', async () => {
		const { error } = await runInN8n({ node: closed, parameters: {}, items });
		expect(error).toMatchObject({ message: 'The kitchen is closed', description: 'Come back' });
	});
});
