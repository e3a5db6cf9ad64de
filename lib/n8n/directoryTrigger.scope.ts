import type { IDataObject } from 'n8n-workflow';

import type { EntryReference } from '../directory/directory.types';
import { isDn } from '../directory/distinguishedName';
import type { EventKind, StrategyName, WatchLimits, WatchScope } from '../directory/changes/event.types';
import { DEFAULT_LIMITS, STRATEGY_NAMES } from '../directory/changes/event.types';
import { groupOf } from './directoryParameters';
import { misconfigured, numberOf, objectOf, rowsOf, textOf, textsOf } from './directoryTrigger.fields';
import type { TriggerParameters } from './directoryTrigger.fields';

const MOST = 1_000_000;
/** A second: shorter ones would sum up nothing. */
const LEAST_MINUTES = 1 / 60;

/** What to look at, as the fields say. @throws DomainError naming the field */
export function watchScopeOf(node: TriggerParameters, ticked: readonly EventKind[]): WatchScope {
	const options = objectOf(node.getNodeParameter('options', {}));
	const groups = groupsOf(node, 'watchedGroups', 'watched group', 'Watched Groups');
	return {
		events: new Set(ticked),
		base: textOf(options.base).trim(),
		conditions: rowsOf(options.conditions).map(conditionOf),
		groups,
		attributes: textsOf(node.getNodeParameter('watchedAttributes', [])),
		strategy: strategyOf(node, options.readChangesBy),
		nested: isNested(node, ticked, groups),
		privilegedGroups: privilegedGroupsOf(node, ticked),
		leftOutActors: textsOf(options.leaveOutActors).map(actorOf),
		includeOwn: options.includeOwn === true,
		limits: limitsOf(options),
		acceptedAbsence: textOf(options.acceptedAbsence).trim() || undefined,
	};
}

/** OTDS has one way of being read: a choice made for LDAP means nothing there, and a node is switched by two fields alone. */
function strategyOf(node: TriggerParameters, choice: unknown): StrategyName | undefined {
	if (node.getNodeParameter('authentication', 'ldap') !== 'ldap') return undefined;
	if (choice === undefined || choice === '' || choice === 'best') return undefined;
	const known = STRATEGY_NAMES.find((name) => name === choice);
	if (known) return known;
	throw misconfigured(
		`This version knows no way "${textOf(choice)}" of reading changes`,
		'Set Read Changes By under Options to Best Available.',
	);
}

/** The field is hidden, and means nothing, where no event of members is ticked. */
function isNested(
	node: TriggerParameters,
	ticked: readonly EventKind[],
	groups: readonly EntryReference[],
): boolean {
	const tellsMembers = ticked.some((kind) => kind === 'group.memberAdded' || kind === 'group.memberRemoved');
	if (!tellsMembers || node.getNodeParameter('includeNested', false) !== true) return false;
	if (groups.length > 0) return true;
	throw misconfigured(
		'Members through nested groups need watched groups',
		'Choose at least one group under Watched Groups, or switch Include Nested Groups off.',
	);
}

function privilegedGroupsOf(node: TriggerParameters, ticked: readonly EventKind[]): EntryReference[] {
	if (!ticked.some((kind) => kind.startsWith('security.privilegedAccess'))) return [];
	return groupsOf(node, 'privilegedGroups', 'privileged group', 'Privileged Groups');
}

function groupsOf(node: TriggerParameters, name: string, what: string, title: string): EntryReference[] {
	return rowsOf(node.getNodeParameter(name, {})).map((row) => {
		const { reference } = groupOf(row.group);
		if (reference.value.trim() !== '') return reference;
		throw misconfigured(`A ${what} is empty`, `Choose a group under ${title}, or remove the empty row.`);
	});
}

function conditionOf(row: IDataObject): { attribute: string; value: string } {
	const attribute = textOf(row.attribute).trim();
	if (attribute !== '') return { attribute, value: textOf(row.value) };
	throw misconfigured(
		'A condition names no attribute',
		'Choose one under Only People Where, or remove the condition.',
	);
}

function actorOf(text: string): string {
	const dn = text.trim();
	if (dn !== '' && isDn(dn)) return dn;
	throw misconfigured(
		`"${dn.slice(0, 200)}" under Leave Out Changes By is not the DN of an account`,
		'Enter the full name of the account in the directory, such as cn=provisioning,ou=services,dc=example,dc=org.',
	);
}

function limitsOf(options: IDataObject): WatchLimits {
	const { bulk, unusualChanges, nestedMembers } = DEFAULT_LIMITS;
	const whole = (value: unknown, otherwise: number): number =>
		Math.floor(numberOf(value, otherwise, 1, MOST));
	return {
		bulk: {
			changes: whole(options.bulkLimit, bulk.changes),
			windowMs: numberOf(options.bulkWindow, bulk.windowMs / 60_000, LEAST_MINUTES, 24 * 60) * 60_000,
		},
		unusualChanges: whole(options.unusualLimit, unusualChanges),
		nestedMembers: whole(options.nestedLimit, nestedMembers),
	};
}
