import { DomainError } from '../../domain.errors';
import type { ChangeStrategy, WatchSession } from './changes.types';
import type { EventKind, WatchScope } from './event.types';
import { GROUP_EVENTS, PERSON_EVENTS, SECURITY_EVENTS } from './event.types';
import { sightOf } from './sightOf';
import type { StateStore } from './stateStore.types';

const SEEN_EVENTS: readonly EventKind[] = [...PERSON_EVENTS, ...GROUP_EVENTS, ...SECURITY_EVENTS];
const PRIVILEGED: readonly EventKind[] = [
	'security.privilegedAccessGranted',
	'security.privilegedAccessRevoked',
];

export const EVENT_TITLES: Record<EventKind, string> = {
	'user.created': 'User Created',
	'user.enabled': 'User Enabled',
	'user.disabled': 'User Disabled',
	'user.locked': 'User Locked',
	'user.unlocked': 'User Unlocked',
	'user.passwordResetRequired': 'Password Reset Required',
	'user.updated': 'User Updated',
	'user.moved': 'User Moved or Renamed',
	'user.deleted': 'User Deleted',
	'user.firstDeviceRegistered': 'First Device Registered',
	'group.created': 'Group Created',
	'group.deleted': 'Group Deleted',
	'security.privilegedAccessGranted': 'Privileged Access Granted',
	'security.privilegedAccessRevoked': 'Privileged Access Revoked',
	'security.unusualGroupChange': 'Unusual Group Change',
	'security.bulkChange': 'Bulk Change',
	'group.memberAdded': 'Member Added',
	'group.memberRemoved': 'Member Removed',
	'health.batchGivenUp': 'Batch Given Up',
	'health.deletionsHeldBack': 'Deletions Held Back',
	'health.directoryReachable': 'Directory Reachable Again',
	'health.directoryUnreachable': 'Directory Unreachable',
	'health.reconciled': 'Reconciled',
};

/** What would never come, or could not be kept, is an error at once, not silence for ever. @throws DomainError with the reason */
export function refuseUnseenEvents(
	{ strategy, privilegedGroups, ownDn }: Pick<WatchSession, 'strategy' | 'privilegedGroups' | 'ownDn'>,
	scope: WatchScope,
	store: Pick<StateStore, 'keepsSnapshots'>,
): void {
	refuseUnseen(strategy, scope);
	refuseWithoutMemory(strategy, scope, store);
	if (wantsPrivileged(scope) && privilegedGroups.length === 0) {
		throw refused(
			'No privileged groups are chosen',
			'Choose the groups that give privileged access under Privileged Groups. Only Active Directory has a list of its own.',
		);
	}
	if (ownDn === undefined && (scope.leftOutActors ?? []).length > 0) {
		throw refused(
			'This directory does not tell who made a change, so nothing can be left out by author',
			`Remove Leave Out Changes By under Options. The trigger reads changes by ${strategy.name} here (${strategy.reason}); OpenLDAP's access log does tell who made them.`,
		);
	}
}

function refuseUnseen(strategy: ChangeStrategy, scope: WatchScope): void {
	const unseen = SEEN_EVENTS.filter(
		(kind) => scope.events.has(kind) && sightOf(strategy, kind).sight === 'no',
	);
	if (unseen.length === 0) return;
	const titles = unseen.map((kind) => EVENT_TITLES[kind]).join(', ');
	const reasons = [...new Set(unseen.map((kind) => sightOf(strategy, kind).reason ?? ''))].join(' ');
	throw refused(
		`This directory does not let the trigger see: ${titles}`,
		`${reasons} The trigger reads changes by ${strategy.name} here (${strategy.reason}). Untick these events, or have the directory changed.`,
	);
}

/** Bulk and unusual changes need a few counters only, which fit anywhere. */
function refuseWithoutMemory(
	strategy: ChangeStrategy,
	scope: WatchScope,
	store: Pick<StateStore, 'keepsSnapshots'>,
): void {
	const reason = reasonForMemory(strategy, scope);
	if (store.keepsSnapshots || reason === undefined) return;
	throw refused(
		'The trigger cannot remember the directory: its state folder is not writable',
		`${reason}. Set the environment variable N8N_DIRECTORY_PUSH_STATE_FOLDER to a folder that n8n may write to, and restart n8n.`,
	);
}

function reasonForMemory(strategy: ChangeStrategy, scope: WatchScope): string | undefined {
	if (strategy.needsSnapshots) {
		return `This directory has no change log that can be read, so each entry must be remembered (${strategy.reason})`;
	}
	if (wantsPrivileged(scope))
		return 'To tell privileged access, the members of privileged groups are remembered';
	return scope.nested === true
		? 'To tell members through nested groups, the members of the watched groups are remembered'
		: undefined;
}

const wantsPrivileged = ({ events }: WatchScope): boolean => PRIVILEGED.some((kind) => events.has(kind));

const refused = (message: string, advice: string): DomainError =>
	new DomainError(message, { advice, recovery: 'abort', failure: 'configuration-invalid' });
