import type { RecordPlace } from '../directory.client';
import { chosenAttribute } from '../chosenAttribute';
import type { AcknowledgmentStore, RecordKeys } from './acknowledgmentRecord.types';
import { AttributeAcknowledgmentStore } from './attributeAcknowledgment.store';
import { SubtreeAcknowledgmentStore } from './subtreeAcknowledgment.store';

/** The store that fits where acknowledgments live. @throws DomainError when no place was chosen */
export function acknowledgmentStoreOf(records: RecordPlace, keys: RecordKeys): AcknowledgmentStore {
	if (records.kind === 'subtree') {
		return new SubtreeAcknowledgmentStore(records.tree, records.acknowledgmentsDn, keys, (person) =>
			records.ownerDn(person),
		);
	}
	const attribute = chosenAttribute(records.acknowledgmentsAttribute, 'acknowledgments');
	return new AttributeAcknowledgmentStore(records.attributes, attribute, keys);
}
