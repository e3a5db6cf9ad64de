import { isAcknowledgmentAction } from '../../acknowledgment/acknowledgmentAction';
import { DomainError } from '../../domain.errors';
import { currentValues } from '../currentValues';
import type { PersonAttributes } from '../directory.client';
import type { Person } from '../directory.types';
import { oneAtATime } from '../keyedQueue';
import type {
	AcknowledgmentRecord,
	AcknowledgmentStore,
	NewAcknowledgment,
	RecordKeys,
} from './acknowledgmentRecord.types';
import { signedFieldsOf, signingKeyOf } from './recordFields';
import { isGenuine } from './recordSigning';
import type { SignedFields } from './recordSigning';
import { readRecord, writeRecord } from './recordText';

/** About 100 kB a person; records are proof, so the one after is refused instead of an old one dropped. */
export const RECORDS_A_PERSON = 200;
/** How often a record is written again that another process overwrote in the same moment. */
const WRITES = 3;

/** Marks a value as ours among others of the attribute. */
const IS_RECORD = 'acknowledgment';

interface HeldRecord {
	record: AcknowledgmentRecord;
	text: string;
}

/**
 * Acknowledgments as values of one attribute of the person: JSON, marked `"is":"acknowledgment"`, signed as records elsewhere
 * are. Values of anybody else's are kept as they are.
 *
 * One process answers for a person one after the other: the first answer wins, always. Two n8n processes may both find no answer
 * yet: each then reads again after it wrote, puts back what was overwritten, and of several genuine records of one message the
 * earliest counts, for everybody and every time. What cannot be seen is an overwriting that happens after that second look:
 * the port cannot write under a condition. A subtree of a Record Directory has no such gap.
 *
 * A record that is not genuine never keeps a person from answering; it counts (and says so) only while there is no genuine one. A record
 * copied from another person's profile counts as none. Cannot tell a deleted record from one that never was.
 */
export class AttributeAcknowledgmentStore implements AcknowledgmentStore {
	constructor(
		private readonly attributes: PersonAttributes,
		private readonly attribute: string,
		private readonly recordKeys: RecordKeys,
	) {}

	async record(
		acknowledgment: NewAcknowledgment,
	): Promise<{ status: 'recorded' | 'alreadyRecorded'; record: AcknowledgmentRecord }> {
		const { person } = acknowledgment;
		const wanted = signedFieldsOf(acknowledgment);
		const { messageId, personId } = wanted;
		const ids = { is: IS_RECORD, messageId, personId } as const;
		const { text } = writeRecord(wanted, ids, signingKeyOf(this.recordKeys));
		return oneAtATime(this.attribute, person.id, async () => {
			const earlier = this.counting(person, await this.read(person), messageId);
			if (earlier?.record.genuine === true) return { status: 'alreadyRecorded', record: earlier.record };
			const counting = this.counting(person, await this.add(person, text), messageId);
			if (counting?.record.genuine !== true) throw overwritten(this.attribute);
			return { status: counting.text === text ? 'recorded' : 'alreadyRecorded', record: counting.record };
		});
	}

	/** Reads everybody who has a value: the attribute cannot be asked for one message. */
	async *ofMessage(messageId: string): AsyncIterable<AcknowledgmentRecord> {
		for await (const { person, values } of this.attributes.all(this.attribute)) {
			const counting = this.counting(person, values, messageId);
			if (counting) yield counting.record;
		}
	}

	/** All values, once `text` is still among them after it was written. */
	private async add(person: Person, text: string): Promise<string[]> {
		let values = await this.read(person);
		for (let write = 0; write < WRITES; write++) {
			if (values.filter((value) => readRecord(value)?.is === IS_RECORD).length >= RECORDS_A_PERSON) {
				throw full(this.attribute, person);
			}
			await this.attributes.write(person, this.attribute, [...values, text]);
			values = await this.read(person);
			if (values.includes(text)) return values;
		}
		throw overwritten(this.attribute);
	}

	private read(person: Person): Promise<string[]> {
		return currentValues(this.attributes, person, this.attribute);
	}

	/** Of one message: the earliest genuine record, else the earliest that claims to be one. */
	private counting(person: Person, values: readonly string[], messageId: string): HeldRecord | undefined {
		const held = values.flatMap((text) => {
			const record = this.decode(person, text);
			return record?.messageId === messageId ? [{ record, text }] : [];
		});
		return held.sort(genuineThenEarliest)[0];
	}

	private decode(person: Person, text: string): AcknowledgmentRecord | undefined {
		const stored = readRecord(text);
		if (stored?.is !== IS_RECORD || stored.messageId === undefined) return undefined;
		const { messageId, personId, action, at, correlationId, comment, device, mac } = stored;
		if (personId !== person.id || !isAcknowledgmentAction(action)) return undefined;
		const fields: SignedFields = { messageId, personId, action, at, correlationId, comment, device };
		return { ...fields, personDn: person.dn, genuine: isGenuine(fields, mac, this.recordKeys) };
	}
}

/** Of two records of the same instant the same one comes first, whoever looks and in whatever order the directory lists them. */
const genuineThenEarliest = (one: HeldRecord, other: HeldRecord): number =>
	Number(other.record.genuine) - Number(one.record.genuine) ||
	one.record.at.localeCompare(other.record.at) ||
	(one.text < other.text ? -1 : 1);

const full = (attribute: string, person: Person): DomainError =>
	new DomainError(
		`The acknowledgment cannot be recorded: ${attribute} of ${person.dn} holds ${RECORDS_A_PERSON} records already`,
		{
			advice:
				'Have an administrator archive and remove old values of the attribute, or add a Record Directory credential: a subtree there has no such limit. Nothing is removed by itself, because records are proof.',
			recovery: 'skip',
			failure: 'configuration-invalid',
		},
	);

const overwritten = (attribute: string): DomainError =>
	new DomainError(
		`The acknowledgment was removed from ${attribute} by somebody else while it was being recorded`,
		{
			advice:
				'Record it again. If this repeats, another program writes to the attribute: choose one for acknowledgments alone.',
			recovery: 'retry',
			failure: 'temporarily-unavailable',
		},
	);
