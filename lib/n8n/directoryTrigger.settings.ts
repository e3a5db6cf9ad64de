import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';

import type { EntryReference } from '../directory/directory.types';
import type { EventKind, WatchScope } from '../directory/changes/event.types';
import { GROUP_EVENTS, HEALTH_EVENTS, PERSON_EVENTS } from '../directory/changes/event.types';
import { DomainError } from '../domain.errors';
import { groupOf, isObject } from './directoryParameters';
import type { DeliveredWhen } from './triggerDelivery';

const DAY_MS = 24 * 60 * 60_000;
/** Everything a trigger hands over stays in n8n's memory for the time of the run. */
const EVENTS_A_BATCH = 500;

export interface DirectoryTriggerSettings {
	/** In the order of the lists. */
	ticked: EventKind[];
	scope: WatchScope;
	deliveredWhen: DeliveredWhen;
	delivery: { attempts: number; batchSize: number };
	pollIntervalMs: number;
	firstEventPeriodMs: number | undefined;
	startFromNow: boolean;
	maskSample: boolean;
}

type Parameters = Pick<ITriggerFunctions, 'getNodeParameter'>;

/** The node's fields, checked. @throws DomainError naming the field */
export function directoryTriggerSettings(node: Parameters): DirectoryTriggerSettings {
	const options = objectOf(node.getNodeParameter('options', {}));
	const ticked = tickedEvents(node, options);
	const onlyFirst = node.getNodeParameter('onlyFirstEvent', false) === true;
	return {
		ticked,
		scope: {
			events: new Set(ticked),
			base: textOf(options.base).trim(),
			conditions: rowsOf(options.conditions).map(conditionOf),
			groups: rowsOf(node.getNodeParameter('watchedGroups', {})).map(watchedGroup),
			attributes: textsOf(node.getNodeParameter('watchedAttributes', [])),
		},
		deliveredWhen: deliveredWhen(options.deliveredWhen),
		delivery: { attempts: Math.floor(numberOf(options.attempts, 5, 1, 50)), batchSize: EVENTS_A_BATCH },
		pollIntervalMs: numberOf(options.pollInterval, 2, 1, 3600) * 1000,
		firstEventPeriodMs: onlyFirst
			? numberOf(node.getNodeParameter('firstEventDays', 1), 1, 0.001, 3650) * DAY_MS
			: undefined,
		startFromNow: options.startFrom === 'now',
		maskSample: options.maskSample !== false,
	};
}

function tickedEvents(node: Parameters, options: IDataObject): EventKind[] {
	const wanted = new Set([
		...textsOf(node.getNodeParameter('personEvents', [])),
		...textsOf(node.getNodeParameter('groupEvents', [])),
		...textsOf(options.healthEvents),
	]);
	const known: readonly EventKind[] = [...PERSON_EVENTS, ...GROUP_EVENTS, ...HEALTH_EVENTS];
	const ticked = known.filter((kind) => wanted.has(kind));
	const strange = [...wanted].filter((name) => !known.some((kind) => kind === name));
	if (strange.length > 0) {
		throw misconfigured(
			`This version does not know the event "${strange.join(', ')}"`,
			'Tick the events again, or install the version of the package that the workflow was made with.',
		);
	}
	if (ticked.length > 0) return ticked;
	throw misconfigured('No event is ticked', 'Choose at least one event under People Events or Group Events.');
}

function watchedGroup(row: IDataObject): EntryReference {
	const { reference } = groupOf(row.group);
	if (reference.value.trim() !== '') return reference;
	throw misconfigured(
		'A watched group is empty',
		'Choose a group under Watched Groups, or remove the empty row.',
	);
}

function conditionOf(row: IDataObject): { attribute: string; value: string } {
	const attribute = textOf(row.attribute).trim();
	if (attribute !== '') return { attribute, value: textOf(row.value) };
	throw misconfigured(
		'A condition names no attribute',
		'Choose one under Only People Where, or remove the condition.',
	);
}

const objectOf = (value: unknown): IDataObject => (isObject(value) ? value : {});

function rowsOf(collection: unknown): IDataObject[] {
	const rows: unknown = objectOf(collection).values;
	return Array.isArray(rows) ? rows.filter(isObject) : [];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const textsOf = (value: unknown): string[] =>
	Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];

function numberOf(value: unknown, otherwise: number, least: number, most: number): number {
	const number = Number(value);
	return value === undefined || value === '' || !Number.isFinite(number)
		? otherwise
		: Math.min(most, Math.max(least, number));
}

const deliveredWhen = (value: unknown): DeliveredWhen =>
	value === 'starts' || value === 'finishes' ? value : 'succeeds';

const misconfigured = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'configuration-invalid' });
