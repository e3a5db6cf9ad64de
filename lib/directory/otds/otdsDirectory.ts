import type { OtdsDirectory } from '../openDirectory';
import type { OtdsSettings } from './otds.types';
import { openOtdsConnection } from './otdsConnection';
import { OtdsDirectoryClient } from './otdsDirectory.client';
import { OtdsPersonAttributes } from './otdsPersonAttributes';

/** The directory ports over one login to OTDS. */
export function openOtdsDirectory(settings: OtdsSettings): OtdsDirectory {
	const connection = openOtdsConnection(settings);
	const { devicesAttribute, acknowledgmentsAttribute } = settings;
	return {
		kind: 'otds',
		client: new OtdsDirectoryClient(connection),
		records: {
			kind: 'attributes',
			attributes: new OtdsPersonAttributes(connection),
			devicesAttribute,
			acknowledgmentsAttribute,
		},
		connection,
		close: () => connection.close(),
	};
}
