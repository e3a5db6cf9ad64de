import type { AcknowledgmentAction } from '../directory/acknowledgments/acknowledgmentRecord.types';

/** In the order in which a page offers them. */
export const ACKNOWLEDGMENT_ACTIONS: readonly AcknowledgmentAction[] = [
	'acknowledged',
	'approved',
	'rejected',
	'dismissed',
];

export function isAcknowledgmentAction(value: unknown): value is AcknowledgmentAction {
	return ACKNOWLEDGMENT_ACTIONS.some((action) => action === value);
}
