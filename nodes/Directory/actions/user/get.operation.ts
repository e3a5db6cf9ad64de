import type { IExecuteFunctions } from 'n8n-workflow';

import { checkAttribute } from '../../../../lib/directory/audience/audienceRule';
import { recipientOf } from '../../../../lib/directory/devices/recipient';
import { personNotFound } from '../../../../lib/directory/personLookup';
import { inChain, recipientJson } from '../../../../lib/n8n/directoryItems';
import { userParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { attributeChoice } from '../../directory.fields';
import { hintAtUnreadable } from '../device/device.hints';
import { userFields } from '../user.fields';

export const get: Operation<DirectorySession> = {
	name: 'get',
	displayName: 'Get',
	action: 'Get a user',
	description: 'Get one person with their devices, ready to be sent a push',
	properties: [
		...userFields('={{ $json.user.id }}'),
		{
			displayName: 'If Not Found',
			name: 'ifNotFound',
			type: 'options',
			default: 'error',
			description: 'What to do when the directory has no such person',
			options: [
				{ name: 'Emit Nothing', value: 'nothing' },
				{ name: 'Raise an Error', value: 'error' },
			],
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			default: {},
			options: [
				attributeChoice(
					{ displayName: 'Attribute Names or IDs', name: 'attributes' },
					'More attributes to return.',
				),
			],
		},
	],

	async execute(context, { client, devices }, index) {
		const reference = userParameter(context, index);
		const { attributes } = context.getNodeParameter('options', index, {});
		const names = Array.isArray(attributes) ? attributes.map(String) : [];
		names.forEach(checkAttribute);
		const person = await client.person(reference, names);
		if (person === undefined) {
			if (context.getNodeParameter('ifNotFound', index, 'error') === 'nothing') return [];
			throw personNotFound(reference);
		}
		const owned = (await devices.devicesOf([person])).get(person.id) ?? [];
		const why = reference.by === 'auto' ? 'looked up' : `looked up by ${reference.by}`;
		const recipient = recipientOf(person, owned, why);
		return [inChain(context, index, { recipient: recipientJson(recipient) })];
	},

	afterRun(context, session, output) {
		hintAtMissing(context, context.getInputData().length - output.length);
		hintAtUnreadable(context, session.devices);
	},
};

/** "No output" alone would leave open whether anybody was looked for. */
function hintAtMissing(context: IExecuteFunctions, missing: number): void {
	if (missing <= 0) return;
	const isSample = context.getInputData().some(({ json }) => json.sample === true);
	const sample = isSample
		? ' The sample of the Directory Trigger is masked: switch off Mask Sample in its options to try this step with a real person.'
		: '';
	context.addExecutionHints({
		message: `${missing === 1 ? '1 person was' : `${missing} people were`} not found in the directory.${sample}`,
		type: 'warning',
		location: 'outputPane',
	});
}
