import { isAcknowledgmentAction } from '../../acknowledgment/acknowledgmentAction';
import { DomainError } from '../../domain.errors';
import type { EntryTree, Rdn } from '../directory.client';
import type {
	AcknowledgmentRecord,
	AcknowledgmentStore,
	NewAcknowledgment,
	RecordKeys,
} from './acknowledgmentRecord.types';
import { decodeRecord, encodeRecord, nameOf, RECORD_ATTRIBUTES } from './recordEntry';
import type { SignedFields } from './recordSigning';

/**
 * Acknowledgments as entries: `cn=<person id>,ou=<message id>,<acknowledgmentsDn>`, an organizationalRole (RFC 4519 §3.9) whose
 * roleOccupant is the person and whose description is the signed record. Adding the entry decides who was first: servers
 * refuse a second one of the same name (68), however many n8n processes write at once. Dropping a message's container drops its
 * records; nothing is ever written to a person's own entry.
 *
 * Sees no acknowledgment recorded elsewhere, and cannot tell a deleted record from one that never was.
 */
export class SubtreeAcknowledgmentStore implements AcknowledgmentStore {
	/** Containers this store has seen to exist: one question a message, not one a person. */
	private readonly containers = new Set<string>();

	constructor(
		private readonly tree: EntryTree,
		private readonly acknowledgmentsDn: string,
		private readonly recordKeys: RecordKeys,
	) {}

	async record(
		acknowledgment: NewAcknowledgment,
	): Promise<{ status: 'recorded' | 'alreadyRecorded'; record: AcknowledgmentRecord }> {
		const { person, ...rest } = acknowledgment;
		const { fields, description } = encodeRecord(
			checked({ ...rest, personId: person.id }),
			this.signingKey(),
		);
		const path = this.pathOf(fields.messageId, fields.personId);
		await this.ensureContainer(fields.messageId);
		const outcome = await this.tree.add(path, this.acknowledgmentsDn, {
			objectClass: ['top', 'organizationalRole'],
			roleOccupant: [person.dn],
			description: [description],
		});
		if (outcome === 'added') {
			return { status: 'recorded', record: { ...fields, personDn: person.dn, genuine: true } };
		}
		return { status: 'alreadyRecorded', record: await this.first(path, fields.messageId) };
	}

	/** Entries that are no records of ours are left out: their person counts as not having answered. */
	async *ofMessage(messageId: string): AsyncIterable<AcknowledgmentRecord> {
		const container = await this.tree.read([containerOf(messageId)], this.acknowledgmentsDn, ['ou']);
		if (!container) return;
		for await (const entry of this.tree.children(container.dn, RECORD_ATTRIBUTES)) {
			const record = decodeRecord(entry, messageId, this.recordKeys);
			if (record) yield record;
		}
	}

	private async first(path: Rdn[], messageId: string): Promise<AcknowledgmentRecord> {
		const entry = await this.tree.read(path, this.acknowledgmentsDn, RECORD_ATTRIBUTES);
		const record = entry && decodeRecord(entry, messageId, this.recordKeys);
		if (record) return record;
		throw new DomainError('The directory holds an entry for this answer that cannot be read as one', {
			advice: `Check below ${this.acknowledgmentsDn} that the service account may read what it adds, and that nobody else writes there.`,
			recovery: 'retry',
			failure: 'permission-denied',
		});
	}

	/** Someone else may be creating it at the same moment: 'exists' is as good as 'added'. */
	private async ensureContainer(messageId: string): Promise<void> {
		if (this.containers.has(messageId)) return;
		const attributes = { objectClass: ['top', 'organizationalUnit'] };
		await this.tree.add([containerOf(messageId)], this.acknowledgmentsDn, attributes);
		this.containers.add(messageId);
	}

	private signingKey(): Uint8Array {
		const [key] = this.recordKeys.keys;
		if (key) return key;
		throw new DomainError('Acknowledgments cannot be recorded: there is no key to sign them with', {
			advice: 'Choose an Acknowledgment Signing credential in this node.',
			recovery: 'abort',
			failure: 'credential-invalid',
			code: 'notConfigured',
		});
	}

	private pathOf(messageId: string, personId: string): Rdn[] {
		return [{ attribute: 'cn', value: nameOf(personId) }, containerOf(messageId)];
	}
}

const containerOf = (messageId: string): Rdn => ({ attribute: 'ou', value: nameOf(messageId) });

/** Values come from expressions, so they may be anything. */
function checked(fields: SignedFields): SignedFields {
	if (!fields.messageId) throw unrecordable('it has no message id');
	if (!fields.personId) throw unrecordable('the person has no id');
	if (!isAcknowledgmentAction(fields.action)) {
		throw unrecordable(`"${String(fields.action)}" is not an answer we know`);
	}
	const time = new Date(fields.at);
	if (Number.isNaN(time.getTime())) throw unrecordable(`"${String(fields.at)}" is not a time`);
	const { messageId, personId, action } = fields;
	return {
		...{ messageId, personId, action, at: time.toISOString() },
		correlationId: optionalText(fields, 'correlationId'),
		comment: optionalText(fields, 'comment'),
		device: optionalText(fields, 'device'),
	};
}

/** n8n's items say null for what is absent. */
function optionalText(
	fields: SignedFields,
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
