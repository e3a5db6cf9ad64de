import type { IExecuteFunctions } from 'n8n-workflow';

import type { DeviceStore } from '../../../../lib/directory/devices/device.types';

/** Tells the person at the editor about entries that were left out, so that nobody is silently unreachable. */
export function hintAtUnreadable(
	context: IExecuteFunctions,
	{ unreadable }: Pick<DeviceStore, 'unreadable'>,
): void {
	const [first] = unreadable;
	if (first === undefined) return;
	context.addExecutionHints({
		message: `${unreadable.size} device ${unreadable.size === 1 ? 'entry' : 'entries'} could not be read, for example ${first}: it is no device record, or damaged`,
		type: 'warning',
		location: 'outputPane',
	});
}
