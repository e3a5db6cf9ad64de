import type { IDataObject } from 'n8n-workflow';

import type { EventKind } from '../directory/changes/event.types';
import {
	GROUP_EVENTS,
	HEALTH_EVENTS,
	PERSON_EVENTS,
	SECURITY_EVENTS,
} from '../directory/changes/event.types';
import { misconfigured, textsOf } from './directoryTrigger.fields';
import type { TriggerParameters } from './directoryTrigger.fields';

const KNOWN: readonly EventKind[] = [...PERSON_EVENTS, ...GROUP_EVENTS, ...SECURITY_EVENTS, ...HEALTH_EVENTS];

/** In the order of the lists. @throws DomainError when none is ticked, or one that this version does not have */
export function tickedEvents(node: TriggerParameters, options: IDataObject): EventKind[] {
	const lists = ['personEvents', 'groupEvents', 'securityEvents'];
	const wanted = new Set([
		...lists.flatMap((list) => textsOf(node.getNodeParameter(list, []))),
		...textsOf(options.healthEvents),
	]);
	const ticked = KNOWN.filter((kind) => wanted.has(kind));
	const strange = [...wanted].filter((name) => !KNOWN.some((kind) => kind === name));
	if (strange.length > 0) {
		throw misconfigured(
			`This version does not know the event "${strange.join(', ')}"`,
			'Tick the events again, or install the version of the package that the workflow was made with.',
		);
	}
	if (ticked.length === 0) {
		throw misconfigured(
			'No event is ticked',
			'Choose at least one event under People Events, Group Events or Security Events.',
		);
	}
	refuseBulkAlone(ticked);
	return ticked;
}

/** A bulk change sums up ticked events: without any there is nothing to count. */
function refuseBulkAlone(ticked: readonly EventKind[]): void {
	const counted = [...PERSON_EVENTS, ...GROUP_EVENTS];
	if (!ticked.includes('security.bulkChange') || counted.some((kind) => ticked.includes(kind))) return;
	throw misconfigured(
		'Bulk Change has nothing to count',
		'Tick the events that should be counted under People Events or Group Events as well. Up to the limit they start the workflow one by one.',
	);
}
