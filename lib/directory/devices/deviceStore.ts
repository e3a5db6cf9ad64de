import type { RecordPlace } from '../directory.client';
import type { DeviceStore } from './device.types';
import { SubtreeDeviceStore } from './subtreeDevice.store';

/** The store that fits where devices live. @throws DomainError when no place was chosen */
export function deviceStoreOf(records: RecordPlace): DeviceStore {
	if (records.kind === 'attributes') throw new TypeError('not yet');
	return new SubtreeDeviceStore(records.tree, records.devicesDn);
}
