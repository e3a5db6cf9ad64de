import type { AccountState, Known } from '../directory.types';
import type { ChangeEventKind } from './event.types';
import type { EntryChange } from './changes.types';

/** What became of a person, in the order in which events are listed. A created or deleted one is that alone, however it was set up. */
export function personEventKinds(change: EntryChange): ChangeEventKind[] {
	if (change.operation === 'created') return ['user.created'];
	if (change.operation === 'deleted') return ['user.deleted'];
	const kinds = change.account ? accountEventKinds(change.account.before, change.account.after) : [];
	if (change.attributes.length > 0) kinds.push('user.updated');
	const isMoved = change.previousDn !== undefined && change.previousDn !== change.dn;
	if (isMoved || change.previousName !== undefined) kinds.push('user.moved');
	return kinds;
}

function accountEventKinds(before: AccountState, after: AccountState): ChangeEventKind[] {
	const kinds: ChangeEventKind[] = [];
	if (sets(false, before.enabled, after.enabled)) kinds.push('user.disabled');
	if (lifts(false, before.enabled, after.enabled)) kinds.push('user.enabled');
	if (sets(true, before.locked, after.locked)) kinds.push('user.locked');
	if (lifts(true, before.locked, after.locked)) kinds.push('user.unlocked');
	if (sets(true, before.passwordResetRequired, after.passwordResetRequired))
		kinds.push('user.passwordResetRequired');
	return kinds;
}

/** A value that disables or locks an account is unmistakable, whatever was there before. */
const sets = (value: boolean, before: Known<boolean>, after: Known<boolean>): boolean =>
	after === value && before !== value;

/**
 * Its absence is not: without the value from before, a lock that was removed and a deactivation that was removed look alike. That is
 * told only where the value was known to be there; the strategy declares that it cannot see it otherwise.
 */
const lifts = (value: boolean, before: Known<boolean>, after: Known<boolean>): boolean =>
	before === value && after === !value;
