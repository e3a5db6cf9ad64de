import { DomainError } from '../../domain.errors';
import type { EntryTree, Rdn } from '../directory.client';
import type { Person } from '../directory.types';
import type {
	AcknowledgmentRecord,
	AcknowledgmentStore,
	NewAcknowledgment,
	RecordKeys,
} from './acknowledgmentRecord.types';
import { decodeRecord, encodeRecord, nameOf, RECORD_ATTRIBUTES } from './recordEntry';
import { signedFieldsOf, signingKeyOf } from './recordFields';

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
		/** The DN under which a person stands in the records. */
		private readonly ownerDn: (person: Person) => string = ({ dn }) => dn,
	) {}

	async record(
		acknowledgment: NewAcknowledgment,
	): Promise<{ status: 'recorded' | 'alreadyRecorded'; record: AcknowledgmentRecord }> {
		const personDn = this.ownerDn(acknowledgment.person);
		const { fields, description } = encodeRecord(
			signedFieldsOf(acknowledgment),
			signingKeyOf(this.recordKeys),
		);
		const path = this.pathOf(fields.messageId, fields.personId);
		await this.ensureContainer(fields.messageId);
		const outcome = await this.tree.add(path, this.acknowledgmentsDn, {
			objectClass: ['top', 'organizationalRole'],
			roleOccupant: [personDn],
			description: [description],
		});
		if (outcome === 'added') {
			return { status: 'recorded', record: { ...fields, personDn, genuine: true } };
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

	private pathOf(messageId: string, personId: string): Rdn[] {
		return [{ attribute: 'cn', value: nameOf(personId) }, containerOf(messageId)];
	}
}

const containerOf = (messageId: string): Rdn => ({ attribute: 'ou', value: nameOf(messageId) });
