import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
	ACKNOWLEDGMENT_ACTIONS,
	isAcknowledgmentAction,
} from '../../../../lib/acknowledgment/acknowledgmentAction';
import type {
	AcknowledgmentAction,
	AcknowledgmentRecord,
	NewAcknowledgment,
} from '../../../../lib/directory/acknowledgments/acknowledgmentRecord.types';
import type { Person } from '../../../../lib/directory/directory.types';
import { lookUpPerson } from '../../../../lib/directory/personLookup';
import { DomainError } from '../../../../lib/domain.errors';
import { answerAcknowledgment } from '../../../../lib/n8n/acknowledgmentResponse';
import { inChain } from '../../../../lib/n8n/directoryItems';
import { requiredText, textParameter } from '../../../../lib/n8n/directoryParameters';
import type { DirectorySession } from '../../../../lib/n8n/directorySession';
import type { Operation } from '../../../../lib/n8n/operation.types';
import { acknowledgmentFields } from './acknowledgment.fields';

export const record: Operation<DirectorySession> = {
	name: 'record',
	displayName: 'Record',
	action: 'Record an acknowledgment',
	description:
		'Write who answered what into the directory. The first answer wins; a second one changes nothing.',
	properties: acknowledgmentFields,

	async execute(context, session, index) {
		const messageId = requiredText(context, 'messageId', index);
		const recipientId = requiredText(context, 'recipientId', index);
		const action = actionOf(requiredText(context, 'action', index));
		const store = await session.acknowledgments();
		const person = await lookUpPerson(session.client, { by: 'id', value: recipientId });
		const outcome = await store.record(answerOf(context, index, { messageId, action, person }));
		const { status, record: kept } = outcome;
		if (!kept.genuine) throw notOurs(kept);
		// Only now is it true that the directory has it: the person is told by the trigger.
		await answerAcknowledgment(context, { status, action: kept.action, at: kept.at, messageId, recipientId });
		return [inChain(context, index, { acknowledgment: acknowledgmentJson(status, kept, person) })];
	},
};

function answerOf(
	context: IExecuteFunctions,
	index: number,
	answer: Pick<NewAcknowledgment, 'messageId' | 'action' | 'person'>,
): NewAcknowledgment {
	const optional = (name: string): string | undefined => textParameter(context, name, index) || undefined;
	return {
		...answer,
		at: optional('at') ?? new Date().toISOString(),
		comment: optional('comment'),
		device: optional('device'),
		correlationId: optional('correlationId'),
	};
}

function acknowledgmentJson(
	status: 'recorded' | 'alreadyRecorded',
	{
		messageId,
		personId,
		personDn,
		action,
		at,
		correlationId,
		comment,
		device,
		genuine,
	}: AcknowledgmentRecord,
	{ displayName }: Person,
): IDataObject {
	return {
		...{ status, messageId, personId, personDn, displayName, action, at },
		...{ correlationId, comment, device, genuine },
	};
}

function actionOf(text: string): AcknowledgmentAction {
	if (isAcknowledgmentAction(text)) return text;
	throw new DomainError(`"${text.slice(0, 40)}" is not an answer that can be recorded`, {
		advice: `Use one of ${ACKNOWLEDGMENT_ACTIONS.join(', ')}.`,
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}

/** Neither "recorded" nor "already recorded" would be true: what this person answered is not in the directory. */
function notOurs({ messageId, personDn }: AcknowledgmentRecord): DomainError {
	return new DomainError(
		`The directory already holds a record for message "${messageId.slice(0, 80)}" and ${personDn}, but it was changed or not written with this secret`,
		{
			advice:
				'If the secret was changed, put the old one into Previous Secret of the Acknowledgment Signing credential. Otherwise find out who wrote ' +
				'the entry and delete it: the next tap is then recorded.',
			recovery: 'abort',
			failure: 'permission-denied',
			code: 'notGenuine',
		},
	);
}
