import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { findAudience, judgedHere } from '../../../../lib/directory/audience/audience';
import type { AudienceRule } from '../../../../lib/directory/audience/audience.types';
import { inChain, recipientJson } from '../../../../lib/n8n/directoryItems';
import { conditionOf, groupOf, isObject, rowsParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { hintAtUnreadable } from '../device/device.hints';
import { audienceFields } from './audience.fields';

export const find: Operation<DirectorySession> = {
	name: 'find',
	displayName: 'Find',
	action: 'Find an audience',
	description: 'Find the people to tell: members of groups, people with an attribute, with their devices',
	properties: audienceFields,

	async execute(context, session, index) {
		const items: INodeExecutionData[] = [];
		for await (const recipient of findAudience(session, ruleOf(context, index))) {
			items.push(inChain(context, index, { recipient: recipientJson(recipient) }));
		}
		return items;
	},

	afterRun(context, session, output) {
		const recipients = output.map(({ json }) => json.recipient).filter(isObject);
		const without = recipients.filter(({ devices }) => Array.isArray(devices) && devices.length === 0).length;
		context.addExecutionHints({
			message: `${people(recipients.length)}${without > 0 ? `, ${without} without a device` : ''}`,
			type: recipients.length === 0 ? 'warning' : 'info',
			location: 'outputPane',
		});
		hintAtUnreadable(context, session.devices);
		hintAtEffort(context, session.client);
	},
};

/** Why it takes long: said once, for the rule of the first item. */
function hintAtEffort(context: IExecuteFunctions, client: DirectorySession['client']): void {
	const message = judgedHere(client, ruleOf(context, 0));
	if (message === undefined) return;
	context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
}

function ruleOf(context: IExecuteFunctions, index: number): AudienceRule {
	const { attributes, limit } = context.getNodeParameter('options', index, {});
	return {
		groups: rowsParameter(context, 'groups', index).map((row) => groupOf(row.group)),
		nested: context.getNodeParameter('nested', index, false) === true,
		conditions: rowsParameter(context, 'conditions', index).map(conditionOf),
		onlyWithDevice: context.getNodeParameter('onlyWithDevice', index, false) === true,
		// Anything but a clear "no" leaves disabled accounts out: an expression that fails must not widen the audience.
		onlyEnabled: context.getNodeParameter('onlyEnabled', index, true) !== false,
		attributes: Array.isArray(attributes) ? attributes.map(String) : [],
		limit: limit === undefined ? undefined : Number(limit),
	};
}

const people = (count: number): string => (count === 1 ? '1 person' : `${count} people`);
