import type { RecordPlace } from '../directory.client';
import type { AcknowledgmentStore, RecordKeys } from './acknowledgmentRecord.types';
import { SubtreeAcknowledgmentStore } from './subtreeAcknowledgment.store';

/** The store that fits where acknowledgments live. @throws DomainError when no place was chosen */
export function acknowledgmentStoreOf(records: RecordPlace, keys: RecordKeys): AcknowledgmentStore {
	if (records.kind === 'attributes') throw new TypeError('not yet');
	return new SubtreeAcknowledgmentStore(records.tree, records.acknowledgmentsDn, keys);
}
