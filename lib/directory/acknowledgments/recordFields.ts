import { isAcknowledgmentAction } from '../../acknowledgment/acknowledgmentAction';
import { DomainError } from '../../domain.errors';
import type { NewAcknowledgment, RecordKeys } from './acknowledgmentRecord.types';
import type { SignedFields } from './recordSigning';

/** What is signed of a new acknowledgment. Values come from expressions, so they may be anything. @throws DomainError */
export function signedFieldsOf({ person, ...fields }: NewAcknowledgment): SignedFields {
	if (!fields.messageId) throw unrecordable('it has no message id');
	if (!person.id) throw unrecordable('the person has no id');
	if (!isAcknowledgmentAction(fields.action)) {
		throw unrecordable(`"${String(fields.action)}" is not an answer we know`);
	}
	const time = new Date(fields.at);
	if (Number.isNaN(time.getTime())) throw unrecordable(`"${String(fields.at)}" is not a time`);
	const { messageId, action } = fields;
	return {
		...{ messageId, personId: person.id, action, at: time.toISOString() },
		correlationId: optionalText(fields, 'correlationId'),
		comment: optionalText(fields, 'comment'),
		device: optionalText(fields, 'device'),
	};
}

/** The key that signs. @throws DomainError `notConfigured` when there is none */
export function signingKeyOf({ keys: [newest] }: RecordKeys): Uint8Array {
	if (newest) return newest;
	throw new DomainError('Acknowledgments cannot be recorded: there is no key to sign them with', {
		advice: 'Choose an Acknowledgment Signing credential in this node.',
		recovery: 'abort',
		failure: 'credential-invalid',
		code: 'notConfigured',
	});
}

/** n8n's items say null for what is absent. */
function optionalText(
	fields: Omit<NewAcknowledgment, 'person'>,
	name: 'correlationId' | 'comment' | 'device',
): string | undefined {
	const value: unknown = fields[name] ?? undefined;
	if (value === undefined || typeof value === 'string') return value;
	throw unrecordable(`its ${name} is not a text`);
}

function unrecordable(problem: string): DomainError {
	return new DomainError(`The acknowledgment cannot be recorded: ${problem}`, {
		advice: 'Pass on what the Acknowledgment Trigger emitted: messageId, recipientId, action and at.',
		recovery: 'skip',
		failure: 'configuration-invalid',
	});
}
