import type { RecordPlace } from '../directory.client';
import { chosenAttribute } from '../chosenAttribute';
import { AttributeDeviceStore } from './attributeDevice.store';
import type { DeviceStore } from './device.types';
import { SubtreeDeviceStore } from './subtreeDevice.store';

/** The store that fits where devices live. @throws DomainError when no place was chosen */
export function deviceStoreOf(records: RecordPlace): DeviceStore {
	if (records.kind === 'subtree') {
		return new SubtreeDeviceStore(records.tree, records.devicesDn, {
			ownerDn: (person) => records.ownerDn(person),
		});
	}
	const attribute = chosenAttribute(records.devicesAttribute, 'devices');
	return new AttributeDeviceStore(records.attributes, attribute);
}
