import { DomainError } from '../../domain.errors';
import type { ChangeStrategy } from './changes.types';
import type { ChangeEventKind, EventKind, WatchScope } from './event.types';
import { GROUP_EVENTS, PERSON_EVENTS } from './event.types';
import type { StateStore } from './stateStore.types';

const CHANGE_EVENTS: readonly ChangeEventKind[] = [...PERSON_EVENTS, ...GROUP_EVENTS];

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

/** A ticked event that would never come is an error at once, not silence for ever. */
export function refuseUnseenEvents(strategy: ChangeStrategy, scope: WatchScope, store: StateStore): void {
	const unseen = CHANGE_EVENTS.filter(
		(kind) => scope.events.has(kind) && strategy.detects[kind].sight === 'no',
	);
	if (unseen.length > 0) {
		const titles = unseen.map((kind) => EVENT_TITLES[kind]).join(', ');
		const reasons = [...new Set(unseen.map((kind) => strategy.detects[kind].reason ?? ''))].join(' ');
		throw new DomainError(`This directory does not let the trigger see: ${titles}`, {
			advice: `${reasons} The trigger reads changes by ${strategy.name} here (${strategy.reason}). Untick these events, or have the directory changed.`,
			recovery: 'abort',
			failure: 'configuration-invalid',
		});
	}
	if (strategy.needsSnapshots && !store.keepsSnapshots) {
		throw new DomainError('The trigger cannot remember the directory: its state folder is not writable', {
			advice: `This directory has no change log that can be read, so each entry must be remembered (${strategy.reason}). Set the environment variable N8N_DIRECTORY_PUSH_STATE_FOLDER to a folder that n8n may write to, and restart n8n.`,
			recovery: 'abort',
			failure: 'configuration-invalid',
		});
	}
}
